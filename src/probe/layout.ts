/**
 * The memory that the target's main thread and our Worker share: flags, one slot of counters per hook, and the ring of
 * records. Untouched pages of it cost nothing. Used by the boot, instrument and worker scripts alike.
 */

/** Int32 indices of the first 64 bytes. */
export const FLAG = {
  /** 1 = every wrapper is a pass-through from now on. */
  off: 0,
  /** 1 = the main thread has destroyed the Worker's inspector session: it may exit. */
  drained: 1,
  /** Turns of the event loop, while the loop watch runs. */
  tick: 2,
  /** Bytes ever written to the ring (wraps at 2^32, read as unsigned). */
  ringHead: 3,
  /** Bytes ever read from the ring. */
  ringTail: 4,
  /** Records that found no room in the ring. */
  ringDropped: 5,
  /** 1 = a condition of reach/ has something for the Worker to look at; the Worker puts it back to 0. */
  reach: 6,
  /**
   * Above 0 while an evaluation of the agent's may run code of the application: no condition may pause then, since the
   * evaluation may have interrupted a function at a point where V8 cannot look at its frame.
   */
  evaluating: 7,
  /** 1 = the Worker has ended its inspector session: the main thread, once it sees this, destroys it. */
  disconnected: 8,
} as const;

export const FLAGS_BYTES = 64;
/** Most functions that are instrumented in one target at a time. */
export const HOOKS = 256;
/** Float64 fields of a hook's slot. Plain reads and writes: a count that is off by a race of two threads harms nobody. */
export const SLOT = {
  /** Calls that went through the wrapper. Main thread writes. */
  calls: 0,
  /** Calls whose record path ran in full (condition on results, clock, capture). Main thread writes. */
  observed: 1,
  /** Nanoseconds of the timed slow parts: conditions on results, expressions, rendering. Main thread writes. */
  slowNs: 2,
  /** Calls that may still be observed in full in this tick; the wrapper takes one each, the Worker fills it up. */
  tokens: 3,
  /** Calls that found no token. Main thread writes. */
  dropped: 4,
  /** One of MODE. The Worker writes. */
  mode: 5,
  /** Records written. Main thread writes. */
  records: 6,
  /** Calls that a condition at entry turned away. Main thread writes. */
  filtered: 7,
} as const;
export const SLOT_FIELDS = 8;
export const MODE = { full: 0, sampled: 1, off: 2 } as const;

export const SLOTS_OFFSET = FLAGS_BYTES;

/** Most observers in one target at a time, the three reserved ones among them. */
export const OBSERVERS = 65;
/**
 * Float64 fields of an observer's slot, which has the size of a hook's. `tokens` and `dropped` stand where those of a
 * hook stand: a wrapper asks one of the two for its token, and counts beside it.
 */
export const OBSERVER = {
  /** Records written. Main thread writes. */
  records: 0,
  /** Records that may still be written in this tick; one each, the Worker fills it up. */
  tokens: 3,
  /** Records that found no token or no room in the ring. Main thread writes. */
  dropped: 4,
  /** 1 = its last record is written. Main thread writes, after that record. */
  ended: 5,
} as const;
/** Observer slots that are none: counters of wrappers whose hook is gone (and of hooks that nobody observes), ... */
export const NOBODY = 0;
/** ... and tokens that never end. */
export const EVERYBODY = 1;
/** ... tokens that are there while a call tree is under way. */
export const TRACED = 2;
/** The first that is given to an observer. */
export const FIRST_OBSERVER = 3;

export const OBSERVERS_OFFSET = SLOTS_OFFSET + HOOKS * SLOT_FIELDS * 8;
export const RING_OFFSET = OBSERVERS_OFFSET + OBSERVERS * SLOT_FIELDS * 8;

/** Bytes of the whole, for a ring of `ringBytes` (a power of two). */
export function sharedBytes(ringBytes: number): number {
  return RING_OFFSET + ringBytes;
}
