import { setTimeout as sleep } from 'node:timers/promises';
import type { Result } from '../command.js';

export const LATE_MS = 5000;
/** V8 begins a collection or a snapshot in a turn of its own; a search interrupts what runs. */
export const LATE = `not done after ${LATE_MS / 1000} s: V8 begins when the main thread comes to rest, which one in an endless loop never does. 'thread -n 1' shows what it runs; Ctrl-C ends the wait`;

/** Waits for work of the heap, and tells why it may not begin. Returns what it gave. */
export async function* toldWhenLate<T>(work: Promise<T>): AsyncGenerator<Result, T, void> {
  const over = new AbortController();
  const late = sleep(LATE_MS, 'late' as const, { signal: over.signal, ref: false }).catch(() => undefined);
  try {
    const first = await Promise.race([work.then(() => undefined), late]);
    if (first === 'late') yield { type: 'message', message: LATE };
    return await work;
  } finally {
    over.abort();
  }
}
