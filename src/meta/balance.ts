/** How evenly replicas lie on nodes (wire/pegasus-http.md 3.6). */
export interface NodeReplicas {
  readonly isAlive: boolean;
  readonly primaries: number;
  readonly secondaries: number;
}

/**
 * Standard deviation over the live nodes that hold anything, truncated to two decimals as the protocol does it. The
 * divisor is one less where a dead node still holds some of what is counted.
 */
export function deviation(nodes: readonly NodeReplicas[], count: (node: NodeReplicas) => number): number {
  const sample = nodes.filter((node) => node.isAlive && node.primaries + node.secondaries > 0).map(count);
  if (sample.length < 2) return 0;
  const mean = sample.reduce((sum, each) => sum + each, 0) / sample.length;
  const squares = sample.reduce((sum, each) => sum + (each - mean) ** 2, 0);
  const isPartial = nodes.some((node) => !node.isAlive && count(node) > 0);
  const sigma = Math.sqrt(squares / (sample.length - (isPartial ? 1 : 0)));
  return Math.trunc((sigma + 0.005) * 100) / 100;
}
