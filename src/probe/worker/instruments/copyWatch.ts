import type { CopyNews, CopyReport, CopySpec } from '../../instrumentProtocol.js';
import type { Breakpoint } from './breakpoints.js';
import type { HookState } from './hookState.js';

/** Calls that may meet the condition, at some 0.1 ms each, without one that came through a wrapper. */
const MOST_HITS = 500;

const BREAKPOINT = 'nothing can stand in for it: it is watched by a breakpoint';

const ANEW = 'it is made anew again and again: those that are made from now on run the old text';

interface Kept {
  readonly spec: CopySpec;
  report: CopyReport;
  /** Calls seen when its wrappers last became more. */
  hitsBefore: number;
}

/**
 * The copies of one hook: has their texts compiled in the function's own frame, by a condition on its first location, and
 * takes the condition away as soon as every wrapper has what it shall run.
 */
export class CopyWatch {
  readonly #state: HookState;
  readonly #kept = new Map<number, Kept>();
  #breakpoint: Breakpoint | undefined;

  constructor(state: HookState) {
    this.#state = state;
  }

  /** Wrappers may come that have no copy yet. */
  get isOn(): boolean {
    return this.#kept.size > 0;
  }

  /** Calls run another text whether they are observed or not. */
  get replaces(): boolean {
    for (const { spec } of this.#kept.values()) if (spec.when === 'always') return true;
    return false;
  }

  /** @throws Error for what cannot be: then nothing was done */
  async open(spec: CopySpec): Promise<CopyReport> {
    const { spec: hook } = this.#state;
    if (!hook.source) throw new Error('it has no source of the program');
    if (this.#state.isLastResort) throw new Error(BREAKPOINT);
    const news = await this.#state.call<CopyNews>('copyOpen', spec);
    const kept: Kept = { spec, report: reportOf(news), hitsBefore: 0 };
    this.#kept.set(spec.copy, kept);
    try {
      await this.#arm();
    } catch (error) {
      await this.drop(spec.copy);
      throw error;
    }
    return kept.report;
  }

  async drop(copy: number): Promise<void> {
    if (!this.#kept.delete(copy)) return;
    await this.#state.call('copyDrop', { copy });
    if (![...this.#kept.values()].some(isWaiting)) await this.#disarm();
  }

  /** What has changed since the last look. */
  async look(): Promise<CopyReport[]> {
    if (!this.isOn) return [];
    const changed: CopyReport[] = [];
    for (const news of await this.#state.call<readonly CopyNews[]>('copyNews', {})) {
      const kept = this.#kept.get(news.copy);
      if (!kept) continue;
      const before = kept.report;
      if (news.filled !== before.filled) kept.hitsBefore = news.hits;
      kept.report = reportOf(news, news.hits - kept.hitsBefore);
      // Closures that have it keep it.
      if (this.#state.isLastResort) {
        const state = news.filled > 0 ? 'in-force' : 'failed';
        kept.report = { ...kept.report, state, waiting: 0, why: news.filled > 0 ? ANEW : BREAKPOINT };
      }
      if (JSON.stringify(before) !== JSON.stringify(kept.report)) changed.push(kept.report);
    }
    await this.#arm();
    return changed;
  }

  /** The hook is going. */
  async stop(): Promise<void> {
    this.#kept.clear();
    await this.#disarm();
  }

  async #arm(): Promise<void> {
    const isWanted = [...this.#kept.values()].some(isWaiting);
    if (!isWanted) return await this.#disarm();
    if (this.#breakpoint) return;
    const { spec, meter, tools } = this.#state;
    const [location] = await meter.time(() => tools.breakpoints.locations(spec));
    if (!location) throw new Error('V8 knows no place to stop in it');
    await tools.engine.learn();
    const { key } = await this.#state.call<{ key: string }>('reachArm', {});
    const isStrict = [...this.#kept.values()].some(({ spec: { isStrict: is } }) => is);
    this.#breakpoint = await meter.time(() =>
      tools.breakpoints.set(location, conditionOf(spec.hook, key, isStrict)),
    );
    // Who was announced before the condition was there is not who meets it.
    await this.#state.call('copyArm', { on: true });
  }

  async #disarm(): Promise<void> {
    const breakpoint = this.#breakpoint;
    if (!breakpoint) return;
    this.#breakpoint = undefined;
    const { meter, tools } = this.#state;
    await this.#state.call('copyArm', { on: false }).catch(() => undefined);
    await meter.time(() => tools.breakpoints.remove(breakpoint));
    await this.#state.call('reachDisarm', {});
  }
}

function isWaiting({ report: { state, waiting } }: Kept): boolean {
  return state === 'waiting' || (state === 'in-force' && waiting > 0);
}

function reportOf({ copy, hook, filled, waiting, isFull, error }: CopyNews, fruitless = 0): CopyReport {
  const isLost = filled === 0 && fruitless > MOST_HITS;
  const why =
    error || (isLost ? `${MOST_HITS} calls were seen, none of which came through what stands in for it` : '');
  return {
    ...{ copy, hook, filled, why },
    state: why !== '' ? 'failed' : filled > 0 ? 'in-force' : 'waiting',
    // What cannot be filled is not waited for.
    waiting: isFull || fruitless > MOST_HITS ? 0 : waiting,
  };
}

/** Runs in the function's own frame; `eval` sees its names. Short, since V8 compiles it at every hit. */
function conditionOf(hook: number, key: string, isStrict: boolean): string {
  const directive = isStrict ? '"use strict";' : '';
  return `(()=>{try{return ${key}.copy(${hook},(_$t,_$p,_$f)=>{${directive}return eval(_$t)})}catch{return false}})()`;
}
