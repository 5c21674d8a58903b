import { setTimeout as sleep } from 'node:timers/promises';

export interface EventuallyOptions {
  readonly timeoutMs?: number;
  readonly intervalMs?: number;
  /** What is waited for, for the message: 'the worker to be gone'. */
  readonly what: string;
}

type Falsy = false | 0 | '' | null | undefined;

/** Calls `fn` until it returns something truthy, and returns that; a throw counts as "not yet". */
export async function eventually<T>(
  fn: () => T | Promise<T>,
  { timeoutMs = 5000, intervalMs = 25, what }: EventuallyOptions,
): Promise<Exclude<T, Falsy>> {
  const deadline = performance.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const value = await fn();
      if (value) return value as Exclude<T, Falsy>;
      last = value;
    } catch (error) {
      last = error;
    }
    if (performance.now() >= deadline) {
      throw new Error(`waited ${timeoutMs} ms for ${what}; last seen: ${String(last)}`, { cause: last });
    }
    await sleep(intervalMs);
  }
}
