import { RemoraError } from '../../../src/base/index.js';
import type { HookReport, HookSpec, InstrumentStatus, ObserverSpec } from '../../../src/probe/index.js';
import type { CallOptions, CdpParams, ProcessInfo, Target } from '../../../src/target/index.js';

type Listener = (data: unknown) => void;
type Status = InstrumentStatus['hooks'][number];

export interface FakeScript {
  readonly path: string;
  readonly text: string;
  readonly isModule?: boolean;
}

export function reportOf(hook: number, more: Partial<HookReport> = {}): HookReport {
  return {
    ...{ hook, state: 'installed', instrument: 'property', notes: [], stallMs: 1, pauses: 0 },
    holders: { found: 1, reached: 1 },
    ...more,
  };
}

/**
 * A target that keeps the books of the probe's Worker and has no process: for what the registry decides by itself. It
 * refuses what the Worker would have to refuse: a slot that is taken, an observer of hooks that are not there.
 */
export class FakeTarget implements Target {
  readonly process = { pid: 1, name: 'fake', cwd: '/srv/app' } as ProcessInfo;
  readonly notices = [];
  readonly attachedAt = 0;
  readonly holders = [];
  readonly specs = new Map<number, HookSpec>();
  readonly observers = new Map<number, ObserverSpec>();
  readonly statuses = new Map<number, Partial<Status>>();
  readonly calls: string[] = [];
  readonly renewed: number[] = [];
  /** What the next hooks report. */
  answer: (spec: HookSpec) => HookReport | Promise<HookReport> = ({ hook }) => reportOf(hook);
  /** Hooks that cannot be put back at once. */
  slow = false;
  /** Milliseconds of every call. */
  delay = () => 0;
  /** Puts something else in the place of an answer. */
  garble: ((answer: unknown) => unknown) | undefined;
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #closed = new AbortController();

  constructor(
    readonly scripts: readonly FakeScript[],
    readonly channel: 'worker' | 'cdp' = 'worker',
  ) {}

  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  async cdp<T>(method: string, params?: CdpParams): Promise<T> {
    if (method === 'Debugger.enable') {
      this.calls.push('enable');
      for (const [index, { path, text, isModule = false }] of this.scripts.entries()) {
        const hash = `${path}${text.length}`;
        this.emit('Debugger.scriptParsed', {
          ...{ scriptId: String(index), url: path, hash, length: text.length, isModule },
        });
      }
    }
    if (method === 'Debugger.disable') this.calls.push('disable');
    if (method === 'Debugger.getScriptSource') {
      return { scriptSource: this.scripts[Number(params?.scriptId)]?.text } as T;
    }
    return {} as T;
  }

  main<T>(): Promise<T> {
    return Promise.reject(new Error('a fake has no main thread'));
  }

  async worker<T>(fn: string, params: unknown, _options?: CallOptions): Promise<T> {
    this.#refuseWhenClosed();
    await new Promise((resolve) => setTimeout(resolve, this.delay()));
    this.#refuseWhenClosed();
    this.calls.push(fn);
    const answer = await this.#answer(fn, params as never);
    return (this.garble ? this.garble(answer) : answer) as T;
  }

  async #answer(fn: string, params: never): Promise<unknown> {
    switch (fn) {
      case 'instrumentHook': {
        const spec = params as HookSpec;
        if (this.specs.has(spec.hook)) throw new Error(`slot ${spec.hook} is taken`);
        this.specs.set(spec.hook, spec);
        return await this.answer(spec);
      }
      case 'instrumentUnhook': {
        const { hooks } = params as { hooks: number[] };
        if (this.slow) return { undone: [], later: hooks, stallMs: 0 };
        for (const hook of hooks) this.specs.delete(hook);
        return { undone: hooks, later: [], stallMs: 1 };
      }
      case 'instrumentObserve': {
        const spec = params as ObserverSpec;
        for (const hook of spec.hooks) if (!this.specs.has(hook)) throw new Error(`no hook ${hook}`);
        if (spec.hooks.length === 0) throw new Error('an observer of nothing');
        this.observers.set(spec.observer, spec);
        return {};
      }
      case 'instrumentUnobserve':
        this.observers.delete((params as { observer: number }).observer);
        return {};
      case 'instrumentRenew':
        this.renewed.push(...(params as { hooks: number[] }).hooks);
        return {};
      case 'instrumentMonitor':
        return [...this.specs.keys()].map((hook) => ({ hook, total: 2, success: 1, failed: 1, cost: 3 }));
      case 'instrumentStatus':
        return this.status();
      default:
        return {};
    }
  }

  status(): InstrumentStatus {
    const idle = {
      calls: 0,
      observed: 0,
      dropped: 0,
      costMs: 0,
      mode: 'full',
      observers: [],
      expiresInMs: 1,
    } as const;
    return {
      budget: { share: 0.01, overMs: 5000, burstShare: 0.05, burstMs: 1000 },
      ...{ share: 0, ringDropped: 0, pauses: 0 },
      hooks: [...this.specs.keys()].map((hook) => ({
        report: reportOf(hook),
        ...idle,
        ...this.statuses.get(hook),
      })),
    };
  }

  /** The slot a function was given. */
  slotOf(methodName: string): number {
    for (const { hook, methodName: name } of this.specs.values()) if (name === methodName) return hook;
    throw new Error(`${methodName} is not hooked`);
  }

  record(observer: number, hook: number, more: object = {}): void {
    const record = { observer, hook, kind: 'watch', point: 'AtExit', ts: 1, ...more };
    this.emit('instrument.records', { records: [record], dropped: [] });
  }

  emit(name: string, data: unknown): void {
    for (const listener of this.#listeners.get(name) ?? []) listener(data);
  }

  onCdp(method: string, listener: (params: Record<string, unknown>) => void): () => void {
    return this.onEvent(method, listener as Listener);
  }

  onEvent(name: string, listener: Listener): () => void {
    const set = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, set.add(listener));
    return () => set.delete(listener);
  }

  lease(): { release(): void } {
    return { release: () => undefined };
  }

  async letGo(reason: string): Promise<void> {
    this.#closed.abort(new RemoraError('target-let-go', `process 1 was let go: ${reason}`));
  }

  #refuseWhenClosed(): void {
    if (this.#closed.signal.aborted) throw this.#closed.signal.reason;
  }
}
