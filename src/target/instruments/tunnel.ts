import type { CompiledText, Fragment, ObserverSpec, TunnelPage, TunnelState } from '../../probe/index.js';
import { VARIABLES } from '../../probe/index.js';
import type { Target } from '../types.js';
import { list } from './checked.js';
import { instrumentErrors } from './errors.js';
import { tunnelBytes, tunnelLifetime, tunnelPageTime, tunnelRecords, tunnelReplayWait } from './limits.js';
import type { ObservableFunction } from './types.js';

type Limits = ObserverSpec['limits'];

const MARK = "globalThis[Symbol.for('remora.probe')]";
/** A replay waits for a free moment of the main thread besides. */
const GRACE_MS = 10_000;

/** A record of the tunnel as the agent has it: checked, since it comes from the process. */
export type KeptFragment = Partial<Fragment> & Pick<Fragment, 'index'>;

export interface TunnelSearch {
  readonly condition?: CompiledText;
  readonly express?: CompiledText;
  readonly limits: Limits;
  readonly fuel: number;
  /** Milliseconds after which V8 stops one evaluation of many records. */
  readonly timeMs: number;
  /** Only this record. */
  readonly only?: number;
  readonly signal?: AbortSignal;
}

export interface TunnelFound {
  readonly fragment?: KeptFragment;
  /** The expression threw on so many records, on the first of them this. */
  readonly failures?: number;
  readonly failure?: string;
}

const tunnels = new WeakMap<Target, Tunnel>();

/** What is kept of calls in a target: one store for all who look at it. Asking for it keeps nothing. */
export function tunnelOf(target: Target): Tunnel {
  let tunnel = tunnels.get(target);
  if (!tunnel) {
    tunnel = new Tunnel(target);
    tunnels.set(target, tunnel);
  }
  return tunnel;
}

/** Of a reset: calls that were kept of matching classes go, or all. Opens nothing. */
export async function forgetCalls(
  target: Target,
  fits: ((functions: readonly ObservableFunction[]) => readonly boolean[]) | undefined,
): Promise<void> {
  const tunnel = tunnels.get(target);
  if (!tunnel?.isOpen) return;
  const classes = fits && (await tunnel.classes());
  const isMeant = fits?.((classes ?? []).map((className) => ({ className, methodName: '', instrument: '' })));
  await tunnel.clear(classes?.filter((_, index) => isMeant?.[index]));
}

export class Tunnel {
  readonly #target: Target;
  #open: Promise<void> | undefined;

  constructor(target: Target) {
    this.#target = target;
  }

  get isOpen(): boolean {
    return this.#open !== undefined;
  }

