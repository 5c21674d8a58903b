import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PLAIN_STYLE, renderResult } from '../../../src/diagnose/index.js';
import { nodeMajors } from '../../support/index.js';
import { first, isStatus } from '../support/liveSession.js';
import { hits, messages, type Observed, observed, statusOf, values } from './support/observed.js';

const text = (result: { type: string }) => renderResult(result, PLAIN_STYLE, 120) ?? '';
const undefinedJson = { '@type': 'undefined' };

describe('watch', { concurrency: 6 }, () => {
  for (const node of nodeMajors) {
    it(`points, values, promises, interrupt on Node ${node}`, async (t) => {
      const at = await observed(t, node);

      const both = await at.observe('watch observed.cjs api.add -b -s -n 2', 'return api.add(1, 2)');
      assert.deepEqual(
        hits(both).map(({ accessPoint, className, methodName }) => [accessPoint, className, methodName]),
        [
          ['AtEnter', 'observed.cjs', 'api.add'],
          ['AtExit', 'observed.cjs', 'api.add'],
        ],
      );
      assert.deepEqual(statusOf(both).statusCode, 0);

      const settled = await at.observe(
        'watch observed.cjs api.later "{params, returnObj}" -x 2 -n 1',
        'return api.later(50, "x")',
      );
      const [hit] = hits(settled);
      assert.ok(
        hit && Number(hit.settle) >= 45 && Number(hit.cost) < Number(hit.settle),
        JSON.stringify(hit),
      );
      assert.deepEqual(hit.json, [[50, 'x'], { value: 'x' }]);

      await at.begin('watch observed.cjs api.add');
      assert.deepEqual(await at.run('return api.changed()'), ['did ["add"]']);
      await at.interrupt();
      assert.equal(statusOf(await at.until(isStatus)).statusCode, 0);
      assert.deepEqual(await at.run('return api.changed()'), ['did []']);
    });
  }

  it('points, values, bounds', async (t) => {
    const at = await observed(t, 22);
    await t.test('points', () => points(at));
    await t.test('-n is exact, and hits are shown', () => exactness(at));
    await t.test('values that bite', () => values_(at));
    await t.test('patterns', () => patterns(at));
    await t.test('arguments of an arrow function that a breakpoint watches', () => arrows(at));
  });

  it('expressions', async (t) => {
    const at = await observed(t, 22);
    await t.test('what they give', () => expressions(at));
    await t.test('calls that return promises', () => promises(at));
    await t.test('faults', () => faults(at));
  });
});

async function points(at: Observed): Promise<void> {
  const line = 'watch observed.cjs Cart.add "{params, returnObj, throwExp, isBefore, isReturn, isThrow}"';
  const calls = ['return api.cart.add("a", 1)', 'return api.cart.add("b", -1)'];
  const of = async (options: string, count: number) => {
    const results = await at.observe(`${line} ${options} -n ${count}`, ...calls);
    assert.equal(statusOf(results).statusCode, 0, JSON.stringify(results));
    return hits(results).map(({ accessPoint }) => accessPoint);
  };
  assert.deepEqual(await of('-b', 2), ['AtEnter', 'AtEnter']);
  assert.deepEqual(await of('-s', 1), ['AtExit']);
  assert.deepEqual(await of('-e', 1), ['AtExceptionExit']);
  assert.deepEqual(await of('-f', 2), ['AtExit', 'AtExceptionExit']);
  assert.deepEqual(await of('', 2), ['AtExit', 'AtExceptionExit']);
  assert.deepEqual(await of('-s -f', 3), ['AtExit', 'AtExit', 'AtExceptionExit']);
  assert.deepEqual(await of('-besf', 6), [
    'AtEnter',
    'AtExit',
    'AtExit',
    'AtEnter',
    'AtExceptionExit',
    'AtExceptionExit',
  ]);
  const results = await at.observe(`${line} -b -f -n 4 -x 2`, ...calls);
  const json = values(results) as unknown[][];
  assert.deepEqual(json[0]?.slice(1), [undefinedJson, undefinedJson, true, false, false]);
  assert.deepEqual(json[1]?.slice(3), [false, true, false]);
  assert.deepEqual(json[3]?.slice(3), [false, false, true]);
  assert.equal(((json[3] ?? [])[2] as Record<string, unknown>)['@message'], 'cannot add -1');
  assert.equal(hits(results)[0]?.cost, 0);
}

