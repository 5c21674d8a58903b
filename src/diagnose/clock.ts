import { epochMs } from '../base/index.js';

/** Where idle times are read from; a test gives one that it can advance. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
}

export const systemClock: Clock = { now: epochMs };
