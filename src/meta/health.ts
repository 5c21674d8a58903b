import type { PartitionInfo } from '../store/index.js';

/** Partitions of one table by what is wrong with them (wire/pegasus-http.md 3.3.1). The last three overlap. */
export interface Health {
  readonly partitions: number;
  readonly fullyHealthy: number;
  readonly unhealthy: number;
  readonly writeUnhealthy: number;
  readonly readUnhealthy: number;
}

/** Constant in the protocol, whatever the table's own quorum is. */
const WRITE_QUORUM = 2;

/** Primary and secondaries; learners do not count. */
export function liveReplicas({ primary, secondaries }: PartitionInfo): number {
  return (primary === undefined ? 0 : 1) + secondaries.length;
}

export function healthOf(partitions: readonly PartitionInfo[]): Health {
  let fullyHealthy = 0;
  let writeUnhealthy = 0;
  let readUnhealthy = 0;
  for (const partition of partitions) {
    const live = liveReplicas(partition);
    const hasPrimary = partition.primary !== undefined;
    const isFull = live >= partition.maxReplicaCount;
    if (hasPrimary && isFull) fullyHealthy += 1;
    if (!hasPrimary) readUnhealthy += 1;
    if (!hasPrimary || (!isFull && live < WRITE_QUORUM)) writeUnhealthy += 1;
  }
  const unhealthy = partitions.length - fullyHealthy;
  return { partitions: partitions.length, fullyHealthy, unhealthy, writeUnhealthy, readUnhealthy };
}
