import type { CallRecord, CopyReport, HookReport, InstrumentEvents } from '../../probe/index.js';
import type { Target } from '../types.js';
import { copyFrom, droppedFrom, endFrom, governorFrom, list, recordFrom, reportFrom } from './checked.js';

export interface ProbeListener {
  record(record: CallRecord): void;
  dropped(observer: number, count: number): void;
  hook(report: HookReport): void;
  ended(observer: number, why: string): void;
  copy(report: CopyReport): void;
  governor(event: InstrumentEvents['instrument.governor']): void;
}

/** Hands on what the probe tells of instruments; what is malformed is left out. */
export function listenToProbe(target: Target, listener: ProbeListener): void {
  target.onEvent('instrument.records', (data) => {
    const { records, dropped } = (data ?? {}) as Record<string, unknown>;
    for (const each of list(records)) {
      const record = recordFrom(each);
      if (record) listener.record(record);
    }
    for (const each of list(dropped)) {
      const lost = droppedFrom(each);
      if (lost) listener.dropped(lost.observer, lost.count);
    }
  });
  target.onEvent('instrument.hook', (data) => {
    const report = reportFrom(data);
    if (report) listener.hook(report);
  });
  target.onEvent('instrument.copy', (data) => {
    const report = copyFrom(data);
    if (report) listener.copy(report);
  });
  target.onEvent('instrument.end', (data) => {
    const end = endFrom(data);
    if (end) listener.ended(end.observer, end.why);
  });
  target.onEvent('instrument.governor', (data) => {
    const event = governorFrom(data);
    if (event) listener.governor(event);
  });
}
