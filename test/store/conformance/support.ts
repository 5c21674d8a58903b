import assert from 'node:assert/strict';
import { RemoraError } from '../../../src/base/index.js';
import { jsonCodec } from '../../../src/store/index.js';
import type { Fixture, OpenFixture } from '../conformance.js';

export const codec = jsonCodec<unknown>();

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** For `assert.rejects`: a RemoraError of that code, and what else is to be seen of it. */
export function code(expected: string, look?: (error: RemoraError) => void): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof RemoraError, String(error));
    assert.equal(error.code, expected);
    look?.(error);
    return true;
  };
}

export async function withFixture(
  open: OpenFixture,
  work: (fixture: Fixture) => Promise<void>,
): Promise<void> {
  const fixture = await open();
  // A store does not keep a process alive; what it does by its own clock is waited for here.
  const alive = setInterval(() => {}, 1000);
  try {
    await work(fixture);
  } finally {
    clearInterval(alive);
    await fixture.remove();
  }
}
