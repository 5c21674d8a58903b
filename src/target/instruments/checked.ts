/**
 * What the probe answers and tells of instruments, as the shapes of the protocol. It comes from the target: what is not
 * of a shape is undefined, texts and lists are cut.
 */
import type {
  CallRecord,
  CopyReport,
  HookReport,
  InstrumentEvents,
  InstrumentName,
  InstrumentStatus,
  MonitorSample,
  TraceCallee,
  UndoReport,
} from '../../probe/index.js';

const LONGEST_TEXT = 1000;
const MOST_NOTES = 20;
const MOST_FRAMES = 200;
const MOST_HOOKS = 1024;
const MOST_CALLEES = 10_000;
const MOST_GOING = 10;

const STATES = ['installed', 'partial', 'pending', 'cannot', 'removed'] as const;
const POINTS = ['AtEnter', 'AtExit', 'AtExceptionExit'] as const;
const KINDS = ['watch', 'monitor', 'stack', 'trace', 'tt', 'line'] as const;
const ACTIONS = ['sampled', 'removed', 'restored'] as const;
const COPY_STATES = ['waiting', 'in-force', 'failed'] as const;
const MODES = ['full', 'sampled', 'off'] as const;
const INSTRUMENTS: readonly InstrumentName[] = [
  ...(['property', 'prototype', 'static', 'accessor', 'native', 'scope-read', 'scope-entry'] as const),
  ...(['const-rebind', 'holder', 'constructor', 'breakpoint'] as const),
];

type Fields = Readonly<Record<string, unknown>>;

export function recordFrom(data: unknown): CallRecord | undefined {
  const { observer, hook, ts, cost, settle, failed, frames, ...rest } = fields(data);
  const kind = oneOf(KINDS, rest.kind);
  const point = oneOf(POINTS, rest.point);
  if (!isCount(observer) || !isCount(hook) || !isCount(ts) || !kind || !point) return undefined;
  return {
    ...{ observer, hook, kind, point, ts },
    ...(isCount(cost) && { cost }),
    ...(isCount(settle) && { settle }),
    ...('value' in rest && { value: rest.value }),
    ...(Array.isArray(rest.tree) && { tree: rest.tree }),
    ...(typeof failed === 'string' && { failed: failed.slice(0, LONGEST_TEXT) }),
    // Who shows them takes them apart, and takes them for anything.
    ...(Array.isArray(frames) && { frames: frames.slice(0, MOST_FRAMES) as CallRecord['frames'] }),
  };
}

export function reportFrom(data: unknown): HookReport | undefined {
  const { hook, notes, price, ...rest } = fields(data);
  const state = oneOf(STATES, rest.state);
  if (!isCount(hook) || !state) return undefined;
  const { found, reached } = fields(rest.holders);
  const { observedNs, passedNs, hitNs } = fields(price);
  return {
    ...{ hook, state, notes: texts(notes), stallMs: count(rest.stallMs), pauses: count(rest.pauses) },
    instrument: oneOf(INSTRUMENTS, rest.instrument),
    holders: { found: count(found), reached: count(reached) },
    ...(isCount(rest.costMs) && { costMs: rest.costMs }),
    ...(rest.isUnverified === true && { isUnverified: true }),
    ...(isCount(rest.firstHitMs) && { firstHitMs: rest.firstHitMs }),
    ...(isCount(observedNs) &&
      isCount(passedNs) && {
        price: { observedNs, passedNs, ...(isCount(hitNs) && { hitNs }) },
      }),
  };
}

export function calleesFrom(data: unknown): TraceCallee[] {
  return list(data)
    .slice(0, MOST_CALLEES)
    .map(fields)
    .flatMap(({ hook, site, name, isNative, isCalled, place }) => {
      if (!isCount(hook) || !isCount(site)) return [];
      const { scriptId, lineNumber, columnNumber } = fields(place);
      const isPlace = typeof scriptId === 'string' && isCount(lineNumber) && isCount(columnNumber);
      return [
        {
          ...{ hook, site, isNative: isNative === true, isCalled: isCalled !== false },
          name: typeof name === 'string' ? name.slice(0, LONGEST_TEXT) : '',
          ...(isPlace && { place: { scriptId, lineNumber, columnNumber } }),
        },
      ];
    });
}

