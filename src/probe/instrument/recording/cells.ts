/** The shared memory as the main thread writes it; src/probe/layout.ts has the indices. */
import {
  FLAG,
  HOOKS,
  MODE,
  NOBODY,
  OBSERVER,
  OBSERVERS,
  OBSERVERS_OFFSET,
  RING_OFFSET,
  SLOT,
  SLOT_FIELDS,
  SLOTS_OFFSET,
} from '../../layout.js';

export interface Cells {
  readonly flags: Int32Array;
  /** Slots of hooks, and behind them those of observers. */
  readonly cells: Float64Array;
  readonly shared: SharedArrayBuffer;
}

const FIELDS = (OBSERVERS_OFFSET - SLOTS_OFFSET) / 8 + OBSERVERS * SLOT_FIELDS;

export function openCells(shared: SharedArrayBuffer): Cells {
  const cells = new Float64Array(shared, SLOTS_OFFSET, FIELDS);
  // What nobody observes is passed on without a further look.
  cells[observerBase(NOBODY) + SLOT.mode] = MODE.off;
  cells[observerBase(1) + OBSERVER.tokens] = Number.POSITIVE_INFINITY;
  return { flags: new Int32Array(shared, 0, FLAG.evaluating + 1), cells, shared };
}

export function hookBase(hook: number): number {
  return hook * SLOT_FIELDS;
}

export function observerBase(slot: number): number {
  return (HOOKS + slot) * SLOT_FIELDS;
}

export function ringSize(shared: SharedArrayBuffer): number {
  return shared.byteLength - RING_OFFSET;
}
