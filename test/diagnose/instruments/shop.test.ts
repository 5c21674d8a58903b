/** The example shop, unprepared: watching its slow asynchronous path shows the planted fault. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { projectRoot } from '../../support/index.js';
import type { WireResult } from '../support/bench.js';
import { first, isStatus, live } from '../support/liveSession.js';
import { hits, messages, monitored, statusOf, values } from './support/observed.js';

/** Buys one thing with a coupon; the answer's status. */
async function order(url: string, coupon: string): Promise<number> {
  const products = (await (await fetch(`${url}/products?limit=1`)).json()) as { sku: string }[];
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  const post = (path: string, body: object): Promise<Response> =>
    fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  const added = await post('/cart/items', { sku: products[0]?.sku, quantity: 1 });
  headers['x-session'] = added.headers.get('x-session') ?? '';
  await post('/cart/coupon', { code: coupon });
  return (await post('/orders', { email: 'eve@example.org', country: 'DE' })).status;
}

it('the slow path of the shop', async (t) => {
  const at = await live(t, 22, {
    file: join(projectRoot, 'build', 'examples', 'shop', 'server.js'),
    args: ['--port', '0', '--no-load'],
    ready: 'shop listening',
  });
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(at.process.stdout())?.[0] ?? '';

  await t.test('a function of the module alone, an ES module made from TypeScript', async () => {
    await at.start("watch pricing.ts searchArchive '{params[0], returnObj}' '#cost > 300' -x 2 -n 1");
    await at.until(({ type }) => type === 'enhancer');
    // It is reached at its next call, and seen from then on.
    assert.equal(await order(url, 'WINTER20'), 201);
    assert.equal(await order(url, 'WINTER20'), 201);
    const results = await at.until(isStatus);
    assert.equal(statusOf(results).statusCode, 0, JSON.stringify(results));
    const [hit] = hits(results);
    assert.equal(hit?.methodName, 'searchArchive');
    assert.match(String(hit?.className), /pricing\.js$/);
    assert.deepEqual(hit?.json, ['WINTER20', { code: 'WINTER20', percent: 20 }]);
    // The event loop is free all the time: the call waits, page after page.
    assert.ok(Number(hit?.settle) > 600 && Number(hit?.cost) < 400, JSON.stringify(hit));
  });

  await t.test('methods of a class, and what was thrown', async () => {
    await at.start('watch orders.ts OrderService.place "throwExp.message" -e -n 1');
    await at.until(({ type }) => type === 'enhancer');
    assert.equal(await order(url, 'NOSUCH'), 400);
    assert.deepEqual(values(await at.until(isStatus)), ['coupon NOSUCH is not valid']);
  });

  await t.test('monitor and stack see it too', async () => {
    await at.start('monitor pricing.ts Pricing.quote -c 1');
    await at.until(({ type }) => type === 'enhancer');
    assert.equal(await order(url, 'WINTER20'), 201);
    assert.equal(await order(url, 'HELLO5'), 201);
    const rows = await monitored(at, 2);
    assert.ok(Math.max(...rows.map(({ max }) => max)) > 600, JSON.stringify(rows));
    assert.ok(Math.min(...rows.map(({ p50 }) => p50)) < 600, JSON.stringify(rows));
    await at.start('stack pricing.ts Pricing.quote -n 1');
    await at.until(({ type }) => type === 'enhancer');
    await order(url, 'HELLO5');
    const [taken] = hits(await at.until(isStatus), 'stack');
    const frames = (taken?.stackTrace ?? []) as {
      fileName: string;
      lineNumber: number;
      methodName: string;
    }[];
    assert.match(frames[0]?.methodName ?? '', /place/);
    assert.match(frames[0]?.fileName ?? '', /orders\.ts$/);
  });
});

it('what docs/diagnose.md replaces in the shop', async (t) => {
  const at = await live(
    t,
    22,
    {
      file: join(projectRoot, 'build', 'examples', 'shop', 'server.js'),
      args: ['--port', '0', '--no-load'],
      ready: 'shop listening',
    },
    ['read', 'observe', 'change'],
  );
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(at.process.stdout())?.[0] ?? '';
  const page = readFileSync(join(projectRoot, 'docs', 'diagnose.md'), 'utf8');
  const lines = page.split('\n').filter((line) => line.startsWith('retransform '));
  assert.equal(lines.length, 3);
  let isOver = false;
  const orders = (async () => {
    while (!isOver) assert.equal(await order(url, 'HELLO5'), 201);
  })();
  const answers: WireResult[][] = [];
  for (const line of lines) answers.push(await at.exec(line));
  isOver = true;
  await orders;
  for (const answer of answers) assert.equal(statusOf(answer).statusCode, 0, JSON.stringify(answer));
  assert.match(messages(answers[0] ?? []), /pricing\.js taxOf is in force/);
  const entries = first(answers[1] ?? [], 'retransform').retransformEntries as { methodName: string }[];
  assert.deepEqual(
    entries.map(({ methodName }) => methodName),
    ['taxOf'],
  );
  assert.match(messages(answers[2] ?? []), /1 function was put back/);
  assert.equal(await order(url, 'HELLO5'), 201);
});
