/** Functions of real processes, replaced and put back by the command. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { PLAIN_STYLE, renderResult } from '../../../src/diagnose/index.js';
import { instrumentsOf } from '../../../src/target/index.js';
import { eventually, nodeMajors } from '../../support/index.js';
import type { TestLike } from '../../target/attach/attaching.js';
import type { WireResult } from '../support/bench.js';
import { first, type Live, live } from '../support/liveSession.js';
import { type Ask, asking } from './support/asking.js';
import { messages, statusOf } from './support/observed.js';
import { buildOrders, FORMATS } from './support/ordersApp.js';

const KINDS = { file: 'copies/kinds.cjs' };

interface Program extends Live {
  readonly ask: Ask;
  /** Runs the command while the line is evaluated again and again, as traffic would. */
  during(command: string, line: string): Promise<WireResult[]>;
}

async function program(
  t: TestLike,
  node: 20 | 22 | 24 | 26,
  options: { readonly file: string },
): Promise<Program> {
  const at = await live(t, node, options, ['read', 'observe', 'change']);
  const ask = asking(at.process);
  return {
    ...at,
    ask,
    async during(command, line) {
      const results = at.exec(command);
      let isOver = false;
      void results.finally(() => {
        isOver = true;
      });
      while (!isOver) await ask(line);
      return await results;
    },
  };
}

const idsOf = (results: readonly WireResult[]): number[] =>
  (first(results, 'retransform').ids ?? []) as number[];

interface Kind {
  readonly name: string;
  readonly source: string;
  readonly call: string;
  readonly before: unknown;
  readonly after: unknown;
}

const CASES: readonly Kind[] = [
  {
    name: 'plain',
    source: 'function plain(n) { counter += 0; return Math.max(n, 1) * rate * 100; }',
    call: 't.plain(3)',
    before: 6,
    after: 600,
  },
  {
    name: 'fixed',
    source: 'const fixed = (n) => n + rate * 1000;',
    call: 't.fixed(3)',
    before: 5,
    after: 2003,
  },
  {
    name: 'named',
    source: 'function again(n) { return n <= 0 ? 100 : 1 + again(n - 1); }',
    call: 't.named(3)',
    before: 3,
    after: 103,
  },
  {
    name: 'Made',
    source: 'function Made(n) { this.n = n * 10; this.by = new.target === Made; }',
    call: '[new t.Made(3).n, new t.Made(2).by, new t.Made(1) instanceof t.Made, new t.Made(4).get()]',
    before: [3, true, true, 4],
    after: [30, true, true, 40],
  },
  {
    name: 'counts',
    source: 'function* counts(n) { yield "x"; yield n; }',
    call: '[...t.counts(2)]',
    before: [0, 1],
    after: ['x', 2],
  },
  {
    name: 'Cart.greet',
    source: 'greet(name) { return `${super.greet(name)} ${this.#secret}`; }',
    call: 'new t.Cart().greet("z")',
    before: 'hello z!',
    after: 'hello z 7',
  },
  {
    name: 'Cart.kind',
    source: 'static kind() { return `CART ${super.kind()}`; }',
    call: 't.Cart.kind()',
    before: 'cart of base',
    after: 'CART base',
  },
  {
    name: 'Cart.later',
    source: 'async later(n) { await null; return this.#secret * n; }',
    call: 'new t.Cart().later(3)',
    before: 10,
    after: 21,
  },
  {
    name: 'table.size',
    source: 'get size() { return 500; }',
    call: 't.table.size',
    before: 1,
    after: 500,
  },
  {
    name: 'thrower',
    source: 'function thrower(text) { throw new RangeError(text + "!"); }',
    call: 't.thrower("x")',
    before: 'threw TypeError: x',
    after: 'threw RangeError: x!',
  },
];

