import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { PLAIN_STYLE, renderResult } from '../../../src/diagnose/index.js';
import {
  hits,
  type MonitorRow,
  messages,
  monitored,
  type Observed,
  observed,
  statusOf,
} from './support/observed.js';

const sum = (rows: readonly MonitorRow[], of: (row: MonitorRow) => number): number =>
  rows.reduce((all, row) => all + of(row), 0);

async function rowsOf(
  at: Observed,
  command: string,
  calls: number,
  ...lines: string[]
): Promise<MonitorRow[]> {
  await at.begin(`monitor ${command} -c 1`);
  await at.run(...lines);
  return await monitored(at, calls);
}

describe('monitor', { concurrency: 4 }, () => {
  it('counts, fails and times; ends after -n results', async (t) => {
    const at = await observed(t, 22);
    const rows = await rowsOf(
      at,
      'observed.cjs Cart.add',
      40,
      'for (let i = 0; i < 30; i++) api.cart.add("a", 1); return 1',
      'for (let i = 0; i < 10; i++) try { api.cart.add("a", -1) } catch {} return 1',
    );
    assert.deepEqual(
      [
        sum(rows, ({ total }) => total),
        sum(rows, ({ success }) => success),
        sum(rows, ({ failed }) => failed),
      ],
      [40, 30, 10],
    );
    for (const row of rows) {
      assert.deepEqual([row.className, row.methodName], ['observed.cjs:Cart', 'add']);
      assert.match(row.timestamp, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/);
      assert.equal(row.failRate, row.failed / row.total);
      assert.ok(Math.abs(row.avg - row.cost / row.total) < 1e-5, JSON.stringify(row));
      assert.ok(row.p50 <= row.p95 && row.p95 <= row.p99 && row.p99 <= row.max * 1.2, JSON.stringify(row));
    }
    const ended = await at.exec('monitor observed.cjs api.tick -c 1 -n 1');
    assert.equal(hits(ended, 'monitor').length, 1);
    assert.equal(statusOf(ended).statusCode, 0);
    assert.match(
      renderResult(hits(ended, 'monitor')[0] as never, PLAIN_STYLE, 140) ?? '',
      /^time +class +method +total +ok +fail +rate +avg\(ms\) +p50 +p95 +p99 +max\n\d\d:\d\d:\d\d +observed\.cjs +api\.tick +\d+ +\d+ +0 +0 % /,
    );
    assert.match(messages(ended), /^in \d\.\d s; it cost the process/);
  });

  it('a promise is over when it is settled', async (t) => {
    const at = await observed(t, 22);
    const rows = await rowsOf(
      at,
      'observed.cjs api.later',
      3,
      'await Promise.allSettled([api.later(40), api.later(40), api.later(40, "reject")]); return 1',
    );
    assert.equal(
      sum(rows, ({ failed }) => failed),
      1,
    );
    for (const { p50, max } of rows) assert.ok(p50 >= 35 && max < 5000, JSON.stringify(rows));
  });

  it('a condition, after the call and before it; one that fails ends it', async (t) => {
    const at = await observed(t, 22);
    const spin = 'api.spin(1); api.spin(1); api.spin(120); return 1';
    const after = await rowsOf(at, "observed.cjs api.spin '#cost > 100'", 1, spin);
    assert.equal(
      sum(after, ({ total }) => total),
      1,
    );
    const before = await rowsOf(at, "observed.cjs api.spin 'params[0] < 20' -b", 2, spin);
    assert.equal(
      sum(before, ({ total }) => total),
      2,
    );
    const failed = await at.observe(
      "monitor observed.cjs api.add 'params[7].x > 1' -c 1",
      'return api.add(1, 2)',
    );
    assert.equal(statusOf(failed).statusCode, -1);
    assert.match(String(statusOf(failed).message), /^monitor failed, condition is: params\[7\]\.x > 1, /);
    const refused = statusOf(await at.exec('monitor observed.cjs api.add --classloader x'));
    assert.equal(refused.statusCode, -10);
  });

  it('several functions, and no result of a cycle without a call', async (t) => {
    const at = await observed(t, 22);
    await at.begin('monitor observed.cjs *nner -c 1');
    await sleep(1200);
    await at.run('await api.asyncOuter(1); api.outer(2); return 1');
    const rows = await monitored(at, 3);
    const counted = new Map<string, number>();
    for (const { methodName, total } of rows) counted.set(methodName, (counted.get(methodName) ?? 0) + total);
    assert.deepEqual([...counted].sort(), [
      ['api.asyncInner', 1],
      ['api.inner', 2],
    ]);
  });
});
