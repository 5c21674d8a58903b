import type { ReachNews } from '../../instrument/reach/news.js';
import type { HookSpec } from '../../instrumentProtocol.js';
import type { MainThread } from '../mainThread.js';
import type { BreakLocation, Breakpoint, Breakpoints } from './breakpoints.js';
import type { Engine } from './engine.js';
import type { Paused, Pauser } from './pauser.js';

/** A breakpoint costs about 0.1 ms a hit: above this many a second it takes more than 5 % of the thread. */
const HITS_PER_SECOND = 500;

interface Tools {
  readonly main: MainThread;
  readonly engine: Engine;
  readonly breakpoints: Breakpoints;
  readonly pauser: Pauser;
}

/**
 * A function that nothing can stand in for: its entry is seen by a condition, its end, if that is wanted, by a short
 * pause at its return locations, of which there are at most three a second.
 */
export class LastResort {
  readonly #spec: HookSpec;
  readonly #tools: Tools;
  #entry: Breakpoint | undefined;
  #ends: Breakpoint[] = [];
  #locations: readonly BreakLocation[] = [];
  #second = { at: 0, hits: 0 };

  constructor(spec: HookSpec, tools: Tools) {
    this.#spec = spec;
    this.#tools = tools;
  }

  /** False when V8 knows no place to stop in it. */
  async start(key: string): Promise<boolean> {
    const { breakpoints } = this.#tools;
    this.#locations = await breakpoints.locations(this.#spec);
    const [first] = this.#locations;
    if (!first) return false;
    const { hook, shape } = this.#spec;
    // An arrow function has none of its own, and a constructor no `this` before `super()`.
    const self = shape.kind === 'arrow' || shape.kind === 'constructor' ? 'undefined' : 'this';
    this.#entry = await breakpoints.set(first, guarded(`${key}.seen(${hook},${self},${this.#args})`));
    this.#second = { at: performance.now(), hits: 0 };
    return true;
  }

  /** Returns why it had to be removed, if it had. */
  async look(news: ReachNews, key: string): Promise<string | undefined> {
    if (!this.#entry) return undefined;
    if (news.wantsEnds && this.#ends.length === 0) await this.#watchEnds(key);
    const now = performance.now();
    const { at, hits } = this.#second;
    const perSecond = ((news.hits - hits) * 1000) / Math.max(now - at, 200);
    if (now - at > 1000) this.#second = { at: now, hits: news.hits };
    if (perSecond <= HITS_PER_SECOND) return undefined;
    await this.stop();
    return `it is called ${Math.round(perSecond)} times a second, and could only be watched by a breakpoint, which is removed above ${HITS_PER_SECOND}`;
  }

  async stop(): Promise<void> {
    const { breakpoints, pauser } = this.#tools;
    for (const each of [...this.#ends, ...(this.#entry ? [this.#entry] : [])]) {
      pauser.offBreakpoint(each);
      await breakpoints.remove(each);
    }
    this.#entry = undefined;
    this.#ends = [];
  }

  async #watchEnds(key: string): Promise<void> {
    const { breakpoints, pauser } = this.#tools;
    const [first] = this.#locations;
    for (const location of this.#locations) {
      const isFirst =
        location.lineNumber === first?.lineNumber && location.columnNumber === first.columnNumber;
      if (location.type !== 'return' || isFirst) continue;
      const each = await breakpoints.set(location, guarded(`${key}.ends(${this.#spec.hook})`));
      this.#ends.push(each);
      pauser.onBreakpoint(each, (paused) => this.#left(paused));
    }
  }

  async #left({ callFrames: [frame] }: Paused): Promise<void> {
    if (!frame) return;
    const { main, engine } = this.#tools;
    const { result } = (await main.post('Debugger.evaluateOnCallFrame', {
      callFrameId: frame.callFrameId,
      expression: this.#args,
      silent: true,
    })) as { result?: object };
    const { hook } = this.#spec;
    await engine.withObjects('left', [{ value: hook }, frame.this, result ?? {}, frame.returnValue ?? {}]);
  }

  get #args(): string {
    const { kind, parameters = '' } = this.#spec.shape;
    return kind === 'arrow' ? `[${parameters}]` : 'arguments';
  }
}

export function guarded(expression: string): string {
  return `(()=>{try{return ${expression}}catch{return false}})()`;
}
