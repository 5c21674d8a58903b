import type { ObservableFunction, Traceable, TraceReach, TracesInFlight } from '../../../target/index.js';
import { functionName } from '../reached.js';

const MOST_NAMES = 5;

/** What is told of the functions that a trace looks into, each once. */
export class TraceNews {
  readonly #verbose: boolean;
  readonly #told = new Set<ObservableFunction>();
  #notes: readonly string[] = [];

  constructor(verbose: boolean) {
    this.#verbose = verbose;
  }

  /** Sentences that are new. What is said of callees changes as they become more, and is kept for the end. */
  told({ functions, notes }: TraceReach): string[] {
    this.#notes = notes;
    const groups = new Groups();
    for (const { of, level, state, why = 'it could not be reached' } of functions) {
      if (this.#told.has(of)) continue;
      if (state === 'cannot' && level < 2) groups.add(`not looked into: ${why}`, of);
      else if (this.#verbose && state === 'traced') groups.add(`looked into${levelText(level)}`, of);
      else continue;
      this.#told.add(of);
    }
    return groups.texts();
  }

  atEnd(): readonly string[] {
    return this.#notes;
  }
}

/** What cannot be looked into, and what is left out, before anything is installed. */
export function beforehand(traceable: readonly Traceable[]): string[] {
  const groups = new Groups();
  for (const { of, why, notes } of traceable) {
    if (why !== undefined) groups.add(`timed as a whole, not looked into: ${why}`, of);
    for (const note of notes) groups.add(note, of);
  }
  return groups.texts();
}

/** How far a trace has come that shows nothing yet. */
export function progressOf(reach: TraceReach | undefined): string {
  const { functions = [] } = reach ?? {};
  const traced = functions.filter(({ state }) => state === 'traced');
  const waiting = functions.filter(({ state }) => state === 'waits');
  const deepest = Math.max(1, ...traced.map(({ level }) => level));
  const next =
    waiting.length === 0 ? '' : `; ${namesText(waiting.map(({ of }) => functionName(of)))} at the next call`;
  return `${traced.length} functions are looked into by now, down to level ${deepest}${next}`;
}

/** Calls that go on when a trace ends; the first `shown` are results. */
export function inFlightNotes({ calls, more }: TracesInFlight, shown: number): string[] {
  const left = calls.length + more - shown;
  if (left === 0) return [];
  const [longest] = shown > 0 ? [] : calls;
  const since = longest ? `, one of them for ${secondsText(longest.ms)}` : '';
  return [
    `${left} ${shown > 0 ? 'more ' : ''}${left === 1 ? 'call is' : 'calls are'} in flight${since}: not over yet, and not shown`,
  ];
}

function secondsText(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** Functions of which the same is said. */
class Groups {
  readonly #groups = new Map<string, string[]>();

  add(text: string, of: ObservableFunction): void {
    const names = this.#groups.get(text) ?? [];
    this.#groups.set(text, names);
    names.push(functionName(of));
  }

  texts(): string[] {
    return [...this.#groups].map(([text, names]) => `${namesText(names)}: ${text}`);
  }
}

function namesText(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMES).join(', ');
  return names.length > MOST_NAMES ? `${shown} and ${names.length - MOST_NAMES} more` : shown;
}

function levelText(level: number): string {
  return level === 0 ? ' (-p)' : level === 1 ? '' : ` (level ${level})`;
}
