import assert from 'node:assert/strict';
import { it } from 'node:test';
import { PLAIN_STYLE, renderResult } from '../../../src/diagnose/index.js';
import { isStatus } from '../support/liveSession.js';
import { hits, messages, observed, statusOf } from './support/observed.js';

interface Row {
  readonly className: string;
  readonly methodName: string;
  readonly total: number;
  readonly success: number;
  readonly failed: number;
  readonly cost: number;
  readonly avg: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
  readonly failRate: number;
  readonly timestamp: string;
}

const rows = (results: Parameters<typeof hits>[0]): Row[] =>
  hits(results, 'monitor').flatMap(({ monitorDataList }) => monitorDataList as Row[]);

it('monitor', async (t) => {
  const at = await observed(t, 22);

  await t.test('counts, fails and times; ends after -n results', async () => {
    const results = await at.observe(
      'monitor observed.cjs Cart.add -c 1 -n 1',
      'for (let i = 0; i < 30; i++) api.cart.add("a", 1); return 1',
      'for (let i = 0; i < 10; i++) try { api.cart.add("a", -1) } catch {} return 1',
    );
    assert.equal(statusOf(results).statusCode, 0);
    const [row, ...more] = rows(results);
    assert.equal(more.length, 0);
    assert.ok(row);
    assert.deepEqual(
      [row.className, row.methodName, row.total, row.success, row.failed, row.failRate],
      ['observed.cjs:Cart', 'add', 40, 30, 10, 0.25],
    );
    assert.match(row.timestamp, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/);
    assert.ok(Math.abs(row.avg - row.cost / 40) < 1e-6, JSON.stringify(row));
    assert.ok(row.p50 <= row.p95 && row.p95 <= row.p99 && row.p99 <= row.max * 1.2, JSON.stringify(row));
    const shown = renderResult(hits(results, 'monitor')[0] as never, PLAIN_STYLE, 140) ?? '';
    assert.match(
      shown,
      /^time +class +method +total +ok +fail +rate +avg\(ms\) +p50 +p95 +p99 +max\n\d\d:\d\d:\d\d +observed\.cjs:Cart +add +40 +30 +10 +25 % /,
    );
    assert.match(messages(results), /it cost the process/);
  });

  await t.test('a promise is over when it is settled', async () => {
    const results = await at.observe(
      'monitor observed.cjs api.later -c 1 -n 1',
      'await Promise.allSettled([api.later(40), api.later(40), api.later(40, "reject")]); return 1',
    );
    const [row] = rows(results);
    assert.deepEqual([row?.total, row?.failed], [3, 1]);
    assert.ok(Number(row?.p50) >= 35 && Number(row?.max) < 500, JSON.stringify(row));
  });

  await t.test('a condition, after the call and before it', async () => {
    const spin = 'api.spin(1); api.spin(1); api.spin(30); return 1';
    const after = await at.observe("monitor observed.cjs api.spin '#cost > 20' -c 1 -n 1", spin);
    assert.equal(rows(after)[0]?.total, 1);
    const before = await at.observe("monitor observed.cjs api.spin 'params[0] < 20' -b -c 1 -n 1", spin);
    assert.equal(rows(before)[0]?.total, 2);
  });

  await t.test('several functions in one result, cycles without a call in none', async () => {
    await at.begin('monitor observed.cjs *nner -c 1');
    await new Promise((resolve) => setTimeout(resolve, 1200));
    await at.run('await api.asyncOuter(1); api.outer(2); return 1');
    const results = await at.until(({ type }) => type === 'monitor');
    assert.deepEqual(
      rows(results)
        .map(({ methodName, total }) => `${methodName} ${total}`)
        .sort(),
      ['api.asyncInner 1', 'api.inner 2'],
    );
    assert.equal(hits(results, 'monitor').length, 1);
    await at.interrupt();
    assert.equal(statusOf(await at.until(isStatus)).statusCode, 0);
  });

  await t.test('a fault of the condition ends it', async () => {
    const results = await at.observe(
      "monitor observed.cjs api.add 'params[7].x > 1' -c 1",
      'return api.add(1, 2)',
    );
    assert.equal(statusOf(results).statusCode, -1);
    assert.match(String(statusOf(results).message), /^monitor failed, condition is: params\[7\]\.x > 1, /);
    const refused = statusOf(await at.exec('monitor observed.cjs api.add --classloader x'));
    assert.equal(refused.statusCode, -10);
  });
});