describe('retransform', { concurrency: 4 }, () => {
  for (const node of nodeMajors) {
    it(`every kind, there and back, on Node ${node}`, async (t) => {
      const at = await program(t, node, KINDS);
      await at.ask('{ t.was = [t.plain, t.Made, t.Cart.prototype.greet, t.table]; 0 }');
      const identity =
        '[t.plain === t.was[0], t.Made === t.was[1], t.Cart.prototype.greet === t.was[2], String(t.plain).length]';
      const same = await at.ask(identity);
      for (const { name, source, call, before, after } of CASES) {
        assert.deepEqual(await at.ask(call), before, name);
        const results = await at.during(`retransform kinds.cjs ${name} --source '${source}'`, call);
        assert.equal(statusOf(results).statusCode, 0, JSON.stringify(results));
        assert.match(messages(results), /in force/, name);
        assert.deepEqual(await at.ask(call), after, name);
      }
      const { retransformEntries } = first(await at.exec('retransform -l'), 'retransform');
      const entries = retransformEntries as { id: number; state: string; transformCount: number }[];
      assert.deepEqual(
        entries.map(({ state }) => state),
        CASES.map(() => 'in-force'),
      );
      assert.ok(entries.every(({ transformCount }) => transformCount > 0));
      assert.equal(
        await at.ask('String(t.plain).length'),
        (same as unknown[]).at(-1),
        'its text is still the old one',
      );
      await at.exec('retransform -d 1');
      assert.deepEqual(await at.ask((CASES[0] as Kind).call), (CASES[0] as Kind).before);
      assert.match(messages(await at.exec('retransform --deleteAll')), /9 functions were put back/);
      for (const { name, call, before } of CASES) assert.deepEqual(await at.ask(call), before, name);
      assert.deepEqual(await at.ask(identity), same, 'the very functions are back');
      assert.doesNotMatch(at.process.stderr(), /remora|SyntaxError/);
    });
  }

  for (const format of FORMATS)
    it(`TypeScript by ${format}: a function, and a whole file`, (t) => compiled(t, format));

  it('says beforehand what cannot be, and touches nothing', async (t) =>
    refusals(await program(t, 22, KINDS)));
  it('two of one function; expiry, reset, watch', async (t) => lives(await program(t, 24, KINDS)));
  it('a server under load never gives a wrong answer', loaded);
});

async function compiled(t: TestLike, format: (typeof FORMATS)[number]): Promise<void> {
  const app = await buildOrders(t, format);
  const at = await program(t, 22, { file: app.file });
  const price = 't.orders.price({ cents: 100, count: 1 })';
  const all = `[${price}, t.feeOf(1), t.fileOf("/a/b"), t.handlers.show(3), t.handlers.double(3)]`;
  const before = [205, 6, 'b', 'cents 3', 'cents 6'];
  assert.deepEqual(await at.ask(all), before);
  const source =
    'price(line: Line): number { sold += 1; this.#count += 10; return rounded(line.cents * rate) * 100 + FEE + withFee(1); }';
  const one = await at.during(`retransform orders.ts Orders.price --source '${source}'`, price);
  assert.match(messages(one), /Orders price is in force/, JSON.stringify(one));
  assert.equal(await at.ask(price), 20_011);
  await at.ask('t.setRate(3)');
  assert.equal(await at.ask(price), 30_011, 'an import is the binding, not its value');
  await at.ask('t.setRate(2)');
  assert.ok(Number(await at.ask('t.orders.count')) > 20);
  await at.exec('retransform --deleteAll');

  const file = join(app.sources, 'orders.ts');
  const text = readFileSync(file, 'utf8');
  const edited = `${text
    .replace('+ FEE;\n  }', '+ FEE + 1000;\n  }')
    .replace('cents + FEE;', 'cents + FEE * 2; // doubled')
    .replace('const FEE = 5', 'const FEE = 6')
    .replace('return `$', 'return `NEW $')
    .replace(
      'basename(path)',
      'basename(path)\n      .concat("!")',
    )}\nexport function brandNew(): number {\n  return 1;\n}\n`;
  writeFileSync(file, edited);
  const whole = await at.during(`retransform ${file} --wait 10`, all);
  const { functions } = first(whole, 'retransform') as unknown as { functions: { methodName: string }[] };
  assert.deepEqual(
    functions.map(({ methodName }) => methodName).sort(),
    ['<anonymous>@orders.ts:43', 'fees.file', 'price', 'routes', 'withFee'],
    JSON.stringify(whole),
  );
  const said = messages(whole);
  assert.match(said, /cannot be replaced|only functions that are there can be replaced: brandNew/);
  if (!format.includes('CommonJS') || format.includes('bundle')) assert.match(said, /line 4: const FEE = 6/);
  else assert.match(said, /does not hold what was compiled/);
  assert.match(said, /not in force yet, since no call has come: \S+ routes/);
  assert.deepEqual(await at.ask(all), [1205, 11, 'b!', 'NEW cents 3', 'cents 6']);
  const again = await at.exec(`retransform ${file} --classPattern nothing-fits`);
  assert.equal(statusOf(again).statusCode, -1);
  await at.exec('retransform --deleteAll');
  assert.deepEqual(await at.ask(all), before);
}

