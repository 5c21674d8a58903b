import type { Catalogue } from './catalogue.js';

export interface CartLine {
  readonly sku: string;
  readonly quantity: number;
}

export class CartError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'CartError';
  }
}

const MOST_OF_ONE = 10;

/** What one visitor means to buy. */
export class Cart {
  readonly #lines = new Map<string, number>();
  coupon: string | undefined;

  add(catalogue: Catalogue, sku: string, quantity: number): void {
    if (!catalogue.find(sku)) throw new CartError(`nothing is sold as ${sku}`);
    const total = (this.#lines.get(sku) ?? 0) + quantity;
    if (total > MOST_OF_ONE) throw new CartError(`no more than ${MOST_OF_ONE} of ${sku} in one cart`);
    this.#lines.set(sku, total);
  }

  get lines(): CartLine[] {
    return [...this.#lines].map(([sku, quantity]) => ({ sku, quantity }));
  }

  get quantities(): ReadonlyMap<string, number> {
    return this.#lines;
  }

  get isEmpty(): boolean {
    return this.#lines.size === 0;
  }

  clear(): void {
    this.#lines.clear();
    this.coupon = undefined;
  }
}
