import { EventEmitter } from 'node:events';

export interface Product {
  readonly sku: string;
  readonly name: string;
  readonly description: string;
  readonly tags: readonly string[];
  cents: number;
  stock: number;
}

export class OutOfStock extends Error {
  readonly sku: string;

  constructor(sku: string) {
    super(`${sku} is out of stock`);
    this.name = 'OutOfStock';
    this.sku = sku;
  }
}

const kinds = ['Anchor', 'Buoy', 'Compass', 'Dinghy', 'Flag', 'Hook', 'Ladder', 'Lantern', 'Net', 'Rope'];
const makes = ['brass', 'canvas', 'cork', 'oak', 'steel'];
const FULL_STOCK = 40;
const RESTOCK_MS = 5000;

/** What the shop sells. Emits `price` with (sku, cents) when a price changes. */
export class Catalogue extends EventEmitter {
  readonly #products = new Map<string, Product>();
  readonly #restocking: NodeJS.Timeout;

  constructor() {
    super();
    // Sessions listen for price changes, and there are many of them.
    this.setMaxListeners(0);
    for (const product of makeProducts()) this.#products.set(product.sku, product);
    this.#restocking = setInterval(() => this.#restock(), RESTOCK_MS);
  }

  list(limit = 20): Product[] {
    return [...this.#products.values()].slice(0, limit);
  }

  find(sku: string): Product | undefined {
    return this.#products.get(sku);
  }

  get size(): number {
    return this.#products.size;
  }

  /** Takes pieces out of stock, all or none. */
  reserve(wanted: ReadonlyMap<string, number>): void {
    for (const [sku, quantity] of wanted) {
      if ((this.#products.get(sku)?.stock ?? 0) < quantity) throw new OutOfStock(sku);
    }
    for (const [sku, quantity] of wanted) {
      const product = this.#products.get(sku);
      if (product) product.stock -= quantity;
    }
  }

  setPrice(sku: string, cents: number): void {
    const product = this.#products.get(sku);
    if (!product || product.cents === cents) return;
    product.cents = cents;
    this.emit('price', sku, cents);
  }

  close(): void {
    clearInterval(this.#restocking);
    this.removeAllListeners();
  }

  #restock(): void {
    for (const product of this.#products.values()) product.stock = Math.max(product.stock, FULL_STOCK);
  }
}

function* makeProducts(): Generator<Product> {
  for (const [row, kind] of kinds.entries()) {
    for (const [column, make] of makes.entries()) {
      yield {
        sku: `${kind.slice(0, 3).toUpperCase()}-${row}${column}`,
        name: `${kind}, ${make}`,
        description: describe(kind, make),
        tags: [kind.toLowerCase(), make, column % 2 ? 'indoor' : 'outdoor'],
        cents: 450 + row * 310 + column * 95,
        stock: FULL_STOCK,
      };
    }
  }
}

function describe(kind: string, make: string): string {
  return `A ${kind.toLowerCase()} of ${make}, made to last at sea. `.repeat(6).trim();
}
