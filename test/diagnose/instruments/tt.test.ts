import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { PLAIN_STYLE, renderResult } from '../../../src/diagnose/index.js';
import { eventually, nodeMajors } from '../../support/index.js';
import type { WireResult } from '../support/bench.js';
import { first } from '../support/liveSession.js';
import { hits, messages, type Observed, observed, statusOf } from './support/observed.js';

interface Fragment {
  readonly index: number;
  readonly timestamp: string;
  readonly cost: number;
  readonly settle?: number;
  readonly return: boolean;
  readonly throw: boolean;
  readonly object: string;
  readonly className: string;
  readonly methodName: string;
  readonly params: readonly { readonly expand: number; readonly object?: unknown }[];
  readonly returnObj: string;
  readonly throwExp: string;
  readonly json: unknown;
}

const fragments = (results: readonly WireResult[]): Fragment[] =>
  hits(results, 'tt').flatMap(({ timeFragmentList }) => (timeFragmentList ?? []) as Fragment[]);
const text = (result: WireResult): string => renderResult(result, PLAIN_STYLE, 130) ?? '';
const RECORD = [
  ...['bytes', 'className', 'cost', 'index', 'json', 'methodName', 'object', 'params', 'return'],
  ...['returnObj', 'throw', 'throwExp', 'timestamp'],
];

let folder = '';
let MORE = '';
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'remora-tt-'));
  MORE = join(folder, 'tt-more.cjs');
  writeFileSync(
    MORE,
    `exports.steps = function* steps(n) { for (let i = 0; i < n; i++) yield i; return 'done ' + n; };
exports.slowSteps = async function* slowSteps(n) { for (let i = 0; i < n; i++) { await null; yield i; } return 'slowly done ' + n; };
exports.Point = class Point { static made = 0; constructor(x) { this.x = x; Point.made += 1; } };
`,
  );
});
after(() => rmSync(folder, { recursive: true, force: true }));

describe('tt', { concurrency: 5 }, () => {
  for (const node of nodeMajors) {
    it(`keeps calls of every kind on Node ${node}`, async (t) => {
      const at = await observed(t, node, ['read', 'observe', 'change']);
      await kinds(at);
    });
  }

  it('shapes, searches, expressions, replays, deletion, faults', async (t) => {
    const at = await observed(t, 22, ['read', 'observe', 'change']);
    await t.test('wrong use', () => wrongUse(at));
    await t.test('shapes of the sheet', () => shapes(at));
    await t.test('search and expressions', () => searches(at));
    await t.test('replay', () => replays(at));
    await t.test('values that bite, and secrets', () => hostile(at));
    await t.test('deletion and reset', () => deletion(at));
  });
});

/** A function, a method, a promise, a rejection. */
async function kinds(at: Observed): Promise<void> {
  const results = await at.observe(
    'tt -t observed.cjs "api.later|api.add|Cart.add" -E -n 4',
    'return api.add(1, 2)',
    'return api.cart.add("a", 1)',
    'return api.later(20, "x")',
    'try { await api.later(1, "reject") } catch (error) { return error.message }',
  );
  assert.equal(statusOf(results).statusCode, 0, JSON.stringify(results));
  // They come in the order in which they ended.
  const one = (name: string, threw = false) =>
    fragments(results).find((each) => each.methodName === name && each.throw === threw);
  const [add, cart, later, rejected] = [one('api.add'), one('add'), one('api.later'), one('api.later', true)];
  assert.deepEqual(
    [add, cart, later, rejected].map((each) => [each?.methodName, each?.return, each?.throw]),
    [
      ['api.add', true, false],
      ['add', true, false],
      ['api.later', true, false],
      ['api.later', false, true],
    ],
  );
  assert.ok(Number(later?.settle) >= 15, JSON.stringify(later));
  assert.deepEqual(later?.json, { value: 'x' });
  assert.equal(rejected?.returnObj, 'null');
  assert.match(rejected?.throwExp ?? '', /it was rejected/);
  assert.match(cart?.object ?? '', /^0x[0-9a-f]{8}$/);
  // The functions are what they were; the calls are still there.
  assert.deepEqual(await at.run('return api.changed()'), ['did []']);
  const replayed = hits(await at.exec(`tt -i ${cart?.index} -p`), 'tt')[0]?.replayResult as Fragment;
  assert.equal(replayed.json, 2, 'the cart had one item');
  const again = hits(await at.exec(`tt -i ${later?.index} -p`), 'tt')[0]?.replayResult as Fragment;
  assert.deepEqual(again.json, { value: 'x' });
  assert.ok(Number(again.settle) >= 15);
  const thrown = hits(await at.exec(`tt -i ${rejected?.index} -p`), 'tt')[0]?.replayResult as Fragment;
  assert.equal(thrown.throw, true);
  assert.deepEqual(await at.run('return api.cart.items.length'), ['did 2']);
  await lasting(at);
}