  /**
   * Before the first call is kept; sets the limits of now.
   * @throws RemoraError `needs-worker`, and those of the target
   */
  async open(): Promise<void> {
    if (this.#target.channel !== 'worker') throw instrumentErrors.needsWorker();
    this.#open = this.#target
      .main('tunnelOpen', {
        records: tunnelRecords.value,
        bytes: tunnelBytes.value,
        lifetimeMs: tunnelLifetime.value * 1000,
      })
      .then(() => undefined);
    try {
      await this.#open;
    } catch (error) {
      this.#open = undefined;
      throw error;
    }
  }

  async state(): Promise<TunnelState> {
    const none = { count: 0, bytes: 0, evicted: { records: 0, bytes: 0, age: 0 } };
    if (!this.isOpen) return none;
    const { count, bytes, evicted } = fields(await this.#target.main('tunnelState', null));
    const { records, bytes: large, age } = fields(evicted);
    return {
      ...{ count: number(count), bytes: number(bytes) },
      evicted: { records: number(records), bytes: number(large), age: number(age) },
    };
  }

  /** All records, oldest first; the main thread is given back between pages. */
  async *records(limits: Limits, signal?: AbortSignal): AsyncGenerator<KeptFragment, void, void> {
    if (!this.isOpen) return;
    for (let from: number | undefined = 0; from !== undefined && !signal?.aborted; ) {
      const params = { from, limits, ms: tunnelPageTime.value };
      const page = pageFrom(await this.#target.main('tunnelPage', params, { signal }));
      yield* page.fragments;
      from = page.next;
    }
  }

  /** Records for which a condition holds, or the value of an express for them; both are asked as things are now. */
  async *search(search: TunnelSearch): AsyncGenerator<TunnelFound, void, void> {
    if (!this.isOpen) return;
    const { condition, express, limits, fuel, only, signal } = search;
    for (let from: number | undefined = only ?? 0; from !== undefined && !signal?.aborted; ) {
      const params = {
        ...{ from, limits, ms: tunnelPageTime.value, fuel, only },
        conditionFiles: condition?.files,
        expressFiles: express?.files,
        name: express?.name,
      };
      const text = `${MARK}.tools.tunnelSearch(${JSON.stringify(params)},{${factory('condition', condition)}${factory('express', express)}})`;
      const page = pageFrom(await this.#evaluate(text, search));
      for (const fragment of page.fragments) yield { fragment };
      if (page.failures > 0) yield { failures: page.failures, failure: page.failure };
      from = only === undefined ? page.next : undefined;
    }
  }

  async show(index: number, limits: Limits): Promise<KeptFragment | undefined> {
    if (!this.isOpen) return undefined;
    return fragmentFrom(await this.#target.main('tunnelShow', { index, limits }));
  }

  /**
   * Calls the function again. `cannot`: only a breakpoint saw that call.
   * @throws RemoraError of the target
   */
  async replay(index: number, limits: Limits): Promise<KeptFragment | 'cannot' | undefined> {
    if (!this.isOpen) return undefined;
    const waitMs = tunnelReplayWait.value;
    const answer = await this.#target.main(
      'tunnelReplay',
      { index, limits, waitMs },
      { timeoutMs: waitMs + GRACE_MS },
    );
    return answer === '' ? 'cannot' : fragmentFrom(answer);
  }

  async delete(index: number): Promise<boolean> {
    return this.isOpen && (await this.#target.main('tunnelDelete', { index })) === true;
  }

  /** How many went. */
  async clear(classes?: readonly string[]): Promise<number> {
    return this.isOpen ? number(await this.#target.main('tunnelClear', { classes })) : 0;
  }

  async classes(): Promise<string[]> {
    if (!this.isOpen) return [];
    return list(await this.#target.main('tunnelClasses', null)).filter((each) => typeof each === 'string');
  }

  /** A debugger may evaluate text also where the application runs with --disallow-code-generation-from-strings. */
  async #evaluate(expression: string, { timeMs, signal }: TunnelSearch): Promise<unknown> {
    const { result, exceptionDetails } = await this.#target.cdp<{
      result?: { value?: unknown };
      exceptionDetails?: { text: string; exception?: { description?: string } };
    }>('Runtime.evaluate', { expression, returnByValue: true, silent: true, timeout: timeMs }, { signal });
    if (exceptionDetails) {
      const text = exceptionDetails.exception?.description ?? exceptionDetails.text;
      throw instrumentErrors.notEvaluated(text.split('\n', 1)[0] ?? text);
    }
    return parsed(result?.value);
  }
}

function factory(name: string, text: CompiledText | undefined): string {
  if (!text) return '';
  return `${name}:(_$r,_$m)=>{"use strict";return (${(text.variables ?? VARIABLES).join(',')})=>(${text.source}\n)},`;
}

function pageFrom(data: unknown): {
  readonly fragments: readonly KeptFragment[];
  readonly next: number | undefined;
  readonly failures: number;
  readonly failure: string;
} {
  const { records, next, failures, failure } = fields(data);
  return {
    fragments: list(records).flatMap((each) => fragmentFrom(each) ?? []),
    next: typeof next === 'number' ? next : undefined,
    failures: number(failures),
    failure: typeof failure === 'string' ? failure : '',
  };
}

/** Members that hold rendered values are taken for anything by who shows them. */
export function fragmentFrom(data: unknown): KeptFragment | undefined {
  const value = fields(typeof data === 'string' ? parsed(data) : data);
  if (typeof value.index !== 'number') return undefined;
  const text = (of: unknown): string => (typeof of === 'string' ? of : '');
  return {
    index: value.index,
    ...('watch' in value && { watch: value.watch }),
    ...(typeof value.failed === 'string' && { failed: value.failed }),
    ...{ ts: number(value.ts), cost: number(value.cost), threw: value.threw === true },
    ...(typeof value.settle === 'number' && { settle: value.settle }),
    ...{ object: text(value.object), className: text(value.className), methodName: text(value.methodName) },
    ...{ params: list(value.params), returnObj: value.returnObj, throwExp: value.throwExp },
    ...{ bytes: number(value.bytes), more: number(value.more), evicted: number(value.evicted) },
    unkept: value.unkept === true,
    ...(typeof value.unsettledMs === 'number' && { unsettledMs: value.unsettledMs }),
  };
}

function parsed(text: unknown): unknown {
  try {
    return typeof text === 'string' ? (JSON.parse(text) as TunnelPage) : undefined;
  } catch {
    return undefined;
  }
}

function number(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : 0;
}

function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