async function expressions(at: Observed): Promise<void> {
  const value = async (express: string, call = 'return api.cart.add("a", 5)', more = '') => {
    const name = call.includes('cart') ? 'Cart.add' : 'api.add';
    const results = await at.observe(`watch observed.cjs ${name} ${express} -n 1 ${more}`, call);
    const [hit] = hits(results);
    assert.ok(hit, JSON.stringify(results));
    return hit.json;
  };
  assert.deepEqual(await value("'{params[0],target.owner,returnObj > 0}'"), ['a', 'eve', true]);
  assert.deepEqual(await value('\'#{"p":params[1],"n":method.name,"c":clazz.name}\''), {
    p: 5,
    n: 'add',
    c: 'observed.cjs:Cart',
  });
  assert.deepEqual(await value("'params.length'"), 2);
  assert.equal(await value("'#cost >= 0'"), true);
  assert.deepEqual(await value("'params.map((each) => typeof each)'"), ['string', 'number']);
  assert.deepEqual(await value('', 'return api.add(2, 3)', '-x 2'), [
    [2, 3],
    (await value("'target'", 'return api.add(2, 3)', '-x 1')) as object,
    5,
  ]);
  const filtered = await at.observe(
    "watch observed.cjs api.add params 'params[0] > 2 && params[1] < 9' -n 2 -x 2",
    ...[1, 3, 2, 5].map((n) => `return api.add(${n}, 1)`),
  );
  assert.deepEqual(values(filtered), [
    [3, 1],
    [5, 1],
  ]);
  const slow = await at.observe(
    "watch observed.cjs api.spin params[0] '#cost>100' -n 1",
    'api.spin(1)',
    'api.spin(120)',
  );
  assert.deepEqual(values(slow), [120]);
  const outcome = await at.observe(
    "watch observed.cjs api.add returnObj 'returnObj == 7' -n 1",
    'return api.add(1, 1)',
    'return api.add(3, 4)',
  );
  assert.deepEqual(values(outcome), [7]);
}

