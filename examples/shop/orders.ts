import { setTimeout as sleep } from 'node:timers/promises';
import type { Cart, CartLine } from './cart.js';
import type { Catalogue } from './catalogue.js';
import type { Pricing, Quote } from './pricing.js';

export type OrderState = 'paid' | 'packed' | 'shipped';

export interface Order {
  readonly id: number;
  readonly email: string;
  readonly country: string;
  readonly lines: readonly CartLine[];
  readonly quote: Quote;
  readonly receipt: string;
  state: OrderState;
}

export class PaymentRefused extends Error {
  constructor(reason: string) {
    super(`payment refused: ${reason}`);
    this.name = 'PaymentRefused';
  }
}

const KEPT = 500;
const PACK_MS = 1000;
const HIGHEST_CHARGE = 100_000;

export class OrderService {
  readonly #catalogue: Catalogue;
  readonly #pricing: Pricing;
  readonly #orders = new Map<number, Order>();
  readonly #moving = new Set<NodeJS.Timeout>();
  #nextId = 1;

  constructor(catalogue: Catalogue, pricing: Pricing) {
    this.#catalogue = catalogue;
    this.#pricing = pricing;
  }

  async place(cart: Cart, email: string, country: string): Promise<Order> {
    const quote = await this.#pricing.quote(cart, country);
    this.#catalogue.reserve(cart.quantities);
    const receipt = await charge(email, quote.total);
    const order: Order = {
      id: this.#nextId++,
      email,
      country,
      lines: cart.lines,
      quote,
      receipt,
      state: 'paid',
    };
    this.#keep(order);
    this.#later(order, 'packed');
    return order;
  }

  find(id: number): Order | undefined {
    return this.#orders.get(id);
  }

  get count(): number {
    return this.#nextId - 1;
  }

  close(): void {
    for (const timer of this.#moving) clearTimeout(timer);
    this.#moving.clear();
  }

  #keep(order: Order): void {
    this.#orders.set(order.id, order);
    this.#orders.delete(order.id - KEPT);
  }

  #later(order: Order, state: OrderState): void {
    const timer = setTimeout(() => {
      this.#moving.delete(timer);
      order.state = state;
      if (state === 'packed') this.#later(order, 'shipped');
    }, PACK_MS);
    this.#moving.add(timer);
  }
}

async function charge(email: string, cents: number): Promise<string> {
  const token = await authorise(email, cents);
  return capture(token, cents);
}

async function authorise(email: string, cents: number): Promise<string> {
  await sleep(6);
  if (cents > HIGHEST_CHARGE) throw new PaymentRefused(`${cents} is above the limit`);
  return `auth-${email.length}-${cents}`;
}

async function capture(token: string, cents: number): Promise<string> {
  await sleep(4 + (cents % 5));
  return token.replace('auth', 'paid');
}
