/** The counters of shared memory as the Worker reads them; src/probe/layout.ts has the indices. */
import {
  FLAG,
  HOOKS,
  OBSERVER,
  OBSERVERS,
  OBSERVERS_OFFSET,
  SLOT,
  SLOT_FIELDS,
  SLOTS_OFFSET,
} from '../../layout.js';

export class Slots {
  readonly #cells: Float64Array;
  readonly #flags: Int32Array;

  constructor(shared: SharedArrayBuffer) {
    const fields = (OBSERVERS_OFFSET - SLOTS_OFFSET) / 8 + OBSERVERS * SLOT_FIELDS;
    this.#cells = new Float64Array(shared, SLOTS_OFFSET, fields);
    this.#flags = new Int32Array(shared, 0, FLAG.ringDropped + 1);
  }

  hook(hook: number, field: keyof typeof SLOT): number {
    return this.#cells[hook * SLOT_FIELDS + SLOT[field]] as number;
  }

  setHook(hook: number, field: keyof typeof SLOT, value: number): void {
    this.#cells[hook * SLOT_FIELDS + SLOT[field]] = value;
  }

  observer(slot: number, field: keyof typeof OBSERVER): number {
    return this.#cells[(HOOKS + slot) * SLOT_FIELDS + OBSERVER[field]] as number;
  }

  setObserver(slot: number, field: keyof typeof OBSERVER, value: number): void {
    this.#cells[(HOOKS + slot) * SLOT_FIELDS + OBSERVER[field]] = value;
  }

  get ringDropped(): number {
    return this.#flags[FLAG.ringDropped] as number;
  }
}
