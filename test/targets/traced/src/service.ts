// A small service in TypeScript; built as one minified ES module with a source map.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Checkout } from './checkout.js';
import { noted } from './stopwatch.js';
import { type Line, Warehouse } from './warehouse.js';

const checkout = new Checkout(new Warehouse());

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://target');
  if (pathname === '/noted') {
    response.end(JSON.stringify(noted()));
    return;
  }
  try {
    response.end(JSON.stringify(await checkout.buy(linesOf(searchParams))));
  } catch (error) {
    response.statusCode = 409;
    response.end(String(error));
  }
}

function linesOf(parameters: URLSearchParams): Line[] {
  return parameters.getAll('sku').map((sku) => ({ sku, quantity: 2 }));
}

const server = createServer((request, response) => void handle(request, response));
server.listen(0, '127.0.0.1', () => console.log(`ready ${(server.address() as AddressInfo).port}`));
