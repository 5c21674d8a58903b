import type { CopyNews, CopyReport, CopySpec } from '../../instrumentProtocol.js';
import type { Breakpoint } from './breakpoints.js';
import type { HookState } from './hookState.js';

/** Calls that may meet the condition, at some 0.1 ms each, without one that came through a wrapper. */
const MOST_HITS = 500;
/** Characters that V8 compiles at each hit, some ten microseconds for a thousand, where `eval` cannot do it once. */
const LONGEST_EMBEDDED = 50_000;

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
  #isResting = false;
  /** `eval` cannot be used in its frame: the condition has the texts in itself. */
  #isBarred = false;
  /** The copy that the condition has in itself. */
  #armedFor: number | undefined;

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
    const tooLong = this.#isBarred ? whyTooLong(spec) : undefined;
    if (tooLong) throw new Error(tooLong);
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
      this.#isBarred ||= news.isBarred;
      kept.report = reportOf(news, news.hits - kept.hitsBefore);
      // Closures that have it keep it.
      if (this.#state.isLastResort) {
        const state = news.filled > 0 ? 'in-force' : 'failed';
        kept.report = { ...kept.report, state, waiting: 0, why: news.filled > 0 ? ANEW : BREAKPOINT };
      }
      const tooLong = this.#isBarred ? whyTooLong(kept.spec) : undefined;
      if (tooLong && kept.report.state === 'waiting') {
        kept.report = { ...kept.report, state: 'failed', why: tooLong };
      }
      if (JSON.stringify(before) !== JSON.stringify(kept.report)) changed.push(kept.report);
    }
    await this.#arm();
    return changed;
  }

  /** No text is compiled until `wake`. */
  async rest(): Promise<void> {
    this.#isResting = true;
    await this.#disarm();
  }

  async wake(): Promise<void> {
    this.#isResting = false;
    await this.#arm();
  }

  /** The hook is going. */
  async stop(): Promise<void> {
    this.#kept.clear();
    await this.#disarm();
  }

  async #arm(): Promise<void> {
    const [first, ...others] = [...this.#kept.values()].filter(isWaiting).map(({ spec }) => spec);
    if (!first || this.#isResting) return await this.#disarm();
    const wanted = this.#isBarred ? first.copy : undefined;
    if (this.#breakpoint && wanted === this.#armedFor) return;
    await this.#disarm();
    this.#armedFor = wanted;
    const { spec, meter, tools } = this.#state;
    const [location] = await meter.time(() => tools.breakpoints.locations(spec));
    if (!location) throw new Error('V8 knows no place to stop in it');
    await tools.engine.learn();
    const { key } = await this.#state.call<{ key: string }>('reachArm', {});
    const call = this.#isBarred ? embedding(first) : evaluating([first, ...others]);
    const condition = `(()=>{try{return ${key}.copy(${spec.hook},${call})}catch{return false}})()`;
    this.#breakpoint = await meter.time(() => tools.breakpoints.set(location, condition));
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

// Arguments of the condition's call, which runs in the function's own frame.

/** `eval` sees its names. Short, since V8 compiles it at every hit. */
function evaluating(specs: readonly CopySpec[]): string {
  const directive = specs.some(({ isStrict }) => isStrict) ? '"use strict";' : '';
  return `(_$t,_$p,_$f)=>{${directive}return eval(_$t)},()=>eval`;
}

/** The same without it. One at a time: each has its own lines. */
function embedding({ copy, text, isStrict }: CopySpec): string {
  const directive = isStrict ? '"use strict";' : '';
  return `(_$t,_$p,_$f,_$c)=>{${directive}if(_$c===${copy})return(${text}\n)}`;
}

function whyTooLong({ text: { length } }: CopySpec): string | undefined {
  if (length <= LONGEST_EMBEDDED) return undefined;
  return `code from strings is not allowed in this process, or its eval is not V8's own: its copy of ${length} characters would be compiled at each call until it is in force, and ${LONGEST_EMBEDDED} are the most`;
}
