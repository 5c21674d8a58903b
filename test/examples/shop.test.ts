import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  eventually,
  isAlive,
  type NodeMajor,
  nodeMajors,
  projectRoot,
  type SpawnedTarget,
  spawnTarget,
} from '../support/index.js';

const file = join(projectRoot, 'build', 'examples', 'shop', 'server.js');
const thisMajor = Number(process.versions.node.split('.')[0]) as NodeMajor;

function startShop(t: TestContext, args: string[] = ['--no-load'], node = thisMajor): Promise<SpawnedTarget> {
  return spawnTarget({ node, file, args: ['--port', '0', ...args], ready: 'shop listening', test: t });
}

class Client {
  session: string | undefined;
  readonly #base: string;

  constructor(shop: SpawnedTarget) {
    this.#base = `http://127.0.0.1:${shop.port}`;
  }

  async call<T = Record<string, unknown>>(
    path: string,
    body?: unknown,
  ): Promise<{ status: number; body: T }> {
    const response = await fetch(`${this.#base}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      body: body === undefined ? undefined : JSON.stringify(body),
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(this.session ? { 'x-session': this.session } : {}),
      },
      signal: AbortSignal.timeout(20_000),
    });
    this.session = response.headers.get('x-session') ?? this.session;
    return { status: response.status, body: (await response.json()) as T };
  }

  async order(coupon?: string): Promise<{ status: number; body: Record<string, unknown>; ms: number }> {
    await this.call('/cart/items', { sku: 'ROP-94', quantity: 2 });
    if (coupon) await this.call('/cart/coupon', { code: coupon });
    const start = performance.now();
    const answer = await this.call('/orders', { email: 'ann@example.com', country: 'FR' });
    return { ...answer, ms: performance.now() - start };
  }
}

describe('the example shop', () => {
  for (const node of nodeMajors) {
    it(`sells on Node ${node}, and ends cleanly on SIGTERM`, async (t) => {
      const shop = await startShop(t, ['--no-load'], node);
      assert.match(
        shop.stdout(),
        new RegExp(`^shop listening on http://127\\.0\\.0\\.1:${shop.port} pid ${shop.pid}\n$`),
      );
      const client = new Client(shop);
      const found = await client.call<{ sku: string }[]>('/search?q=canvas%20rope');
      assert.equal(found.body[0]?.sku, 'ROP-91');
      const { status, body } = await client.order('HARBOUR10');
      assert.equal(status, 201);
      const quote = body.quote as Record<string, number>;
      assert.equal(quote.subtotal, 2 * (450 + 9 * 310 + 4 * 95));
      assert.equal(quote.discount, 724);
      assert.equal((await client.call(`/orders/${body.id}`)).body.email, 'ann@example.com');
      process.kill(shop.pid, 'SIGTERM');
      assert.deepEqual(await shop.exited, { code: 0, signal: null });
      assert.equal(shop.stderr(), '');
    });
  }

  it('refuses what makes no sense', async (t) => {
    const client = new Client(await startShop(t));
    assert.equal((await client.call('/cart/items', { sku: 'XXX', quantity: 1 })).status, 400);
    assert.equal((await client.call('/cart/items', { sku: 'ROP-94', quantity: 11 })).status, 400);
    assert.equal((await client.call('/orders', { email: 'ann@example.com' })).status, 400);
    assert.equal((await client.order('NOSUCH')).status, 400);
    assert.equal((await client.call('/search?q=%21')).status, 400);
    assert.equal((await client.call('/products/XXX')).status, 404);
    assert.equal((await client.call('/nowhere')).status, 404);
  });

  it('fault 1: an old coupon makes an order slow', async (t) => {
    const client = new Client(await startShop(t));
    const ordinary = await client.order('HELLO5');
    const old = await client.order('WINTER20');
    assert.equal(old.status, 201);
    assert.ok(ordinary.ms < 400, `${ordinary.ms} ms`);
    assert.ok(old.ms > 700, `${old.ms} ms`);
  });

  it('fault 2: each new visitor leaves a session behind', async (t) => {
    const shop = await startShop(t);
    for (let i = 0; i < 20; i += 1) await new Client(shop).call('/cart');
    assert.equal((await new Client(shop).call('/health')).body.sessions, 20);
  });

  it('fault 3: a search term blocks the loop, for seconds at most', async (t) => {
    const shop = await startShop(t);
    const client = new Client(shop);
    const start = performance.now();
    const evil = client.call(`/search?q=${encodeURIComponent(`${'a'.repeat(24)}!`)}`);
    await sleep(50);
    await new Client(shop).call('/health');
    const blockedMs = performance.now() - start;
    assert.equal((await evil).status, 400);
    assert.ok(blockedMs > 200 && blockedMs < 10_000, `${blockedMs} ms`);
    assert.equal((await client.call(`/search?q=${'a'.repeat(27)}`)).status, 400);
  });

  it('brings its own load, which ends by itself', async (t) => {
    const shop = await startShop(t, ['--load-rate', '20', '--load-minutes', '0.04']);
    const client = new Client(shop);
    const { sessions } = await eventually(
      async () => {
        const { body } = await client.call<{ sessions: number }>('/health');
        return body.sessions >= 10 && body;
      },
      { what: 'ten visitors', intervalMs: 100 },
    );
    assert.ok(sessions < 40);
    await sleep(2000);
    const before = (await client.call('/health')).body.sessions;
    await sleep(500);
    assert.equal((await client.call('/health')).body.sessions, before);
  });

  it('takes a free port when its own is taken', async (t) => {
    const other = createServer();
    other.listen(0, '127.0.0.1');
    await once(other, 'listening');
    t.after(() => other.close());
    const taken = String((other.address() as AddressInfo).port);
    const shop = await startShop(t, ['--port', taken, '--no-load']);
    assert.notEqual(String(shop.port), taken);
    assert.match(shop.stderr(), new RegExp(`port ${taken} is taken`));
  });

  it('ends with its parent when asked to', async (t) => {
    const script = `
      const { spawn } = require('node:child_process');
      spawn(process.execPath, ${JSON.stringify([file, '--port', '0', '--with-parent'])}, { stdio: 'inherit' });`;
    const parent = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    t.after(() => parent.kill('SIGKILL'));
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(/pid (\d+)/.exec(line.toString())?.[1]);
    t.after(() => isAlive(pid) && process.kill(pid, 'SIGKILL'));
    assert.ok(isAlive(pid));
    parent.kill('SIGKILL');
    await eventually(() => !isAlive(pid), { what: 'the shop to end' });
  });

  it('says what is wrong with an option', async () => {
    await assert.rejects(
      spawnTarget({ node: thisMajor, file, args: ['--port', 'x'] }),
      /shop: --port takes a number from 0 to 65535, not 'x'/,
    );
  });
});