async function refusals(at: Program): Promise<void> {
  const cases: readonly [string, number, RegExp][] = [
    [
      "kinds.cjs plain --source 'function plain(n) { return nobody + n; }'",
      -1,
      /uses nobody, which neither .* --force/,
    ],
    [
      "kinds.cjs plain --source 'function plain(n) { return n +; }'",
      -1,
      /does not parse: .*line 1, column 31/,
    ],
    ["kinds.cjs plain --source 'function* plain(n) { }'", -1, /it is no generator/],
    ["kinds.cjs plain --source '(n) => this.x'", -1, /arrow function has no `this`/],
    ["kinds.cjs plain --source '5'", -1, /it is no function/],
    [
      "kinds.cjs plain --source 'function plain(n) { return kept; }'",
      -1,
      /kept: no function of the module uses it/,
    ],
    ["kinds.cjs plain --source 'function plain(n) { return import.meta.resolve(n); }'", -1, /import\.meta/],
    [
      "kinds.cjs wide --source 'function wide() { return a; }'",
      -1,
      /a: it means a variable around the function/,
    ],
    ["kinds.cjs Cart.constructor --source 'constructor() {}'", -1, /class constructor cannot be compiled/],
    ["kinds.cjs Cart.#hidden --source '#hidden() { return 1; }'", -1, /slot of a private method/],
    ["kinds.cjs Cart.peek --source 'peek() { return this.#nothing; }'", -1, /#nothing is no private name/],
    ["kinds.cjs Cart.first --source 'get first() { return 1; }'", -1, /means 2 functions/],
    ["kinds.cjs plainn --source 'function plainn() {}'", -1, /did you mean plain/],
    ["globalThis JSON.parse --source 'function parse() {}'", -1, /built into Node\.js or V8/],
    ['kinds.cjs plain', -10, /'plain' is no file/],
    ["kinds.cjs plain --source 'x' --file y", -10, /use one of them/],
    ['kinds.cjs plain --base64 --source "%%%"', -10, /no base64/],
    ['/no/such/file.js', -1, /no such file|ENOENT/],
    ['-d 77', -1, /There is no entry 77; nothing is replaced/],
    ['-c 1a2b kinds.cjs', -10, /of the JVM alone/],
  ];
  const before = await at.ask('[t.plain(1), String(t.plain)]');
  for (const [args, statusCode, why] of cases) {
    const status = statusOf(await at.exec(`retransform ${args}`));
    assert.match(String(status.message), why, args);
    assert.equal(status.statusCode, statusCode, args);
  }
  assert.deepEqual(await at.ask('[t.plain(1), String(t.plain)]'), before);
  const text = renderResult(first(await at.exec('retransform'), 'retransform'), PLAIN_STYLE, 100);
  assert.equal(text, 'Nothing is replaced.');
  // What is no harm: a name that is asked for, one that comes later by --force, base64 with line breaks.
  const source = Buffer.from('function plain(n) {\n  return typeof nobody + later;\n}\n').toString('base64');
  const forced = await at.during(
    `retransform kinds.cjs plain --base64 --source ${source} --force`,
    't.plain(1)',
  );
  assert.match(messages(forced), /is in force/);
  assert.match(String(await at.ask('t.plain(1)')), /ReferenceError: later is not defined/);
}

async function lives(at: Program): Promise<void> {
  const make = (text: string) => `function plain(n) { return '${text} ' + n * rate; }`;
  const replace = (text: string, more = '') =>
    at.during(`retransform kinds.cjs plain --source "${make(text)}" ${more}`, 't.plain(1)');
  const [one] = idsOf(await replace('one'));
  const second = await replace('two');
  const [two] = idsOf(second);
  assert.equal(await at.ask('t.plain(1)'), 'two 2');
  const table = renderResult(first(await at.exec('retransform -l'), 'retransform'), PLAIN_STYLE, 120) ?? '';
  assert.match(table, /ID +FUNCTION +STATE/);
  assert.match(table, /kinds\.cjs plain +in-force +1/);
  const watched = at.exec("watch kinds.cjs plain '{params[0], returnObj}' -n 1");
  await eventually(async () => (await at.ask('t.plain(4)')) === 'two 8' && (await isDone(watched)), {
    what: 'a watched call',
    timeoutMs: 10_000,
  });
  assert.deepEqual((first(await watched, 'watch').json as unknown[])[1], 'two 8');
  assert.equal(await at.ask('t.plain(1)'), 'two 2', 'the end of the watch leaves it replaced');
  await at.exec(`retransform -d ${two}`);
  assert.equal(await at.ask('t.plain(1)'), 'one 2', 'the one before is in force again');
  const instruments = instrumentsOf(await at.target());
  const [plain] = await instruments.find({ module: 'kinds.cjs', name: 'plain', regex: false }, { most: 1 });
  assert.ok(plain);
  const traced = {
    text: '(n) => n',
    isStrict: true,
    usesSuper: false,
    when: 'observed',
    holder: 'trace',
  } as const;
  await assert.rejects(instruments.copy(plain, traced), /runs another source \(retransform 1\)/);
  await at.exec(`retransform -d ${one}`);
  assert.equal(await at.ask('t.plain(1)'), 2);

  const timed = await replace('timed', '--lifetime 2');
  assert.match(messages(timed), /put back after 2 s/);
  assert.equal(await at.ask('t.plain(1)'), 'timed 2');
  await eventually(async () => (await at.ask('t.plain(1)')) === 2, {
    what: 'its lifetime to end',
    timeoutMs: 10_000,
  });
  assert.match(
    messages(await at.exec('retransform -l')),
    /plain\) was put back \d+ s ago: its lifetime is over/,
  );

  const trace = await instruments.copy(plain, traced);
  const refused = await at.exec(`retransform kinds.cjs plain --source "${make('traced')}"`);
  assert.match(String(statusOf(refused).message), /it is traced \(trace\): end that first/);
  await trace.drop();

  await replace('reset');
  const held = first(await at.exec('session'), 'session').processes as { holders: string[] }[];
  assert.ok(
    held[0]?.holders.some((holder) => /^retransform \d/.test(holder)),
    JSON.stringify(held),
  );
  await at.exec('reset');
  assert.equal(await at.ask('t.plain(1)'), 2);
  assert.match(messages(await at.exec('retransform -l')), /put back \d+ s ago: /);
  assert.equal(first(await at.exec('retransform -l'), 'retransform').retransformCount, 0);
  await replace('left');
  assert.equal(await at.ask('t.plain(1)'), 'left 2');
  await (await at.target()).letGo('the test says so');
  assert.equal(await at.ask('t.plain(1)'), 2);
}

