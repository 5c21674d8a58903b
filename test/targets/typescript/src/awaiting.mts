/** Waits for a slow server: 80 of 100 ms in loadPrices, 20 in loadStock, and now and then for nothing at all. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

const orders = new AsyncLocalStorage<number>();
let mixedUp = 0;

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const upstream = await listen(
  createServer((request, response) => {
    setTimeout(() => response.end('{"price":3}'), Number(request.url?.slice(1)));
  }),
);

class Warehouse {
  async loadPrices(): Promise<number> {
    const answer = await fetch(`http://127.0.0.1:${upstream}/80`);
    const { price } = (await answer.json()) as { price: number };
    return price;
  }

  async loadStock(): Promise<number> {
    // A statement of several lines: V8 knows the line of the call, and that of the await.
    const answer = await fetch(`http://127.0.0.1:${upstream}/20`);
    await answer.text();
    return 7;
  }
}

async function add(sum: number, next: number): Promise<number> {
  return (await sum) + next;
}

async function handleOrder(warehouse: Warehouse, order: number): Promise<number> {
  let sum = await warehouse.loadPrices();
  sum += await warehouse.loadStock();
  for (let i = 0; i < 20; i += 1) sum = await add(sum, i);
  if (orders.getStore() !== order) mixedUp += 1;
  return sum;
}

let made = 0;
async function work(warehouse: Warehouse): Promise<never> {
  for (;;) {
    made += 1;
    const order = made;
    await orders.run(order, () => handleOrder(warehouse, order));
  }
}

const port = await listen(
  createServer((_request, response) => response.end(JSON.stringify({ made, mixedUp }))),
);
for (let i = 0; i < 4; i += 1) void work(new Warehouse());
console.log(`ready ${port}`);