async function exactness(at: Observed): Promise<void> {
  const results = await at.observe(
    'watch observed.cjs api.add params -n 3',
    'for (let i = 0; i < 1000; i++) if (api.add(i, 1) !== i + 1) throw new Error("wrong"); return 1',
  );
  assert.equal(hits(results).length, 3);
  const enhancer = first(results, 'enhancer');
  assert.equal(enhancer.success, true);
  const { cost, listenerId, ...counts } = enhancer.effect as Record<string, number>;
  assert.deepEqual(counts, { classCount: 1, methodCount: 1 });
  assert.ok(Number.isInteger(cost) && Number.isInteger(listenerId));
  const [hit] = hits(results);
  assert.deepEqual(Object.keys(hit ?? {}), [
    'accessPoint',
    'className',
    'cost',
    'instrument',
    'jobId',
    'json',
    'methodName',
    'ts',
    'type',
    'value',
  ]);
  assert.equal(hit?.value, '@Array[\n    @Number[0],\n    @Number[1],\n]');
  assert.match(
    text(hit as never),
    /^method=observed\.cjs\.api\.add location=AtExit\nts=\d{4}-.*; \[cost=[\d.e-]+ms\] result=@Array\[\n/,
  );
  assert.match(messages(results), /3 hits in [\d.]+ s; it cost the process [\d.]+ ms of CPU/);
  // Nobody is told of the hits beyond: they were not asked for.
  assert.ok(!results.some(({ type }) => type === 'dropped'), JSON.stringify(results));
}

async function promises(at: Observed): Promise<void> {
  const rejected = await at.observe(
    'watch observed.cjs api.later throwExp.message -n 1',
    'return api.later(20, "reject")',
  );
  const [hit] = hits(rejected);
  assert.equal(hit?.accessPoint, 'AtExceptionExit');
  assert.equal(hit?.json, 'it was rejected');
  assert.ok(Number(hit?.settle) >= 15);
  const slow = await at.observe(
    "watch observed.cjs api.later params[0] 'cost > 150' -n 1",
    'return api.later(1)',
    'return api.later(200)',
  );
  assert.deepEqual(values(slow), [200]);
  const atReturn = await at.observe(
    'watch observed.cjs api.later returnObj --no-settle -n 1',
    'return api.later(20)',
  );
  assert.deepEqual(values(atReturn), [{ '@type': 'Promise' }]);
  assert.equal(hits(atReturn)[0]?.settle, undefined);
  const said = await at.observe(
    'watch observed.cjs api.later returnObj --settle -n 1',
    'return api.later(5, "y")',
  );
  assert.deepEqual(values(said), [{ value: 'y' }]);
}

async function values_(at: Observed): Promise<void> {
  const strange = await at.observe(
    'watch observed.cjs api.strange returnObj -x 3 -n 1',
    'return typeof api.strange()',
  );
  const json = values(strange)[0] as Record<string, Record<string, unknown>>;
  assert.deepEqual(json.cyclic, { name: 'cyclic', self: { '@type': 'Object', '@cycle': 1 } });
  assert.deepEqual(json.getter, { trap: { '@type': 'getter' } });
  assert.deepEqual(json.proxy, { '@type': 'Proxy' });
  assert.deepEqual(await at.run('return api.traps.reads'), ['did 0']);
  const secret = await at.observe(
    'watch observed.cjs api.login "{params, returnObj}" -x 2 -n 1',
    'return api.login("eve", "Bearer abcdefghijklmnop").ok',
  );
  const seenText = JSON.stringify(secret);
  assert.ok(!seenText.includes('topsecret-token') && !seenText.includes('abcdefghijklmnop'), seenText);
  assert.match(seenText, /\*\*\*/);
  const small = await at.observe(
    'watch observed.cjs api.strange returnObj.list -M 400 -n 1',
    'return typeof api.strange()',
  );
  const [hit] = hits(small);
  assert.equal(hit?.sizeLimit, 400);
  assert.ok(JSON.stringify(hit?.json).length <= 500, JSON.stringify(hit));
}

async function faults(at: Observed): Promise<void> {
  const no = async (line: string, what: RegExp, statusCode = -1) => {
    const status = statusOf(await at.exec(line));
    assert.equal(status.statusCode, statusCode, JSON.stringify(status));
    assert.match(String(status.message), what);
  };
  await no('watch observed.cjs api.add "params["', /The express is not taken: Unexpected token/);
  await no(
    'watch observed.cjs api.add nothing',
    /'nothing' is not known here.*The variables are params, target/,
  );
  await no('watch observed.cjs api.add params "params[0] = 1"', /The condition is not taken: an assignment/);
  await no('watch observed.cjs api.add "params.{name}"', /write \.map/);
  await no(
    'watch observed.cjs api.add "module(\'nosuch.js\').x"',
    /no loaded CommonJS module fits 'nosuch\.js'/,
  );
  await no('watch', /The argument 'class-pattern' is required/, -10);
  await no('watch observed.cjs', /The argument 'method-pattern' is required/, -10);
  await no('watch observed.cjs api.add -x 9', /must be at most 4|at least 0 and at most 4/, -10);
  const failing = async (line: string, what: RegExp) => {
    const results = await at.observe(line, 'return api.add(1, 2)', 'return api.add(1, 2)');
    const status = statusOf(results);
    assert.equal(status.statusCode, -1, JSON.stringify(results));
    assert.match(String(status.message), what);
    assert.equal(hits(results).length, 0);
  };
  await failing(
    'watch observed.cjs api.add params[5].name "1==1"',
    /^watch failed, condition is: 1==1, express is: params\[5\]\.name, .*undefined/,
  );
  await failing(
    'watch observed.cjs api.add params params[5].name',
    /condition is: params\[5\]\.name, express is: params, /,
  );
  await failing('watch observed.cjs api.add "[...\'x\'.repeat(20000)].length"', /too many steps/);
  await failing('watch observed.cjs api.add "params.map((n) => globalThis.setTimeout(n))"', /--unsafe/);
  assert.deepEqual(await at.run('return api.add(20, 22)'), ['did 42']);
  const refused = await at.bench.exec('watch observed.cjs api.add "foo()" --unsafe', {
    process: String(at.process.pid),
  });
  assert.equal(refused.state, 'FAILED');
  assert.match(refused.message ?? '', /does not allow/);
}

async function patterns(at: Observed): Promise<void> {
  const names = async (line: string, ...lines: string[]) =>
    hits(await at.observe(line, ...lines)).map(({ methodName }) => methodName);
  assert.deepEqual(
    await names('watch observed.cjs *nner params[0] -n 3', 'return api.inner(1)', 'return api.asyncInner(2)'),
    ['api.inner', 'api.inner', 'api.asyncInner'],
  );
  assert.deepEqual(
    await names('watch -E .*observed.* api[.](inner|middle) params -n 2', 'return api.middle(1)'),
    ['api.inner', 'api.middle'],
  );
  const over = await at.exec('watch observed.cjs * -m 2');
  const enhancer = first(over, 'enhancer');
  assert.equal(enhancer.success, false);
  assert.match(
    String((enhancer.effect as Record<string, unknown>).overLimitMsg),
    /^The number of matched functions is \d+, greater than the limit value 2\. Try to change the limit with option '-m <arg>'\./,
  );
  assert.equal(statusOf(over).statusCode, -1);
  assert.equal(statusOf(over).message, undefined);
  const none = await at.exec('watch observed.cjs nosuch');
  assert.equal(first(none, 'enhancer').message, 'No class or method is affected');
  assert.match(String(statusOf(none).message), /^No class or method is affected.*, try:\n1\. /);
  assert.equal(statusOf(none).statusCode, -1);
  const excluded = await at.exec('watch observed.cjs api.add --exclude-class-pattern observed*');
  assert.equal(first(excluded, 'enhancer').success, false);
  // A function that only its module knows is reached at its next call: from then on calls are seen.
  await at.begin('watch observed.cjs double params[0] -n 1');
  await at.run('return api.hidden(4)');
  await at.until(({ message }) => /double is reached by scope-entry/.test(String(message)));
  await at.run('return api.hidden(5)');
  assert.deepEqual(values(await at.until(isStatus)), [5]);
  const native = await at.observe(
    'watch globalThis JSON.stringify params[0].mark "params[0]?.mark == 8" -n 1',
    'return JSON.stringify({ mark: 8 })',
  );
  assert.deepEqual(values(native), [8]);
}

/** They are made anew by each call of what is around them, so that nothing can stand in for them. */
async function arrows(at: Observed): Promise<void> {
  const file = 'data:text/javascript,';
  const source = `const one = () => 1;
    export const sum = (list) => { const each = (total, by = one(1, (2)), ...rest) => total + by; return list.reduce(each, 0); };
    export const picked = (list) => { const pick = ({ name }) => { return name; }; return list.map(pick); };`;
  await at.run(`api.arrows = await import(${JSON.stringify(file + encodeURIComponent(source))})`);
  for (const [name, call, expected] of [
    ['each', 'api.arrows.sum([5])', [0, 5, 0, [5]]],
    ['pick', 'api.arrows.picked([{ name: "x" }])', []],
  ] as const) {
    const lines = setInterval(() => at.process.write(`return ${call}`), 100);
    const head = await at.begin(`watch * ${name} params -b -n 1 -x 3`);
    const rest = head.some(isStatus) ? [] : await at.until(isStatus);
    clearInterval(lines);
    assert.deepEqual(values([...head, ...rest]), [expected], name);
  }
}