/** A generator's call ends with its iterator; of a class the call is the `new`. */
async function lasting(at: Observed): Promise<void> {
  await at.run(`api.more = require(${JSON.stringify(MORE)}); return 1`);
  const results = await at.observe(
    'tt -t .*tt-more.cjs "steps|slowSteps|Point.constructor" -E -n 3',
    'return [...api.more.steps(2)]',
    'const all = []; for await (const one of api.more.slowSteps(2)) all.push(one); return all',
    'return new api.more.Point(3).x',
  );
  const by = (name: string) => fragments(results).find(({ methodName }) => methodName === name);
  assert.equal(by('steps')?.json, 'done 2', JSON.stringify(results));
  assert.equal(by('slowSteps')?.json, 'slowly done 2');
  const made = by('Point.constructor') ?? by('constructor');
  assert.match(made?.object ?? '', /^0x/);
  const again = hits(await at.exec(`tt -i ${made?.index} -p -x 2`), 'tt')[0]?.replayResult as Fragment;
  assert.equal((again.json as { x: number }).x, 3, JSON.stringify(again));
  assert.deepEqual(await at.run('return api.more.Point.made'), ['did 2']);
  const iterator = hits(await at.exec(`tt -i ${by('steps')?.index} -p`), 'tt')[0]?.replayResult as Fragment;
  // It makes an iterator, which nobody asks.
  assert.deepEqual([iterator.throw, iterator.returnObj], [false, '@Object[isEmpty=true;size=0]']);
}

async function wrongUse(at: Observed): Promise<void> {
  const said = async (line: string) => {
    const { statusCode, message } = statusOf(await at.exec(line));
    return [statusCode, String(message)] as const;
  };
  const usage = await said('tt');
  assert.equal(usage[0], 1);
  assert.match(
    usage[1],
    /IllegalArgumentException.*Argument\(s\) is\/are expected, type 'help tt' to read usage/,
  );
  assert.match((await said('tt -p'))[1], /Time fragment index is expected, please type -i to specify/);
  assert.match((await said('tt -d'))[1], /Time fragment index is expected/);
  assert.match((await said('tt -w params'))[1], /Time fragment index is expected/);
  assert.match((await said('tt -t'))[1], /Class-pattern is expected/);
  assert.match((await said('tt -t observed.cjs'))[1], /Method-pattern is expected/);
  for (const line of ['tt -i 1000', 'tt -i 1000 -p', 'tt -i 1000 -d', 'tt -i 1000 -w params']) {
    assert.deepEqual(await said(line), [1, 'Time fragment[1000] does not exist.'], line);
  }
  assert.deepEqual(fragments(await at.exec('tt -l')), []);
  assert.equal(first(await at.exec('tt -s true'), 'row_affect').rowCount, 0);
}

