/** What is told about how functions were reached: the `enhancer` result, and sentences about single functions. */
import type { HookReport, ObservableFunction, Observation, ObservationEvent } from '../../target/index.js';
import type { Result } from '../command.js';

type Reached = Observation['functions'][number];
type Event<K extends ObservationEvent['kind']> = Extract<ObservationEvent, { kind: K }>;

const NOBODY = 'No class or method is affected';
/** Sentences of one kind before the rest is only counted. */
const MOST_NOTES = 5;

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
  const { state, instrument, holders, notes, price, stallMs, pauses } = report;
  return {
    className: of.className,
    methodName: of.methodName,
    state,
    instrument,
    holders: { found: holders.found, reached: holders.reached },
    notes,
    observedNs: price?.observedNs,
    passedNs: price?.passedNs,
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

/** What the caller must know of functions that are not simply installed, a few sentences at most. */
export function reachNotes(functions: readonly Reached[]): string[] {
  const notes: string[] = [];
  for (const state of ['cannot', 'partial', 'pending'] as const) {
    const found = functions.filter(({ report }) => report.state === state);
    notes.push(...found.slice(0, MOST_NOTES).map(({ of, report }) => reachNote(of, report)));
    if (found.length > MOST_NOTES)
      notes.push(`${found.length - MOST_NOTES} more functions are ${STATE[state]}`);
  }
  return notes;
}

const STATE: Readonly<Record<HookReport['state'], string>> = {
  installed: 'reached',
  partial: 'partially reached',
  pending: 'pending',
  cannot: 'out of reach',
  removed: 'no longer observed',
};

/** `pricing.ts quote: partially reached: 3 of 5 holders. ...` */
export function reachNote(of: ObservableFunction, report: HookReport): string {
  const { found, reached } = report.holders;
  const how =
    report.state === 'partial'
      ? `: ${reached} of ${found} holders`
      : report.state === 'installed' && report.instrument
        ? ` by ${report.instrument}`
        : '';
  const notes =
    report.notes.length > 0 ? report.notes : of.note && report.state !== 'installed' ? [of.note] : [];
  return `${functionName(of)} is ${STATE[report.state]}${how}${notes.map((note) => `; ${note}`).join('')}`;
}

/** Nothing was seen yet, and why that may be. */
export function quietNote({ of, reasons }: Event<'quiet'>): string {
  const why = reasons.map((reason) => `\n  - ${reason}`).join('');
  return `no call of ${functionName(of)} was seen so far${why ? `; likely reasons:${why}` : ''}`;
}
