/** `trace` on a real process: trees whose shape is known. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PLAIN_STYLE, renderResult } from '../../../src/diagnose/index.js';
import { type MethodNode, nodeCount } from '../../../src/diagnose/observe/trace/nodes.js';
import { nodeMajors } from '../../support/index.js';
import { isStatus } from '../support/liveSession.js';
import { hits, messages, type Observed, observed, statusOf } from './support/observed.js';
import { below, calls, errors, methods, traced, trees } from './support/traced.js';

/** The last tree of a trace that ended by itself. */
async function tree(at: Observed, command: string, call: string): Promise<MethodNode> {
  const results = await traced(at, `trace traced.cjs ${command}`, () => at.run(call));
  assert.equal(statusOf(results).statusCode, 0, JSON.stringify(results));
  return trees(results).at(-1) as MethodNode;
}

const ms = (nanoseconds: number | undefined) => (nanoseconds ?? 0) / 1e6;
const traces = (t: Parameters<typeof observed>[0], node: Parameters<typeof observed>[1]) =>
  observed(t, node, undefined, 'traced.cjs');

describe('trace', { concurrency: 4 }, () => {
  for (const node of nodeMajors) {
    it(`levels, errors, promises, reset on Node ${node}`, async (t) => {
      const at = await traces(t, node);
      await levels(at);
      await failures(at);
      await waiting(at);
      await atEnd(at);
    });
  }

  it('loops, recursion, callbacks, options', async (t) => {
    const at = await traces(t, 22);
    await t.test('one node for many calls', () => often(at));
    await t.test('callbacks', () => callbacks(at));
    await t.test('paths', () => paths(at));
    await t.test('internal functions', () => internal(at));
    await t.test('-n, conditions, time-outs', () => ends(at));
    await t.test('what is refused', () => refused(at));
    await t.test('the governor', () => governed(at));
    await t.test('on a terminal', () => shown(at));
  });
});

async function levels(at: Observed): Promise<void> {
  const one = await tree(at, 'api.levels -n 1', 'return api.levels()');
  assert.deepEqual(calls(one), ['quick#58', 'slow#59']);
  assert.deepEqual([one.methodName, one.lineNumber, one.className], ['api.levels', -1, 'traced.cjs']);
  assert.deepEqual(methods(below(one, 'slow')), []);
  assert.ok(ms(below(one, 'slow').totalCost) >= 20 && ms(below(one, 'slow').totalCost) < 100);
  assert.ok(one.totalCost >= below(one, 'slow').totalCost + below(one, 'quick').totalCost);
  const two = await tree(at, 'api.levels --depth 2 -n 1', 'return api.levels()');
  assert.deepEqual(calls(below(two, 'slow')), ['spin#14', 'leaf#15']);
  assert.deepEqual(calls(below(two, 'quick')), ['leaf#19 x2']);
  assert.deepEqual(methods(below(two, 'slow', 'leaf')), []);
  assert.ok(below(two, 'slow', 'spin').totalCost > below(two, 'slow').totalCost * 0.5);
  const three = await tree(at, 'api.books --depth 3 -n 1', 'return api.books()');
  const described = below(three, 'sorted', 'describe');
  assert.equal(described.className, 'traced.cjs:Shelf');
  assert.ok(nodeCount(three) >= 3, JSON.stringify(three));
}

async function failures(at: Observed): Promise<void> {
  const caught = await tree(at, 'api.caught --depth 2 -n 1', 'return api.caught()');
  const fails = below(caught, 'fails');
  assert.deepEqual([fails.throw, fails.mark, fails.lineNumber], [true, 'throws Exception', 64]);
  assert.deepEqual(errors(fails), [
    { type: 'throw', exception: 'RangeError', message: 'it fails: caught', lineNumber: 27 },
  ]);
  assert.equal(caught.throw, undefined);
  assert.equal(below(caught, 'leaf').throw, undefined);
  const thrown = await tree(at, 'api.thrown -n 1', 'return api.thrown()');
  assert.equal(thrown.throw, true);
  assert.equal(errors(thrown)[0]?.exception, 'RangeError');
  assert.equal(below(thrown, 'fails').throwExp, 'RangeError: it fails: thrown');
  // The application got its own error.
  assert.deepEqual(await at.run('return api.thrown()'), ['threw RangeError: it fails: thrown']);
}

