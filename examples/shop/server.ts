// The example shop: `node build/examples/shop/server.js [--port N] [--no-load] [--load-rate N] [--load-minutes N]
// [--with-parent]`; the last: end when the process that started it has ended.
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import fastify, { type FastifyInstance } from 'fastify';
import { Catalogue } from './catalogue.js';
import { type LoadOptions, loadDefaults } from './load.js';
import { OrderService } from './orders.js';
import { Pricing } from './pricing.js';
import { addRoutes, type Shop } from './routes.js';
import { SessionStore } from './sessions.js';

const HOST = '127.0.0.1';
const DEFAULT_PORT = 3000;
const PRICE_TURN_MS = 2000;
const PARENT_TURN_MS = 1000;
/** A client that keeps its connection must not keep the shop. */
const CLOSE_MS = 3000;

function openShop(): Shop {
  const catalogue = new Catalogue();
  const pricing = new Pricing(catalogue);
  return {
    catalogue,
    pricing,
    orders: new OrderService(catalogue, pricing),
    sessions: new SessionStore(catalogue),
  };
}

/** Listens on the port asked for, or on a free one when somebody else has it. */
async function listen(app: FastifyInstance, port: number): Promise<number> {
  try {
    await app.listen({ host: HOST, port });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    console.error(`port ${port} is taken; taking a free one`);
    await app.listen({ host: HOST, port: 0 });
  }
  return (app.server.address() as AddressInfo).port;
}

/** The load runs in a thread of its own: it must go on while the main thread is blocked. */
function startLoad(options: LoadOptions): Worker {
  const load = new Worker(new URL('./load.js', import.meta.url), { name: 'shop-load', workerData: options });
  load.on('error', (error) => console.error(`load: ${error.message}`));
  load.unref();
  return load;
}

function changePrices({ catalogue }: Shop): NodeJS.Timeout {
  let turn = 0;
  return setInterval(() => {
    const product = catalogue.list(catalogue.size)[turn % catalogue.size];
    if (product) catalogue.setPrice(product.sku, product.cents + (turn % 2 === 0 ? 5 : -5));
    turn += 1;
  }, PRICE_TURN_MS);
}

/** A parent that was killed tells nobody; its children are given another parent. */
function whenParentGoes(parent: number, close: () => void): void {
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    close();
  }, PARENT_TURN_MS);
  watch.unref();
}

function numberOption(text: string | undefined, fallback: number, name: string, highest: number): number {
  const value = text === undefined ? fallback : Number(text);
  if (text !== '' && Number.isFinite(value) && value >= 0 && value <= highest) return value;
  throw new Error(`--${name} takes a number from 0 to ${highest}, not '${text}'`);
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      port: { type: 'string' },
      'with-parent': { type: 'boolean', default: false },
      'no-load': { type: 'boolean', default: false },
      'load-rate': { type: 'string' },
      'load-minutes': { type: 'string' },
    },
  });
  return {
    port: numberOption(values.port, DEFAULT_PORT, 'port', 65_535),
    withParent: values['with-parent'],
    load: !values['no-load'],
    rate: numberOption(values['load-rate'], loadDefaults.perSecond, 'load-rate', 20),
    minutes: numberOption(values['load-minutes'], loadDefaults.minutes, 'load-minutes', 240),
  };
}

async function main(): Promise<void> {
  // First of all: once the address is printed the parent may be gone at any moment.
  const parent = process.ppid;
  const options = readOptions();
  const shop = openShop();
  const app = fastify({ forceCloseConnections: true });
  addRoutes(app, shop);
  const port = await listen(app, options.port);
  const url = `http://${HOST}:${port}`;
  console.log(`shop listening on ${url} pid ${process.pid}`);

  const prices = changePrices(shop);
  const load = options.load
    ? startLoad({ url, perSecond: options.rate, minutes: options.minutes })
    : undefined;

  const close = async () => {
    setTimeout(() => process.exit(1), CLOSE_MS).unref();
    clearInterval(prices);
    await load?.terminate();
    await app.close();
    shop.orders.close();
    shop.catalogue.close();
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, close);
  if (options.withParent) whenParentGoes(parent, close);
}

try {
  await main();
} catch (error) {
  console.error(`shop: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