async function shapes(at: Observed): Promise<void> {
  const results = await at.observe(
    'tt -t observed.cjs Cart.add "params[1] != 3" -n 3',
    'return api.cart.add("a", 1)',
    'return api.cart.add("skipped", 3)',
    'return api.cart.add("b", 2)',
    'return api.cart.add("c", -1)',
  );
  const shown = hits(results, 'tt');
  assert.deepEqual(
    shown.map(({ first: isFirst, timeFragmentList }) => [isFirst, (timeFragmentList as Fragment[]).length]),
    [
      [true, 1],
      [false, 1],
      [false, 1],
    ],
  );
  const [one, two, three] = fragments(results);
  assert.deepEqual(Object.keys(one ?? {}).sort(), RECORD);
  assert.deepEqual([one?.index, two?.index, three?.index], [1000, 1001, 1002]);
  assert.equal(one?.object, two?.object);
  assert.deepEqual(one?.params, [
    { expand: 1, object: 'a' },
    { expand: 1, object: 1 },
  ]);
  assert.deepEqual(
    [one?.className, one?.methodName, one?.returnObj, one?.throwExp, three?.returnObj],
    ['observed.cjs:Cart', 'add', '@Number[1]', 'null', 'null'],
  );
  assert.match(three?.throwExp ?? '', /^RangeError: cannot add -1\n {4}at Cart\.add/);
  assert.match(one?.timestamp ?? '', /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/);

  const listed = await at.exec('tt -l');
  assert.equal(hits(listed, 'tt')[0]?.first, true);
  assert.deepEqual(
    fragments(listed).map(({ index }) => index),
    [1000, 1001, 1002],
  );
  assert.equal(first(listed, 'row_affect').rowCount, 3);
  assert.match(messages(listed), /3 records hold about/);
  assert.match(
    listed.map(text).join('\n'),
    /^INDEX {3}TIMESTAMP.*CLASS.*METHOD\n1000 .* true {4}false {3}0x0000000\d {2}observed\.cjs:Cart {6,}add\n1001 /,
  );

  const [detail] = hits(await at.exec('tt -i 1002 -x 2'), 'tt');
  assert.deepEqual(Object.keys(detail ?? {}), ['expand', 'jobId', 'timeFragment', 'type']);
  assert.equal(detail?.expand, 2);
  assert.match(text(detail as WireResult), /PARAMETERS\[0\] +@String\[c\][\s\S]*THROW-EXCEPTION +RangeError/);
}

async function searches(at: Observed): Promise<void> {
  const some = await at.exec('tt -s "params[1] > 1"');
  assert.deepEqual(
    fragments(some).map(({ index }) => index),
    [1001],
  );
  assert.equal(first(some, 'row_affect').rowCount, 1);
  assert.deepEqual(
    fragments(await at.exec('tt -s \'isThrow && throwExp.message == "cannot add -1"\'')).map(
      ({ index }) => index,
    ),
    [1002],
  );
  const watched = hits(await at.exec("tt -s 'method.name == \"add\"' -w 'params[0]'"), 'tt')[0];
  assert.deepEqual(watched?.watchResults, { 1000: '@String[a]', 1001: '@String[b]', 1002: '@String[c]' });
  assert.equal(watched?.expand, 1);
  const one = hits(await at.exec("tt -i 1001 -w '{params[0], returnObj, target.owner}' -M 5000"), 'tt')[0];
  assert.match(
    String(one?.watchValue),
    /^@Array\[\n {4}@String\[b\],\n {4}@Number\[\d\],\n {4}@String\[eve\],\n\]$/,
  );
  assert.equal(one?.sizeLimit, 5000);
  // Live: what the receiver is now.
  await at.run('api.cart.owner = "mallory"');
  const now = hits(await at.exec('tt -i 1001 -w target.owner'), 'tt')[0];
  assert.equal(now?.watchValue, '@String[mallory]');
  const failed = statusOf(await at.exec("tt -i 1001 -w 'returnObj.a.b'"));
  assert.equal(failed.statusCode, -1);
  assert.match(
    String(failed.message),
    /^tt failed, condition is: null, express is: returnObj\.a\.b, TypeError/,
  );
  const none = statusOf(await at.exec("tt -s 'params[9].x > 1'"));
  assert.equal(none.statusCode, -1);
  const partly = await at.exec("tt -s 'throwExp.message.length > 3'");
  assert.deepEqual(
    fragments(partly).map(({ index }) => index),
    [1002],
  );
  assert.match(messages(partly), /failed on 2 of 3 records/);
  assert.match(
    String(statusOf(await at.exec("tt -i 1001 -w 'params[0] = 1'")).message),
    /not allowed in an expression/,
  );
}

