export interface Figure {
  /** Milliseconds since the epoch, when it was over. */
  readonly at: number;
  readonly name: string;
  readonly nanoseconds: number;
}

/** What the service itself measured. */
const figures: Figure[] = [];

export function now(): bigint {
  return process.hrtime.bigint();
}

export function note(name: string, since: bigint): void {
  const nanoseconds = Number(now() - since);
  figures.push({ at: Date.now(), name, nanoseconds });
}

export function noted(): readonly Figure[] {
  return figures;
}