async function waiting(at: Observed): Promise<void> {
  const waits = await tree(at, 'api.waits --depth 2 -n 1', 'return api.waits(40)');
  const later = below(waits, 'later');
  assert.ok(ms(later.totalCost) >= 38 && ms(later.waitCost) >= 36, JSON.stringify(later));
  assert.ok(ms(later.selfCost) < 20, JSON.stringify(later));
  assert.deepEqual(calls(later).at(-1), 'quick#32');
  const together = await tree(at, 'api.together --depth 2 -n 1', 'return api.together()');
  const both = below(together, 'later');
  assert.equal(both.times, 2);
  // Both waited at once: together longer than the call they are part of.
  assert.ok(
    ms(both.totalCost) >= 85 && ms(together.totalCost) < ms(both.totalCost),
    JSON.stringify(together),
  );
  assert.match(below(together, 'await').className, /^Promise\.all\(/);
  assert.ok(ms(below(together, 'await').totalCost) >= 55);
  const refused = await tree(at, 'api.refused --depth 2 -n 1', 'return api.refused().catch(() => 1)');
  assert.equal(refused.throw, true);
  assert.equal(errors(below(refused, 'rejects'))[0]?.message, 'rejected later');
  const caughtLater = await tree(at, 'api.caughtLater -n 1', 'return api.caughtLater()');
  assert.deepEqual([caughtLater.throw, below(caughtLater, 'rejects').throw], [undefined, true]);
}

async function atEnd(at: Observed): Promise<void> {
  await at.begin('trace traced.cjs api.*levels --depth 2');
  await at.run('return api.levels()', 'return api.levels()');
  assert.deepEqual(await at.run('return api.changed()'), ['did ["levels"]']);
  await at.interrupt();
  const results = await at.until(isStatus);
  assert.equal(statusOf(results).statusCode, 0);
  assert.match(messages(results), /hits? in [\d.]+ s; it cost the process [\d.]+ ms of CPU/);
  assert.deepEqual(await at.run('return api.changed()', 'return api.levels()'), ['did []', 'did 7']);
  await at.begin('trace traced.cjs api.levels');
  await at.exec('reset');
  const ended = statusOf(await at.until(isStatus));
  assert.equal(ended.statusCode, -1);
  assert.match(String(ended.message), /^trace ended: its instruments were taken out/);
  assert.deepEqual(await at.run('return api.changed()', 'return api.levels()'), ['did []', 'did 7']);
}

async function often(at: Observed): Promise<void> {
  const loop = await tree(at, 'api.loop -n 1', 'return api.loop(100000)');
  assert.deepEqual(calls(loop), ['leaf#109 x100000']);
  const [leaf] = methods(loop);
  assert.ok(leaf && leaf.minCost <= leaf.maxCost && leaf.maxCost <= leaf.totalCost, JSON.stringify(leaf));
  const line = await tree(at, 'api.sameLine -n 1', 'return api.sameLine()');
  assert.deepEqual(calls(line), ['leaf#119 x3']);
  const factorial = await tree(at, 'api.factorial -n 1', 'return api.factorial(6)');
  assert.equal(factorial.methodName, 'api.factorial');
  let depth = 0;
  for (let next: MethodNode | undefined = factorial; next; next = methods(next)[0]) depth += 1;
  assert.equal(depth, 6, JSON.stringify(factorial));
  const deep = await traced(at, 'trace traced.cjs api.factorial -n 1', () =>
    at.run('return api.factorial(3000) > 1'),
  );
  assert.ok(trees(deep).every((each) => nodeCount(each) < 2000));
  assert.ok(
    Number(hits(deep, 'trace').at(-1)?.omitted) > 0,
    JSON.stringify(hits(deep, 'trace').at(-1)).slice(0, 500),
  );
  const many = await tree(at, 'api.many --skip-internal true -n 1', 'return api.many()');
  assert.ok(methods(many).length >= 1);
}

async function callbacks(at: Observed): Promise<void> {
  const followed = await tree(
    at,
    'api.callbacks --across-callbacks --depth 2 -n 1',
    'return api.callbacks()',
  );
  const all = JSON.stringify(followed);
  assert.match(all, /"methodName":"quick"/, all);
  assert.match(all, /"methodName":"leaf"/, all);
}

async function paths(at: Observed): Promise<void> {
  const into = await tree(at, 'api.books -p traced.cjs:Shelf -n 1', 'return api.books()');
  assert.ok(methods(below(into, 'sorted')).length > 0, JSON.stringify(into));
  const status = statusOf(await at.exec('trace traced.cjs api.books -p nosuch.js'));
  assert.equal(status.statusCode, -1);
  assert.match(String(status.message), /The path 'nosuch\.js' names no function/);
}

async function internal(at: Observed): Promise<void> {
  const skipped = await tree(at, 'api.reads -n 1', 'return api.reads()');
  assert.deepEqual(calls(skipped), []);
  for (const option of ['--skip-internal false', '--skipJDKMethod false']) {
    const all = await tree(at, `api.reads ${option} -n 1`, 'return api.reads()');
    assert.deepEqual(calls(all), ['readFileSync#133', 'stringify#134']);
    assert.equal(below(all, 'stringify').className, 'JSON');
  }
}

async function ends(at: Observed): Promise<void> {
  const three = await traced(at, 'trace traced.cjs api.loop -n 3', () =>
    at.run('for (let i = 0; i < 50; i++) api.loop(2); return 1'),
  );
  assert.equal(trees(three).length, 3);
  const slow = await traced(at, "trace traced.cjs api.waits '#cost > 60' -n 1", () =>
    at.run('return api.waits(1)', 'return api.waits(80)'),
  );
  assert.ok(ms(trees(slow)[0]?.totalCost) >= 60);
  const byArgument = await traced(at, "trace traced.cjs api.loop 'params[0] == 7' -n 1", () =>
    at.run('return api.loop(3) + api.loop(7)'),
  );
  assert.deepEqual(calls(trees(byArgument)[0] as MethodNode), ['leaf#109 x7']);
  const timed = await at.exec('trace traced.cjs api.loop --timeout 1');
  assert.equal(statusOf(timed).statusCode, 0);
  const failing = await traced(at, "trace traced.cjs api.loop 'params[3].x == 1' -n 1", () =>
    at.run('return api.loop(1)'),
  );
  assert.equal(statusOf(failing).statusCode, -1);
  assert.match(
    String(statusOf(failing).message),
    /^trace failed, condition is: params\[3\]\.x == 1, .*undefined/,
  );
}

async function refused(at: Observed): Promise<void> {
  const no = async (line: string, what: RegExp, statusCode: number) => {
    const status = statusOf(await at.exec(line));
    assert.match(String(status.message), what);
    assert.equal(status.statusCode, statusCode);
  };
  await no('trace traced.cjs api.loop --listenerId 3', /'listenerId' is of the JVM alone/, -10);
  await no('trace traced.cjs api.loop -c 1f', /'classloader' is of the JVM alone/, -10);
  await no('trace traced.cjs api.loop --depth 0', /at least 1/, -10);
  await no('trace traced.cjs api.loop --depth 99', /at most 10 \(limit trace-depth\)/, -10);
  await no('trace traced.cjs', /The argument 'method-pattern' is required/, -10);
  await no('trace traced.cjs nosuch', /^No class or method is affected/, -1);
  await no('trace traced.cjs api.loop "params["', /The condition is not taken/, -1);
  const excluded = await at.exec('trace traced.cjs api.loop --exclude-class-pattern traced*');
  assert.equal(excluded[0]?.success, false);
}

async function governed(at: Observed): Promise<void> {
  await at.run(
    'globalThis.hot = setInterval(() => { for (let i = 0; i < 3000; i++) api.sameLine(); }, 2); return 1',
  );
  await at.begin("trace traced.cjs api.sameLine '#cost < 0'");
  const read = await at.until(({ message }) => /^governor: /.test(String(message)));
  assert.match(messages(read), /^governor: traced\.cjs api\.sameLine: called [\d,]+ times a second/m);
  await at.interrupt();
  assert.equal(statusOf(await at.until(isStatus)).statusCode, 0);
  assert.deepEqual(await at.run('clearInterval(globalThis.hot); return api.sameLine().length'), ['did 3']);
  assert.deepEqual(await at.run('return api.changed()'), ['did []']);
}

async function shown(at: Observed): Promise<void> {
  const results = await traced(at, 'trace -E .*traced.* api[.]levels --depth 2 -n 1', () =>
    at.run('return api.levels()'),
  );
  const text = renderResult(hits(results, 'trace').at(-1) as never, PLAIN_STYLE, 80) ?? '';
  assert.match(
    text,
    /^ts=\d{4}-.*;thread_name=main;id=\d+;is_daemon=false;priority=0\n└─\[[\d.]+ms\] traced\.cjs:api\.levels\(\)\n/,
  );
  assert.match(text, /\n {2}├─\[[\d.]+% [\d.]+ms\] traced\.cjs:quick\(\) #58\n/);
  assert.match(text, /min=[\d.]+ms,max=[\d.]+ms,total=[\d.]+ms,count=2\] traced\.cjs:leaf\(\) #19/);
}