/** `instrumentGoing`. */
export interface GoingTree {
  readonly hook: number;
  readonly ms: number;
  /** TreeRecord. */
  readonly tree: readonly unknown[];
  readonly more: number;
}

export function goingFrom(data: unknown): GoingTree[] {
  return list(data)
    .slice(0, MOST_GOING)
    .map(fields)
    .flatMap(({ hook, ms, tree, more }) => {
      const parsed = typeof tree === 'string' ? parsedList(tree) : undefined;
      return isCount(hook) && isCount(ms) && parsed ? [{ hook, ms, tree: parsed, more: count(more) }] : [];
    });
}

function parsedList(text: string): readonly unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function copyFrom(data: unknown): CopyReport | undefined {
  const { copy, hook, filled, waiting, why, ...rest } = fields(data);
  const state = oneOf(COPY_STATES, rest.state);
  if (!isCount(copy) || !isCount(hook) || !state) return undefined;
  return {
    ...{ copy, hook, state, filled: count(filled), waiting: count(waiting) },
    why: typeof why === 'string' ? why.slice(0, LONGEST_TEXT) : '',
  };
}

export function governorFrom(data: unknown): InstrumentEvents['instrument.governor'] | undefined {
  const { hook, text, share, callsPerSecond, ...rest } = fields(data);
  const action = oneOf(ACTIONS, rest.action);
  if (!isCount(hook) || !action || typeof text !== 'string') return undefined;
  return {
    ...{ hook, action, share: count(share), callsPerSecond: count(callsPerSecond) },
    text: text.slice(0, LONGEST_TEXT),
  };
}

export function droppedFrom(data: unknown): { observer: number; count: number } | undefined {
  const { observer, count: dropped } = fields(data);
  return isCount(observer) && isCount(dropped) ? { observer, count: dropped } : undefined;
}

export function endFrom(data: unknown): { observer: number; why: string } | undefined {
  const { observer, why } = fields(data);
  return isCount(observer) ? { observer, why: String(why).slice(0, LONGEST_TEXT) } : undefined;
}

export function undoFrom(data: unknown): UndoReport {
  const { undone, later, stallMs } = fields(data);
  return {
    undone: list(undone).filter(isCount),
    later: list(later).filter(isCount),
    stallMs: count(stallMs),
  };
}

export function samplesFrom(data: unknown): MonitorSample[] {
  return list(data)
    .slice(0, MOST_HOOKS)
    .map(fields)
    .filter(({ hook }) => isCount(hook))
    .map((sample) => ({
      ...{ hook: count(sample.hook), total: count(sample.total), success: count(sample.success) },
      ...{ failed: count(sample.failed), cost: count(sample.cost), p50: count(sample.p50) },
      ...{ p95: count(sample.p95), p99: count(sample.p99), max: count(sample.max) },
      ...(sample.isSampled === true && { isSampled: true }),
    }));
}

export function statusFrom(data: unknown): InstrumentStatus {
  const { budget, hooks, ...rest } = fields(data);
  const { share, overMs, burstShare, burstMs } = fields(budget);
  return {
    budget: {
      ...{ share: count(share), overMs: count(overMs) },
      ...{ burstShare: count(burstShare), burstMs: count(burstMs) },
    },
    share: count(rest.share),
    ringDropped: count(rest.ringDropped),
    pauses: count(rest.pauses),
    hooks: list(hooks).slice(0, MOST_HOOKS).flatMap(hookFrom),
  };
}

function hookFrom(data: unknown): InstrumentStatus['hooks'] {
  const hook = fields(data);
  const report = reportFrom(hook.report);
  if (!report) return [];
  return [
    {
      report,
      ...{ calls: count(hook.calls), observed: count(hook.observed), dropped: count(hook.dropped) },
      ...{ costMs: count(hook.costMs), mode: oneOf(MODES, hook.mode) ?? 'full' },
      observers: list(hook.observers).filter(isCount),
      expiresInMs: count(hook.expiresInMs),
    },
  ];
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

function count(value: unknown): number {
  return isCount(value) ? value : 0;
}

function oneOf<T extends string>(words: readonly T[], value: unknown): T | undefined {
  return words.find((word) => word === value);
}

function texts(value: unknown): string[] {
  return list(value)
    .slice(0, MOST_NOTES)
    .filter((each) => typeof each === 'string')
    .map((each) => each.slice(0, LONGEST_TEXT));
}

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
