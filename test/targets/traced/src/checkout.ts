import { note, now } from './stopwatch.js';
import { type Line, spin, type Warehouse } from './warehouse.js';

export interface Receipt {
  readonly cents: number;
  readonly places: number;
}

export class Checkout {
  constructor(private readonly warehouse: Warehouse) {}

  async buy(lines: readonly Line[]): Promise<Receipt> {
    const started = now();
    const cheap = countPieces(lines);
    const beforeReserve = now();
    const places = await this.warehouse.reserve(lines);
    note('reserve', beforeReserve);
    const beforePrice = now();
    const cents = priceOfEverything(cheap);
    note('priceOfEverything', beforePrice);
    note('buy', started);
    return { cents, places };
  }
}

function countPieces(lines: readonly Line[]): number {
  return lines.reduce((sum, { quantity }) => sum + quantity, 0);
}

/** Planted fault: reckons for 40 ms. */
function priceOfEverything(pieces: number): number {
  const turns = spin(40);
  return pieces * 250 + (turns > 0 ? 0 : 1);
}
