import type { ReachNews } from '../../instrument/reach/news.js';
import type { MainThread } from '../mainThread.js';
import type { Engine } from './engine.js';
import type { Tools } from './hookState.js';
import type { CallFrame, Paused, Scope } from './pauser.js';
import type { Placer } from './placer.js';

/** Callers that are searched, the nearest first. */
const FRAMES = 4;
const SCOPES = 8;
/** What is left of a pause (50 ms) must do for what has begun. */
const BEGIN_WITHIN_MS = 30;
const NAME = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

interface Found {
  readonly news: ReachNews;
  readonly variables: readonly { readonly scope: number; readonly name: string }[];
}

/**
 * "Ask the caller": in a pause at the function's entry, searches what its callers see (`this`, locals, closures) for
 * whatever holds the function, and replaces it there.
 */
export class Asker {
  readonly #main: MainThread;
  readonly #engine: Engine;

  readonly #longScripts: ReadonlyMap<string, number>;

  constructor({ main, engine, longScripts }: Tools) {
    this.#main = main;
    this.#engine = engine;
    this.#longScripts = longScripts;
  }

  /**
   * Stops at the first frame that gave something. `key`: the engine's name on the target's `globalThis`. To set a
   * variable of a caller, V8 parses its script: not one of more than `most` characters.
   */
  async search(hook: number, paused: Paused, placer: Placer, key: string, most: number): Promise<void> {
    const started = performance.now();
    const { scriptId } = this.#engine;
    const [own, ...below] = paused.callFrames;
    if (!own || scriptId === undefined) return;
    // Wrappers of ours hold what they wrap: two that were given each other would call one another for ever.
    const callers = below.filter(({ location }) => location.scriptId !== scriptId);
    let reached = -1;
    for (const frame of [...callers.slice(0, FRAMES), own]) {
      if (performance.now() - started > BEGIN_WITHIN_MS) return;
      const scopes = frame.scopeChain.filter(
        ({ type }) => type !== 'global' && !(frame === own && type === 'local'),
      );
      const { news, variables } = await this.#inFrame(hook, frame, scopes.slice(0, SCOPES));
      if (reached < 0) reached = news.reached;
      const settled = await placer.confirm(news);
      let set = 0;
      const isLong = (this.#longScripts.get(frame.location.scriptId) ?? 0) > most;
      for (const { scope, name } of isLong ? [] : variables) {
        const scopeNumber = frame.scopeChain.indexOf(scopes[scope] as Scope);
        if (NAME.test(name) && (await this.#variable(hook, frame, scopeNumber, name, key))) set += 1;
      }
      if (set > 0 || settled.reached > reached) return;
      reached = settled.reached;
    }
  }

  async #inFrame(hook: number, frame: CallFrame, scopes: readonly Scope[]): Promise<Found> {
    const text = await this.#engine.withObjects('searchFrame', [
      { value: hook },
      frame.this,
      ...scopes.map(({ object }) => object),
    ]);
    return JSON.parse(String(text)) as Found;
  }

  /** Sets it in the frame; kept only when a handle that outlives the frame sees it too. */
  async #variable(
    hook: number,
    frame: CallFrame,
    scopeNumber: number,
    name: string,
    key: string,
  ): Promise<boolean> {
    const { callFrameId } = frame;
    const { result } = (await this.#main.post('Debugger.evaluateOnCallFrame', {
      callFrameId,
      expression: `${key}.variable(${hook},${JSON.stringify(name)},${handleOf(name)})`,
      returnByValue: true,
      silent: true,
    })) as { result?: { value?: unknown } };
    const index = Number(result?.value ?? -1);
    if (!(index >= 0)) return false;
    const wrapper = await this.#engine.object('variableWrapper', hook, index);
    const original = await this.#engine.object('variableOriginal', hook, index);
    // Without an object it would become `undefined`.
    if (wrapper.objectId === undefined || original.objectId === undefined) return false;
    const set = (newValue: { objectId?: string }): Promise<unknown> =>
      this.#main.post('Debugger.setVariableValue', {
        scopeNumber,
        variableName: name,
        newValue,
        callFrameId,
      });
    try {
      await set({ objectId: wrapper.objectId });
    } catch {
      return false;
    }
    if ((await this.#engine.value('variableSet', hook, index)) === true) return true;
    await set({ objectId: original.objectId });
    return false;
  }
}

/** A handle on a variable, as an expression for one of the frames that see it. */
export function handleOf(name: string): string {
  return `{get:()=>${name},set:$v=>{${name}=$v},pause:()=>{debugger}}`;
}
