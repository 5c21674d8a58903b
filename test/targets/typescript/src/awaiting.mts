/** Waits for a slow server, itself: 80 of 100 ms in loadPrices, 20 in loadStock; and often for nothing at all. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Promises that somebody holds weakly: nobody here does. */
let held = 0;
const { WeakRef: Reference } = globalThis;
globalThis.WeakRef = class<T extends WeakKey> extends Reference<T> {
  constructor(value: T) {
    super(value);
    if (value instanceof Promise) held += 1;
  }
};

const orders = new AsyncLocalStorage<number>();
let made = 0;
let mixedUp = 0;
/** Milliseconds, by the stopwatch. */
const waited = { prices: 0, stock: 0 };

const server = createServer((request, response) => {
  const ms = Number(request.url?.slice(1));
  if (ms > 0) setTimeout(() => response.end('{"price":3}'), ms);
  else response.end(JSON.stringify({ made, mixedUp, held, ...waited }));
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const { port } = server.address() as AddressInfo;

class Warehouse {
  async loadPrices(): Promise<number> {
    const answer = await fetch(`http://127.0.0.1:${port}/80`);
    const { price } = (await answer.json()) as { price: number };
    return price;
  }

  async loadStock(): Promise<number> {
    // V8 knows the line of the call, and that of the await.
    // biome-ignore format: the lines are the point
    const answer =
      await
        fetch(
          `http://127.0.0.1:${port}/20`,
        );
    await answer.text();
    return 7;
  }
}

async function add(sum: number, next: number): Promise<number> {
  return (await sum) + next;
}

async function handleOrder(warehouse: Warehouse, order: number): Promise<number> {
  const began = performance.now();
  let sum = await warehouse.loadPrices();
  const between = performance.now();
  sum += await warehouse.loadStock();
  waited.prices += between - began;
  waited.stock += performance.now() - between;
  for (let i = 0; i < 20; i += 1) sum = await add(sum, i);
  if (orders.getStore() !== order) mixedUp += 1;
  return sum;
}

async function work(warehouse: Warehouse): Promise<never> {
  for (;;) {
    made += 1;
    const order = made;
    await orders.run(order, () => handleOrder(warehouse, order));
  }
}

for (let i = 0; i < 4; i += 1) void work(new Warehouse());
console.log(`ready ${port}`);
