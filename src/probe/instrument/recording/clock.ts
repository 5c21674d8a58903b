/**
 * Nanoseconds, monotonic. Measured on this project's machines: a third cheaper than a bound `performance.now`, on 20 to 26.
 * The difference of two is taken as BigInt and turned into a number at once, so that nothing of it is kept.
 */
export const clock: () => bigint = process.hrtime.bigint;
const toNumber = Number;
const dateNow = Date.now;

export function nanosecondsSince(start: bigint): number {
  return toNumber(clock() - start);
}

/** Milliseconds since the epoch. */
export function wallClock(): number {
  return dateNow();
}