async function isDone(promise: Promise<unknown>): Promise<boolean> {
  return await Promise.race([
    promise.then(() => true),
    new Promise<false>((done) => setTimeout(done, 20, false)),
  ]);
}

async function loaded(t: TestLike): Promise<void> {
  const at = await live(t, 22, { file: 'copies/server.cjs' }, ['read', 'observe', 'change']);
  const versions = new Map<number, number>();
  let isOver = false;
  const client = async (): Promise<void> => {
    for (let n = 0; !isOver; n = (n + 1) % 1000) {
      const response = await fetch(`http://127.0.0.1:${at.process.port}/?n=${n}`);
      const answer = (await response.json()) as { v: number; n: number; cents: number };
      const factor = answer.v === 1 ? 3 : 300;
      assert.deepEqual(answer, { v: answer.v, n, cents: n * factor });
      versions.set(answer.v, (versions.get(answer.v) ?? 0) + 1);
    }
  };
  const clients = Promise.all([client(), client(), client(), client()]);
  const seen = async (v: number): Promise<void> => {
    versions.clear();
    await eventually(() => (versions.get(v) ?? 0) > 20, {
      what: `answers of version ${v}`,
      timeoutMs: 10_000,
    });
  };
  await seen(1);
  for (let round = 0; round < 3; round++) {
    for (const [name, source] of [
      ['priced', 'function priced(n) { return { v: 2, n, cents: n * rate * 100 }; }'],
      ['Desk.answer', 'async answer(n) { this.#calls += 2; await null; await null; return priced(n); }'],
    ]) {
      const results = await at.exec(`retransform server.cjs ${name} --source '${source}'`);
      assert.match(messages(results), /is in force/, JSON.stringify(results));
    }
    await seen(2);
    await at.exec('retransform --deleteAll');
    await seen(1);
    assert.equal(versions.get(2) ?? 0, 0, 'none of the new version after the end of the command');
  }
  isOver = true;
  await clients;
}
