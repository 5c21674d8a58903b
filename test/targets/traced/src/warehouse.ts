import { setTimeout as sleep } from 'node:timers/promises';

export interface Line {
  readonly sku: string;
  readonly quantity: number;
}

/** Keeps the processor busy. */
export function spin(milliseconds: number): number {
  const until = performance.now() + milliseconds;
  let turns = 0;
  while (performance.now() < until) turns += 1;
  return turns;
}

export class OutOfStock extends Error {
  constructor(sku: string) {
    super(`nothing is left of ${sku}`);
    this.name = 'OutOfStock';
  }
}

export class Warehouse {
  readonly #left = new Map<string, number>([
    ['anchor', 1000],
    ['buoy', 0],
  ]);

  /** Planted fault: it waits for one shelf after the other. */
  async reserve(lines: readonly Line[]): Promise<number> {
    let places = 0;
    for (const line of lines) places += await this.lookOnShelf(line);
    return places;
  }

  async lookOnShelf({ sku, quantity }: Line): Promise<number> {
    await sleep(40);
    if ((this.#left.get(sku) ?? 0) < quantity) throw new OutOfStock(sku);
    return quantity;
  }
}
