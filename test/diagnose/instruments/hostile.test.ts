/** Expressions that throw, loop, are huge, or are garbage, asked at calls of a live process: it answers, and goes on. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { isStatus } from '../support/liveSession.js';
import { hits, messages, type Observed, observed, statusOf } from './support/observed.js';

const SEED = 20261122;
const AT_ONCE = 8;

/** What each comes to: a hit, or an end with a word. */
const HOSTILE: readonly string[] = [
  'params[',
  'nosuch',
  'new Date()',
  '@a.B@c',
  'params[9].a.b.c',
  'params[0]()',
  'target.nothing()',
  'throwExp.stack.length',
  '[..."x".repeat(9999)].map((a) => [..."y".repeat(999)].length)',
  '"x".repeat(1000000)',
  '"x".repeat(100000000)',
  '"x".repeat(1000000).split("").length',
  '"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!".replace(/a*a*a*b/, "")',
  'JSON.stringify(globalThis)',
  'globalThis',
  'process.env',
  'module("observed.cjs").strange',
  'target.traps',
  'Object.keys(globalThis).map((key) => globalThis[key])',
  '[1,2,3].reduce((a, b) => a + b)',
  '1n ** 99999n',
  '2 ** 99999',
  'params.constructor.constructor("return process")()',
  'process.exit(1)',
  'globalThis.process.kill(process.pid)',
  'params.push(1)',
  'params.sort()',
  'Reflect.ownKeys(params)',
  'Symbol.iterator in params',
  'params instanceof Array',
  'typeof nothing',
  'params[0] / 0',
  '{}',
  '[]',
  '#{}',
  '""',
  'undefined',
  'null.x',
  '(1, 2)',
  `${'['.repeat(90)}1${']'.repeat(90)}`,
  `params${'.a'.repeat(300)}`,
  `${'params[0] + '.repeat(60)}1`,
];

const word = fc.constantFrom(
  'params',
  'target',
  'returnObj',
  'cost',
  'params[0]',
  'target.cart',
  'Math.max',
  'process',
);
const { tree } = fc.letrec<{ tree: string }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small' },
    word,
    fc.integer().map(String),
    fc.tuple(tie('tree'), fc.constantFrom('owner', 'length', 'items', 'x')).map(([a, b]) => `${a}.${b}`),
    fc
      .tuple(tie('tree'), fc.constantFrom('map', 'at', 'slice', 'toFixed', 'add'))
      .map(([a, b]) => `${a}?.${b}(1)`),
    fc
      .tuple(tie('tree'), fc.constantFrom('+', '-', '==', '<', '??', 'and', 'in', 'instanceof'), tie('tree'))
      .map((parts) => `(${parts.join(' ')})`),
    fc.array(tie('tree'), { minLength: 1, maxLength: 3 }).map((items) => `{${items.join(', ')}}`),
    fc.tuple(tie('tree'), tie('tree')).map(([a, b]) => `{a: ${a}, b: ${b}}`),
    tie('tree').map((a) => `params.map((each) => ${a})`),
  ) as fc.Arbitrary<string>,
}));

/** As one word of a command line; the texts here have no single quotes and no backslashes. */
const quoted = (text: string): string => (text.includes("'") ? `"${text}"` : `'${text}'`);

async function each<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const workers = Array.from({ length: AT_ONCE }, async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  });
  await Promise.all(workers);
}

it('hostile expressions', async (t) => {
  const at = await observed(t, 22);
  await t.test('as express and as condition', () => survive(at));
  await t.test('more than a record may hold', () => tooMuch(at));
  await t.test('nothing is left, and nothing was disturbed', async () => {
    assert.deepEqual(await at.run('return [api.changed(), api.traps.reads, api.tick(7)]'), ['did [[],0,1]']);
  });
});

async function survive(at: Observed): Promise<void> {
  const process = String(at.process.pid);
  const random = fc.sample(tree, { seed: SEED, numRuns: 25 });
  const lines = [
    ...HOSTILE.map((text) => `watch observed.cjs api.tick ${quoted(text)} -n 1 --timeout 1`),
    ...HOSTILE.slice(0, 12).map(
      (text) => `monitor observed.cjs api.tick ${quoted(text)} -c 1 -n 1 --timeout 2`,
    ),
    ...random.map((text) => `watch observed.cjs api.tick params ${quoted(text)} -n 1 -b --timeout 1`),
    ...random.map((text) => `watch observed.cjs api.tick ${quoted(text)} -n 1 -x 2 --timeout 1`),
  ];
  const ends = { hit: 0, refused: 0, failed: 0, never: 0 };
  await each(lines, async (line) => {
    const answer = await at.bench.exec(line, { process, execTimeout: 15_000 });
    assert.equal(answer.state, 'SUCCEEDED', `${line}\n${JSON.stringify(answer).slice(0, 1000)}`);
    const results = answer.body?.results ?? [];
    const { statusCode, message = '' } = statusOf(results);
    if (hits(results).length + hits(results, 'monitor').length > 0) ends.hit += 1;
    else if (/is not taken/.test(String(message))) ends.refused += 1;
    else if (statusCode === -1) ends.failed += 1;
    else ends.never += 1;
    if (statusCode !== 0) assert.ok(String(message).length > 10, JSON.stringify(results));
  });
  for (const [kind, count] of Object.entries(ends)) assert.ok(count >= 3, `${kind} ${JSON.stringify(ends)}`);
  assert.equal(at.bench.faults.length, 0, String(at.bench.faults[0]));
}

async function tooMuch(at: Observed): Promise<void> {
  const big = await at.observe(
    'watch observed.cjs api.wide returnObj -x 4 -n 1 -M 5000000',
    'return api.wide(200).length',
  );
  assert.equal(statusOf(big).statusCode, 0, JSON.stringify(big).slice(0, 500));
  assert.equal(hits(big).length, 1);
  await at.begin("watch observed.cjs api.later 'returnObj' -n 1");
  await at.run('return api.later(0, "x".repeat(3e6)).then(() => 1)');
  const [hit] = hits(await at.until(isStatus));
  assert.match(String(hit?.value), /\.\.\. \(3000000 characters\)/);
  assert.ok(String(hit?.value).length < 70_000, String(hit?.value).slice(0, 200));
  assert.ok(!/internal-fault/.test(messages(big)));
}
