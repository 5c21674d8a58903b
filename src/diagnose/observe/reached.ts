/** What is told about how functions were reached: the `enhancer` result, and sentences about single functions. */
import {
  firstHitText,
  type HookReport,
  type ObservableFunction,
  type Observation,
  type ObservationEvent,
  type ObserveRequest,
} from '../../target/index.js';
import type { Result } from '../command.js';

export type Reached = Observation['functions'][number];
type Event<K extends ObservationEvent['kind']> = Extract<ObservationEvent, { kind: K }>;

const NOBODY = 'No class or method is affected';
/** Names in one sentence before the rest is only counted. */
const MOST_NAMES = 5;

export interface EnhancerParts {
  readonly listenerId: number;
  readonly costMs: number;
  readonly verbose: boolean;
  readonly functions: readonly Reached[];
}

/** wire/arthas.md 3.7: comes before the first hit. */
export function enhancer({ listenerId, costMs, verbose, functions }: EnhancerParts): Result {
  const hooked = functions.filter(({ report }) => report.state !== 'cannot' && report.state !== 'removed');
  return {
    type: 'enhancer',
    success: hooked.length > 0,
    message: hooked.length > 0 ? undefined : NOBODY,
    effect: {
      ...counts(hooked),
      cost: Math.round(costMs),
      listenerId,
      methods: verbose ? functions.map(methodLine) : undefined,
      instruments: verbose ? functions.map(instrumentEntry) : undefined,
    },
  };
}

/** Nothing was enhanced. `overLimitMsg`: because too much would have been. */
export function noEnhancer(listenerId: number, costMs: number, overLimitMsg?: string): Result {
  return {
    type: 'enhancer',
    success: false,
    message: overLimitMsg === undefined ? NOBODY : undefined,
    effect: { classCount: 0, methodCount: 0, cost: Math.round(costMs), listenerId, overLimitMsg },
  };
}

function counts(functions: readonly Reached[]): { classCount: number; methodCount: number } {
  return {
    classCount: new Set(functions.map(({ of }) => of.className)).size,
    methodCount: functions.length,
  };
}

function methodLine({ of, report }: Reached): string {
  return `${functionName(of)} ${report.state}${report.instrument ? ` by ${report.instrument}` : ''}`;
}

function instrumentEntry({ of, report }: Reached): object {
  const { state, instrument, holders, notes, price, firstHitMs, stallMs, pauses } = report;
  return {
    className: of.className,
    methodName: of.methodName,
    state,
    instrument,
    holders: { found: holders.found, reached: holders.reached },
    notes,
    observedNs: price?.observedNs,
    passedNs: price?.passedNs,
    firstHitMs,
    stallMs,
    pauses,
  };
}

export function functionName({
  className,
  methodName,
}: Pick<ObservableFunction, 'className' | 'methodName'>): string {
  return `${className} ${methodName}`;
}

/** What the caller must know of functions that are not simply installed; those of which the same is said as one. */
export function reachNotes(functions: readonly Reached[]): string[] {
  return hookNotes(functions.filter(({ report }) => report.state !== 'installed'));
}

/**
 * What the first calls will take, and of whom it is not looked whether all calls are seen, since that would take too long.
 * A line says it with its price, a trace beforehand.
 */
export function firstHitNotes(functions: readonly Reached[], kind: ObserveRequest['kind']): string[] {
  if (kind === 'line' || kind === 'trace') return [];
  const notes = told(functions, ({ report }) => {
    if (report.state === 'cannot' || report.state === 'removed') return [];
    if (report.state === 'installed' && report.isUnverified) return report.notes;
    const text = firstHitText(report.firstHitMs ?? 0);
    return text === undefined ? [] : [text];
  });
  return notes.flatMap(([names, texts]) =>
    texts.length === 0 ? [] : `${names.replace(/ (?:is|are)$/, '')}: ${texts.join('; ')}`,
  );
}

/** `pricing.ts quote, pricing.ts taxOf and 3 more are pending; each waits for its next call`. */
export function hookNotes(functions: readonly Reached[]): string[] {
  return told(functions, ({ of, report }) => [
    `${STATE[report.state]}${how(report)}`,
    ...(report.notes.length > 0 || report.state === 'installed' ? report.notes : [of.note ?? '']),
  ]).map(([names, [state = '', ...notes]]) => {
    const subject = names.endsWith(' are') ? 'each ' : '';
    const sentences = notes.filter(Boolean).map((note) => `; ${note.replace(/^(?=waits )/, subject)}`);
    return `${names} ${state}${sentences.join('')}`;
  });
}

/** Nothing was seen yet, and why that may be. */
export function quietNotes(quiets: readonly Event<'quiet'>[]): string[] {
  return told(quiets, ({ reasons }) => reasons).map(([names, reasons]) => {
    const why = [...new Set(reasons)].map((reason) => `\n  - ${reason}`).join('');
    const whole = names.replace(/ (?:is|are)$/, '');
    return `no call of ${whole} was reported so far${why ? `; likely reasons:${why}` : ''}`;
  });
}

const STATE: Readonly<Record<HookReport['state'], string>> = {
  installed: 'reached',
  partial: 'partially reached',
  pending: 'pending',
  cannot: 'out of reach',
  removed: 'no longer observed',
};

function how({ state, holders, instrument }: HookReport): string {
  if (state === 'partial') return `: ${holders.reached} of ${holders.found} holders`;
  return state === 'installed' && instrument ? ` by ${instrument}` : '';
}

/** Those of which the same words are said, as `a, b and 2 more are`. */
function told<T extends { readonly of: ObservableFunction }>(
  all: readonly T[],
  wordsOf: (one: T) => readonly string[],
): [names: string, words: readonly string[]][] {
  const groups = new Map<string, { names: string[]; words: readonly string[] }>();
  for (const one of all) {
    const words = wordsOf(one);
    const group = groups.get(words.join('\n')) ?? { names: [], words };
    group.names.push(functionName(one.of));
    groups.set(words.join('\n'), group);
  }
  return [...groups.values()].map(({ names, words }) => [namesText([...new Set(names)]), words]);
}

function namesText(names: readonly string[]): string {
  if (names.length === 1) return `${names[0]} is`;
  const shown = names.slice(0, names.length > MOST_NAMES ? MOST_NAMES : names.length - 1);
  const last = names.length > MOST_NAMES ? `${names.length - MOST_NAMES} more` : names.at(-1);
  return `${shown.join(', ')} and ${last} are`;
}
