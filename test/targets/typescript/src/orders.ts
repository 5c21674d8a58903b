import { setTimeout as sleep } from 'node:timers/promises';
import { discount, type Item, subtotal, Tier, withTax } from './pricing.js';

export interface Order {
  readonly id: number;
  readonly country: string;
  readonly items: readonly Item[];
  readonly tier: Tier;
}

export class OrderService {
  #placed = 0;
  readonly #byId = new Map<number, Order>();

  constructor(private readonly keep: number) {}

  async place(order: Order): Promise<{ id: number; cents: number }> {
    const cents = await this.quote(order);
    this.#remember(order);
    this.#placed += 1;
    return { id: order.id, cents };
  }

  async quote(order: Order): Promise<number> {
    await reserve(order);
    return withTax(discount(subtotal(order.items), order.tier), order.country);
  }

  find(id: number): Order | undefined {
    return this.#byId.get(id);
  }

  get placed(): number {
    return this.#placed;
  }

  #remember(order: Order): void {
    this.#byId.set(order.id, order);
    for (const id of this.#byId.keys()) {
      if (this.#byId.size <= this.keep) break;
      this.#byId.delete(id);
    }
  }
}

async function reserve(order: Order): Promise<void> {
  for (const item of order.items) await sleep(item.quantity > 2 ? 5 : 1);
}

export function sampleOrder(id: number): Order {
  return {
    id,
    country: id % 17 === 0 ? 'XX' : id % 2 ? 'DE' : 'FR',
    tier: id % 5 === 0 ? Tier.Gold : Tier.Standard,
    items: [{ sku: `sku-${id % 7}`, quantity: 1 + (id % 4), cents: 250 }],
  };
}
