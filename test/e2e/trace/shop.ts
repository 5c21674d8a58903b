import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type Live, live } from '../../diagnose/support/liveSession.js';
import { projectRoot } from '../../support/index.js';
import type { TestLike } from '../../target/attach/attaching.js';

/** The example shop, and a visitor who buys with a coupon of last year: the slow path. */
export interface SlowShop extends Live {
  /** Milliseconds that the shop itself says placing the order took. */
  order(): Promise<number>;
}

export async function slowShop(t: TestLike): Promise<SlowShop> {
  const at = await live(t, 22, {
    file: join(projectRoot, 'build', 'examples', 'shop', 'server.js'),
    args: ['--port', '0', '--no-load'],
    cwd: projectRoot,
    ready: 'shop listening',
  });
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(at.process.stdout())?.[0] ?? '';
  return Object.assign(at, { order: () => order(url) });
}

async function order(url: string): Promise<number> {
  const products = (await (await fetch(`${url}/products?limit=1`)).json()) as { sku: string }[];
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  const post = (path: string, body: object): Promise<Response> =>
    fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  const added = await post('/cart/items', { sku: products[0]?.sku, quantity: 1 });
  headers['x-session'] = added.headers.get('x-session') ?? '';
  await post('/cart/coupon', { code: 'WINTER20' });
  const placed = await post('/orders', { email: 'eve@example.org', country: 'DE' });
  assert.equal(placed.status, 201);
  return Number(/place;dur=([\d.]+)/.exec(placed.headers.get('server-timing') ?? '')?.[1]);
}
