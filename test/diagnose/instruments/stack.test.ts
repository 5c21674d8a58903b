import assert from 'node:assert/strict';
import { it } from 'node:test';
import { PLAIN_STYLE, renderResult } from '../../../src/diagnose/index.js';
import type { WireResult } from '../support/bench.js';
import { isStatus } from '../support/liveSession.js';
import { hits, observed, statusOf } from './support/observed.js';

interface Frame {
  readonly fileName?: string;
  readonly lineNumber: number;
  readonly className: string;
  readonly methodName: string;
  readonly async?: boolean;
}

const frames = (result: WireResult | undefined): Frame[] => (result?.stackTrace ?? []) as Frame[];

it('stack', async (t) => {
  const at = await observed(t, 22);

  await t.test('the callers, in the shape of the wire', async () => {
    const results = await at.observe('stack observed.cjs api.inner -n 1', 'return api.outer(3)');
    assert.equal(statusOf(results).statusCode, 0);
    const [hit] = hits(results, 'stack');
    assert.ok(hit);
    const { className, methodName, threadName, daemon, priority, cost } = hit;
    assert.deepEqual(
      { className, methodName, threadName, daemon, priority, cost },
      {
        className: 'observed.cjs',
        methodName: 'api.inner',
        threadName: 'main',
        daemon: false,
        priority: 0,
        cost: 0,
      },
    );
    assert.equal(hit.threadId, String(at.process.pid));
    const [first, second] = frames(hit);
    assert.deepEqual([first?.methodName, second?.methodName], ['middle', 'outer']);
    assert.deepEqual(Object.keys(first ?? {}), ['fileName', 'lineNumber', 'className', 'methodName']);
    assert.match(first?.fileName ?? '', /observed\.cjs$/);
    assert.ok((first?.lineNumber ?? 0) > 40);
    assert.ok(
      !frames(hit).some(({ fileName }) => /remora|probe/.test(fileName ?? '')),
      JSON.stringify(frames(hit)),
    );
    const shown = renderResult(hit as never, PLAIN_STYLE, 120) ?? '';
    assert.match(
      shown,
      /^ts=\d{4}-.*;thread_name=main;id=\d+;is_daemon=false;priority=0\n {4}@observed\.cjs\.api\.inner\(\)\n {8}at observed\.middle\(.*observed\.cjs:\d+\)\n {8}at observed\.outer\(/,
    );
  });

  await t.test('what stands before an await is marked', async () => {
    const results = await at.observe('stack observed.cjs api.inner -n 1', 'return api.asyncOuter(3)');
    const [hit] = hits(results, 'stack');
    const all = frames(hit);
    assert.equal(all[0]?.methodName, 'asyncInner');
    const outer = all.find(({ methodName }) => methodName === 'asyncOuter');
    assert.equal(outer?.async, true, JSON.stringify(all));
    assert.match(
      renderResult(hit as never, PLAIN_STYLE, 120) ?? '',
      /--- async ---\n {8}at observed\.asyncOuter/,
    );
  });

  await t.test('a condition chooses the calls, -n is exact', async () => {
    const results = await at.observe(
      'stack observed.cjs api.inner "params[0] % 2 == 0" -n 2',
      'for (let i = 0; i < 20; i++) api.inner(i); return 1',
    );
    assert.equal(hits(results, 'stack').length, 2);
  });

  await t.test('all functions of a class without a name; interrupt puts them back', async () => {
    await at.begin('stack observed.cjs:Cart');
    await at.run('return api.cart.add("x", 1)');
    const [hit] = hits(await at.until(({ type }) => type === 'stack'), 'stack');
    assert.equal(hit?.methodName, 'add');
    await at.interrupt();
    assert.equal(statusOf(await at.until(isStatus)).statusCode, 0);
    assert.deepEqual(await at.run('return api.changed()'), ['did []']);
  });
});
