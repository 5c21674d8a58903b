import type { CallRecord, HookReport, InstrumentEvents } from '../../probe/index.js';
import type { Target } from '../types.js';

export interface ProbeListener {
  record(record: CallRecord): void;
  dropped(observer: number, count: number): void;
  hook(report: HookReport): void;
  ended(observer: number, why: string): void;
  governor(event: InstrumentEvents['instrument.governor']): void;
}

const STATES = new Set(['installed', 'partial', 'pending', 'cannot', 'removed']);
const ACTIONS = new Set(['sampled', 'removed', 'restored']);

/** Events of the probe about instruments. They come from the target: what is not of the shape is left out. */
export class ProbeEvents {
  constructor(target: Target, listener: ProbeListener) {
    target.onEvent('instrument.records', (data) => {
      const { records, dropped } = object(data);
      for (const each of array(records)) if (isRecord(each)) listener.record(each);
      for (const each of array(dropped)) {
        const { observer, count } = object(each);
        if (isCount(observer) && isCount(count)) listener.dropped(observer, count);
      }
    });
    target.onEvent('instrument.hook', (data) => {
      if (isReport(data)) listener.hook(data);
    });
    target.onEvent('instrument.end', (data) => {
      const { observer, why } = object(data);
      if (isCount(observer)) listener.ended(observer, String(why));
    });
    target.onEvent('instrument.governor', (data) => {
      if (isGovernor(data)) listener.governor(data);
    });
  }
}

function isRecord(data: unknown): data is CallRecord {
  const { observer, hook, kind, point, ts, frames = [] } = object(data);
  return (
    isCount(observer) &&
    isCount(hook) &&
    (kind === 'watch' || kind === 'stack' || kind === 'monitor') &&
    typeof point === 'string' &&
    Number.isFinite(ts) &&
    Array.isArray(frames)
  );
}

function isReport(data: unknown): data is HookReport {
  const { hook, state, notes, holders } = object(data);
  return (
    isCount(hook) &&
    STATES.has(String(state)) &&
    Array.isArray(notes) &&
    notes.every((note) => typeof note === 'string') &&
    isCount(object(holders).found) &&
    isCount(object(holders).reached)
  );
}

function isGovernor(data: unknown): data is InstrumentEvents['instrument.governor'] {
  const { hook, action, text } = object(data);
  return isCount(hook) && ACTIONS.has(String(action)) && typeof text === 'string';
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

function object(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function array(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