async function replays(at: Observed): Promise<void> {
  const before = (await at.run('return api.cart.items.length'))[0];
  assert.equal(before, 'did 3');
  const results = await at.exec('tt -i 1000 -p --replay-times 3 --replay-interval 20');
  const runs = hits(results, 'tt');
  assert.deepEqual(
    runs.map(({ replayNo, expand, replayResult }) => [replayNo, expand, (replayResult as Fragment).json]),
    [
      [1, 1, 4],
      [2, 1, 5],
      [3, 1, 6],
    ],
  );
  assert.match(messages(results), /what the function did cannot be undone/);
  assert.deepEqual(await at.run('return api.cart.items.map(({ name }) => name).join()'), [
    'did "a,skipped,b,a,a,a"',
  ]);
  const threw = hits(await at.exec('tt -i 1002 -p'), 'tt')[0]?.replayResult as Fragment;
  assert.equal(threw.throw, true);
  assert.match(String(statusOf(await at.exec('tt -i 1000 -p --replay-times 101')).message), /tunnel-replays/);
}

async function hostile(at: Observed): Promise<void> {
  const results = await at.observe(
    'tt -t observed.cjs "api.(strange|login)" -E -n 2 -x 3',
    'return Object.keys(api.strange()).length',
    'return api.login("eve", "hunter2secret").ok',
  );
  assert.equal(statusOf(results).statusCode, 0, JSON.stringify(results).slice(0, 2000));
  const all = JSON.stringify([results, await at.exec('tt -l -x 3'), await at.exec('tt -i 1004 -x 3')]);
  assert.match(all, /"@type":"Proxy"/);
  assert.match(all, /"@cycle":1/);
  assert.doesNotMatch(all, /hunter2secret|topsecret-token/);
  const [login] = fragments(results).slice(-1);
  assert.deepEqual(
    login?.params.map(({ object }) => object),
    ['eve', '***'],
  );
  await at.exec("tt -s 'returnObj != null' -w returnObj -x 4");
  assert.deepEqual(await at.run('return api.traps.reads'), ['did 0']);
}

async function deletion(at: Observed): Promise<void> {
  const one = await at.exec('tt -i 1001 -d');
  assert.equal(first(one, 'message').message, 'Time fragment[1001] successfully deleted.');
  assert.equal(first(one, 'row_affect').rowCount, 1);
  assert.match(String(statusOf(await at.exec('tt -i 1001')).message), /does not exist/);
  // Of one class only.
  await at.exec('reset observed.cjs:Cart');
  assert.ok(fragments(await at.exec('tt -l')).every(({ className }) => className === 'observed.cjs'));
  assert.equal(fragments(await at.exec('tt -l')).length, 2);
  const all = await at.exec('tt --delete-all');
  assert.equal(first(all, 'message').message, 'Time fragments are cleaned.');
  assert.equal(first(all, 'row_affect').rowCount, 2);
  const more = await at.observe('tt -t observed.cjs api.add -n 1', 'return api.add(1, 1)');
  assert.equal(fragments(more)[0]?.index, 1005, 'an index is never given twice');
  await at.exec('reset');
  await eventually(async () => fragments(await at.exec('tt -l')).length === 0, { what: 'an empty store' });
}
