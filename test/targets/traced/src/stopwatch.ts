/** What the service itself measured of the last call of each, in nanoseconds. */
const figures: Record<string, number> = {};

export function now(): bigint {
  return process.hrtime.bigint();
}

export function note(name: string, since: bigint): void {
  figures[name] = Number(now() - since);
}

export function noted(): Readonly<Record<string, number>> {
  return figures;
}
