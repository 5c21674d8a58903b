// The shop's own load: a few requests a second over loopback, which meet the planted faults now and then. Runs as a
// thread of the shop, so it ends with it; and it ends by itself, by time and by count.
import { setTimeout as sleep } from 'node:timers/promises';
import { isMainThread, workerData } from 'node:worker_threads';

export interface LoadOptions {
  readonly url: string;
  readonly perSecond: number;
  readonly minutes: number;
}

export const loadDefaults = { perSecond: 4, minutes: 30 } as const;

/** A visit that takes this long is given up: the shop may be paused under somebody's debugger. */
const REQUEST_MS = 30_000;
/** Visits under way at once; while the shop is blocked no more are sent. */
const AT_ONCE = 20;
/** Every so many visits. */
const SLOW_COUPON_EVERY = 9;
const EVIL_SEARCH_EVERY = 61;
const EVIL_TERM = `${'a'.repeat(24)}!`;

const skus = [
  'ANC-00',
  'BUO-11',
  'COM-22',
  'DIN-33',
  'FLA-44',
  'HOO-50',
  'LAD-61',
  'LAN-72',
  'NET-83',
  'ROP-94',
];
const terms = ['brass anchor', 'rope', 'outdoor lantern', 'oak', 'net cork'];
const coupons = [undefined, 'HELLO5', undefined, 'CREW15', 'HARBOUR10'];

/** One visitor: keeps the session that the shop gave. */
class Visitor {
  readonly #url: string;
  #session: string | undefined;

  constructor(url: string) {
    this.#url = url;
  }

  async get(path: string): Promise<void> {
    await this.#send(path, { method: 'GET' });
  }

  async post(path: string, body: unknown): Promise<void> {
    await this.#send(path, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    });
  }

  async #send(path: string, init: { method: string; body?: string; headers?: Record<string, string> }) {
    const headers = this.#session ? { ...init.headers, 'x-session': this.#session } : { ...init.headers };
    const response = await fetch(`${this.#url}${path}`, {
      ...init,
      headers,
      signal: AbortSignal.timeout(REQUEST_MS),
    });
    this.#session = response.headers.get('x-session') ?? this.#session;
    await response.arrayBuffer();
  }
}

function pick<T>(list: readonly T[], visit: number): T {
  return list[visit % list.length] as T;
}

/** What one visit does; one to five requests. */
async function visitShop(url: string, visit: number): Promise<void> {
  const visitor = new Visitor(url);
  if (visit % EVIL_SEARCH_EVERY === 0) {
    await visitor.get(`/search?q=${encodeURIComponent(EVIL_TERM)}`);
    return;
  }
  await visitor.get(`/search?q=${encodeURIComponent(pick(terms, visit))}`);
  const sku = pick(skus, visit);
  await visitor.get(`/products/${sku}`);
  if (visit % 3 !== 0) return;
  await visitor.post('/cart/items', { sku, quantity: 1 + (visit % 3) });
  const coupon = visit % SLOW_COUPON_EVERY === 0 ? 'WINTER20' : pick(coupons, visit);
  if (coupon) await visitor.post('/cart/coupon', { code: coupon });
  await visitor.post('/orders', {
    email: `visitor${visit}@example.com`,
    country: pick(['DE', 'FR', 'NL'], visit),
  });
}

/** About two and a half requests come of a visit. */
const REQUESTS_A_VISIT = 2.5;

async function runLoad({ url, perSecond, minutes }: LoadOptions): Promise<void> {
  if (perSecond === 0) return;
  const pauseMs = (1000 * REQUESTS_A_VISIT) / perSecond;
  const visits = Math.ceil((minutes * 60_000) / pauseMs);
  const end = Date.now() + minutes * 60_000;
  const underWay = new Set<Promise<void>>();
  for (let visit = 1; visit <= visits && Date.now() < end; visit += 1) {
    await sleep(pauseMs);
    if (underWay.size >= AT_ONCE) continue;
    // A request that fails is the shop's affair (it may be ending), not a reason for the load to end it.
    const going = visitShop(url, visit)
      .catch(() => {})
      .finally(() => underWay.delete(going));
    underWay.add(going);
  }
  await Promise.allSettled(underWay);
}

if (!isMainThread) await runLoad(workerData as LoadOptions);
