import type { FirstHit, HookSpec, ObserverSpec } from '../../probe/index.js';
import { type Script, type ScriptList, V8Lines } from '../scripts/index.js';
import type { Observed } from './openObservation.js';
import { planOf, planOfNative, shapeOf, sourceOf } from './plan.js';
import type { ObservableFunction, ObserveRequest } from './types.js';

/** Makes what the probe is told of functions; texts and lines of their scripts are kept for the time of one batch. */
export class Specs {
  readonly #list: ScriptList;
  readonly #texts = new Map<string, { readonly text: string; readonly lines: V8Lines }>();

  constructor(list: ScriptList) {
    this.#list = list;
  }

  /**
   * @throws RemoraError `script-gone`, `script-too-long`, and those of the target
   */
  async of(fn: ObservableFunction, hook: number, lifetimeMs: number, firstHit: FirstHit): Promise<HookSpec> {
    const { found, className, methodName } = fn;
    const names = { hook, className, methodName, lifetimeMs };
    if (!found) {
      const native = fn.native ?? { module: className, path: methodName.split('.') };
      const script = { scriptId: '', url: '', path: '', isModule: false };
      return {
        ...names,
        script,
        shape: nativeShape(native.path.at(-1) ?? ''),
        plan: planOfNative(native).steps,
      };
    }
    const { script, info } = found;
    const { scriptId, url, path, isModule } = script;
    const { text, lines } = await this.#read(script);
    return {
      ...names,
      runtimeName: info.facts.ownName || undefined,
      script: { scriptId, url, path, isModule },
      source: sourceOf(info, text, lines),
      shape: { ...shapeOf(info), parameters: info.kind === 'arrow' ? readable(info.params) : undefined },
      plan: fn.line ? [{ by: 'line' }] : planOf(found).steps,
      line: fn.line,
      firstHit,
    };
  }

  async #read(script: Script): Promise<{ readonly text: string; readonly lines: V8Lines }> {
    let read = this.#texts.get(script.scriptId);
    if (!read) {
      const text = await this.#list.source(script);
      read = { text, lines: new V8Lines(text, script) };
      this.#texts.set(script.scriptId, read);
    }
    return read;
  }
}

function nativeShape(key: string): HookSpec['shape'] {
  return { kind: 'function', isAsync: false, isGenerator: false, isStatic: false, isPrivate: false, key };
}

/** What observers of some kinds know of each function besides. */
export function extrasOf(
  kind: ObserveRequest['kind'],
  observed: readonly Observed[],
): Pick<ObserverSpec, 'parameters' | 'lines'> {
  const bySlot = <T>(of: (fn: ObservableFunction) => T | undefined): Record<number, T> => {
    const entries = observed.flatMap(({ slot, of: fn }) => {
      const value = of(fn);
      return slot === undefined || value === undefined ? [] : [[slot, value] as const];
    });
    return Object.fromEntries(entries);
  };
  if (kind === 'tt') return { parameters: bySlot(({ found }) => found?.info.params.map(nameOfParameter)) };
  return kind === 'line' ? { lines: bySlot(({ line }) => line?.at) } : {};
}

/** `items = []` → `items`; '' for a pattern. */
export function nameOfParameter(text: string): string {
  return /^(?:\.\.\.)?([\p{ID_Start}$_][\p{ID_Continue}$]*)/u.exec(text)?.[1] ?? '';
}

/** What reads parameters back where they stand: `a,b,...rest`; undefined when one is a pattern. */
export function readable(params: readonly string[]): string | undefined {
  const names = params.map(nameOfParameter);
  if (names.includes('')) return undefined;
  return names.map((name, at) => (params[at]?.startsWith('...') ? `...${name}` : name)).join(',');
}
