/** Figures of the benches: no bench prints a number that it did not measure in the same run. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((percent / 100) * sorted.length))] ?? 0;
}

/** 95 % interval of the median of paired ratios, by bootstrap with a fixed seed. */
export function ratioInterval(
  ratios: readonly number[],
  rounds = 4000,
): { low: number; mid: number; high: number } {
  let seed = 42;
  const random = (): number => {
    seed = (seed * 1_664_525 + 1_013_904_223) >>> 0;
    return seed / 2 ** 32;
  };
  const medians = Array.from({ length: rounds }, () =>
    median(ratios.map(() => ratios[Math.floor(random() * ratios.length)] ?? 1)),
  );
  return { low: percentile(medians, 2.5), mid: median(ratios), high: percentile(medians, 97.5) };
}
