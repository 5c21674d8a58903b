// A small service in TypeScript; built with source maps, and once more bundled and minified.
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OrderService, sampleOrder } from './orders.js';
import { TaxError } from './pricing.js';

const service = new OrderService(50);
let refused = 0;

async function placeNext(id: number): Promise<string> {
  try {
    const placed = await service.place(sampleOrder(id));
    return JSON.stringify(placed);
  } catch (error) {
    if (!(error instanceof TaxError)) throw error;
    refused += 1;
    return JSON.stringify({ refused: error.country });
  }
}

function idOf(request: IncomingMessage): number {
  return Number(new URL(request.url ?? '/', 'http://target').searchParams.get('id') ?? 1);
}

const server = createServer(async (request, response) => {
  const answer = await placeNext(idOf(request));
  response.setHeader('content-type', 'application/json');
  response.end(answer);
});

server.listen(0, '127.0.0.1', () => console.log(`ready ${(server.address() as AddressInfo).port}`));

let next = 0;
setInterval(() => {
  next += 1;
  void placeNext(next);
}, 50);

export function totals(): { placed: number; refused: number } {
  return { placed: service.placed, refused };
}
