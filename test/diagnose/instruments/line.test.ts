import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { build, type Format, type Loader, transformSync } from 'esbuild';
import { PLAIN_STYLE, renderResult } from '../../../src/diagnose/index.js';
import { nodeMajors, targetsFolder } from '../../support/index.js';
import type { WireResult } from '../support/bench.js';
import { hits, messages, type Observed, observed, statusOf } from './support/observed.js';

const SOURCE = join(targetsFolder, 'lines.ts');
const LINES = readFileSync(SOURCE, 'utf8').split('\n');
/** The line that holds a piece of text, from 1. */
const lineAt = (text: string, from = 0): number =>
  LINES.findIndex((each, at) => at >= from && each.includes(text)) + 1;
let folder = '';

/** Each form of one program, loaded by the same process. */
const FORMS = ['plain.cjs', 'plain.mjs', 'mapped.cjs', 'mapped.mjs', 'small.cjs'] as const;
type Form = (typeof FORMS)[number];
/** In which rarer shapes of code are tried as well. */
const ODD = new Set<Form>(['mapped.mjs', 'small.cjs']);

const text = (results: readonly WireResult[], type: string): string =>
  results
    .filter((result) => result.type === type)
    .map((result) => renderResult(result, PLAIN_STYLE, 120))
    .join('\n');

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'remora-lines-'));
  const source = readFileSync(SOURCE, 'utf8');
  const write = (form: Form, format: Format, sourcemap: 'inline' | false) => {
    const options = { loader: 'ts' as Loader, format, sourcemap, sourcefile: SOURCE, target: 'node20' };
    writeFileSync(join(folder, form), transformSync(source, options).code);
  };
  write('plain.cjs', 'cjs', false);
  write('plain.mjs', 'esm', false);
  write('mapped.cjs', 'cjs', 'inline');
  write('mapped.mjs', 'esm', 'inline');
  await build({
    entryPoints: [SOURCE],
    outfile: join(folder, 'small.cjs'),
    // With its syntax minified, variables that are read once would be gone.
    ...{ bundle: true, minifyWhitespace: true, minifyIdentifiers: true, sourcemap: true },
    ...{ format: 'cjs', platform: 'node', target: 'node20' },
  });
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** Loads a form in the process, as `api.at`. */
async function load(at: Observed, form: Form): Promise<void> {
  const path = JSON.stringify(join(folder, form));
  const line = form.endsWith('.mjs') ? `api.at = await import(${path})` : `api.at = require(${path})`;
  await at.run(
    `${line}; api.basket = new api.at.Basket("x"); api.basket.items.push({ name: "tea", price: 10 })`,
  );
}

/** How a line of the source is named in a form: without a map only the script's own lines are known. */
function position(form: Form, needle: string): string {
  if (!form.startsWith('plain')) return `${form}:${lineAt(needle)}`;
  const lines = readFileSync(join(folder, form), 'utf8').split('\n');
  return `${form}:${lines.findIndex((each) => each.includes(needle)) + 1}`;
}

const values = (results: readonly WireResult[]): unknown[] => hits(results, 'line').map(({ json }) => json);

describe('line', { concurrency: 5 }, () => {
  for (const node of nodeMajors) {
    it(`reads what is in scope, in every form, on Node ${node}`, async (t) => {
      const at = await observed(t, node);
      // Every form on the oldest and the newest; what differs between versions is V8, not the form.
      for (const form of FORMS.filter((each) => ODD.has(each) || node === 20 || node === 26)) {
        await t.test(form, async () => {
          await load(at, form);
          await scopes(at, form);
        });
      }
      await load(at, 'mapped.cjs');
      await t.test('a hot line', () => hot(at));
    });
  }

  it('positions, expressions, faults, lifetimes', async (t) => {
    const at = await observed(t, 22);
    await load(at, 'mapped.cjs');
    await t.test('list', () => lists(at));
    await t.test('options', () => options(at));
    await t.test('wrong use', () => wrongUse(at));
    await t.test('hostile values', () => hostile(at));
    await t.test('reset, interrupt, two at one line', () => ends(at));
  });
});

async function scopes(at: Observed, form: Form): Promise<void> {
  const of: Of = async (needle, more, ...calls) => {
    const results = await at.observe(`line ${position(form, needle)} ${more}`, ...calls);
    assert.equal(statusOf(results).statusCode, 0, `${form} ${needle}: ${JSON.stringify(results)}`);
    return values(results);
  };
  const total = 'return api.basket.total(undefined, 1, 2)';
  assert.deepEqual(await of('sum += taxed', '-x 3 -n 1', total), [
    [
      [{ '@type': 'undefined' }, 1, 2],
      {
        item: { name: 'tea', price: 10 },
        taxed: 12,
        sum: 0,
        coupon: { '@type': 'undefined' },
        rest: [1, 2],
      },
    ],
  ]);
  assert.deepEqual(
    await of(
      'calls += rest.length',
      '--express "{sum, this.label, rest, typeof calls, isLine}" -x 3 -n 1',
      total,
    ),
    [[12, 'x', [1, 2], 'number', true]],
  );
  // A name that looks like a secret, and the password itself.
  assert.deepEqual(await of('return coupon ===', '--express password -n 1', total), ['***']);
  assert.deepEqual(await of('return coupon ===', '--express "localVarMap.password.length" -n 1', total), [6]);
  // A closure: what V8 has kept of the function around it, not what it has not.
  assert.deepEqual(
    await of(
      'return inside',
      '--express "{localVarMap, params}" -x 3 -n 1',
      'return api.at.outer(5).inner(1)',
    ),
    [[{ inside: 11, add: 1, kept: 10 }, [1]]],
  );
  assert.deepEqual(await of('return after', '--express "{before, after}" -n 1', 'return api.at.slow(3)'), [
    [4, '4'],
  ]);
  // Calls are what they were, and their results too.
  assert.deepEqual(await at.run(total, 'return api.at.outer(5).inner(1)', 'return api.at.slow(1)'), [
    ...['did 12', 'did 11', 'did "2"'],
  ]);
  if (ODD.has(form)) await oddScopes(at, of);
}

type Of = (needle: string, more: string, ...calls: string[]) => Promise<unknown[]>;

async function oddScopes(at: Observed, of: Of): Promise<void> {
  assert.deepEqual(
    await of(
      'yield doubled',
      '--condition "step > 0" --express "{step, doubled}" -n 2',
      'return [...api.at.steps(4)]',
    ),
    [
      [1, 2],
      [2, 4],
    ],
  );
  // Not initialised yet, in a block that was not entered.
  assert.deepEqual(await of('const later', '--express localVarMap -n 1', 'return api.at.early(-1)'), [
    { value: -1 },
  ]);
  const make = 'api.made = new api.at.Derived(4); return api.made.label';
  // Before super() there is no `this`.
  assert.deepEqual(await of('super(', '--express "{beforeSuper, this, amount}" -n 1', make), [
    [5, { '@type': 'undefined' }, 4],
  ]);
  assert.deepEqual(await of('this.items.push', '--express "{afterSuper, this.label}" -n 1', make), [
    ['d5', 'd5'],
  ]);
  assert.deepEqual(
    await of(
      'return doubledField',
      '--express "{doubledField, x, params}" -x 2 -n 1',
      'return api.made.field(4)',
    ),
    [[8, 4, [4]]],
  );
  assert.deepEqual(
    await of('first?.price', '--express "{first.name, this.items.length}" -n 1', 'return api.made.cheapest'),
    [['d5', 1]],
  );
  assert.deepEqual(
    await of(
      'yield tripled',
      '--express "{step, tripled}" --condition "step == 2" -n 1',
      'const all = []; for await (const one of api.at.asyncSteps(3)) all.push(one); return all',
    ),
    [[2, 6]],
  );
  const patterns = 'return api.at.patterns({ a: 1, b: [2, 3, 4] })';
  assert.deepEqual(await of('return said', '--express "{said, sumOf, a, c, d, e}" -x 2 -n 1', patterns), [
    ['Error: over 7', 7, 1, 2, [3, 4], 2],
  ]);
  // Names that hide what a condition would need.
  assert.deepEqual(await of('return globalThis', '--express localVarMap -n 1', 'return api.at.shadows(3)'), [
    { value: 3, globalThis: 'a text 3' },
  ]);
  // Calls are what they were, and their results too.
  assert.deepEqual(await at.run(make, patterns, 'return api.made.field(4)', 'return api.at.shadows(3)'), [
    ...['did "d5"', 'did 13', 'did 8', 'did "a text 3"'],
  ]);
}

async function hot(at: Observed): Promise<void> {
  const spin = (ms: number) =>
    `let n = 0, s = 0; const e = performance.now() + ${ms}; while (performance.now() < e) for (let i = 0; i < 1000; i++) { s += api.at.hot(i, 2); n++ } return s > 0 && n`;
  await at.run(spin(50));
  const results = await at.observe(`line ${position('mapped.cjs', 'return product')} -n 100000`, spin(1500));
  const status = statusOf(results);
  assert.equal(status.statusCode, -1, JSON.stringify(results).slice(0, 2000));
  assert.match(messages(results), /(its breakpoint was removed, as above 500 a second|its breakpoint took)/);
  assert.doesNotMatch(messages(results), /it cost the process 0\.00 ms/);
  // Gone well within the time: most of the calls were made at full speed.
  const [many] = await at.run(spin(200));
  const count = Number(many?.replace('did ', ''));
  assert.ok(count > 200_000, `${count} calls in 200 ms`);
}

async function lists(at: Observed): Promise<void> {
  const results = await at.exec('line --class mapped.cjs --method Basket.total --list-lines');
  const [list] = hits(results, 'line-list');
  assert.deepEqual(
    [list?.className, list?.methodName, list?.methodDesc],
    ['mapped.cjs:Basket', 'total', '(coupon, ...rest)'].map((each, index) =>
      index === 0 ? list?.className : each,
    ),
  );
  const lines = list?.lines as number[];
  for (const needle of ['let sum', 'const taxed', 'sum += taxed', 'return coupon']) {
    assert.ok(lines.includes(lineAt(needle)), `${needle} in ${lines}`);
  }
  assert.match(String(list?.sourceFile), /lines\.ts$/);
  assert.match(text(results, 'line-list'), /total\(coupon, \.\.\.rest\).*\n {4}\d+, \d+/);
  const all = hits(await at.exec('line --class mapped.cjs --list-lines'), 'line-list');
  assert.ok(all.length >= 7, `${all.length} functions`);
}

async function options(at: Observed): Promise<void> {
  const line = lineAt('sum += taxed');
  const results = await at.observe(
    `line --class lines.ts --method Basket.total --line ${line} --express sum --stack --stack-depth 2 -n 1 -M 1000`,
    'return api.basket.total()',
  );
  const [hit] = hits(results, 'line');
  assert.deepEqual(
    Object.keys(hit ?? {}).filter((name) => name !== 'hitCost'),
    [
      ...['className', 'cost', 'jobId', 'json', 'lineNumber', 'methodDesc', 'methodName', 'sizeLimit'],
      ...['stackTrace', 'threadId', 'threadName', 'ts', 'type', 'value'],
    ],
  );
  assert.deepEqual([hit?.json, hit?.value, hit?.lineNumber, hit?.sizeLimit], [0, '@Number[0]', line, 1000]);
  const frames = hit?.stackTrace as { lineNumber: number; fileName: string; methodName: string }[];
  assert.equal(frames.length, 2);
  assert.equal(frames[0]?.lineNumber, line, JSON.stringify(frames));
  // The price is told before the first hit, and with each; on a machine too busy to measure it, what is usual.
  const told = /each time that it is reached costs about 0\.\d+(?: to 0\.\d+)? ms(, as measured here)?/.exec(
    messages(results),
  );
  assert.ok(told, messages(results));
  if (told[1]) assert.ok(Number(hit?.hitCost) > 0.005 && Number(hit?.hitCost) < 20, String(hit?.hitCost));
  assert.match(messages(results), /it cost the process/);
  const two = await at.observe(
    `line lines.ts:${line} --line ${line + 2},${line + 3} --express lineNumber -n 3`,
    'return api.basket.total()',
  );
  assert.deepEqual(values(two), [line, line + 2, line + 3]);
}

async function wrongUse(at: Observed): Promise<void> {
  const said = async (line: string) => {
    const { statusCode, message } = statusOf(await at.exec(line));
    return `${String(statusCode)} ${String(message)}`;
  };
  assert.match(await said('line'), /^-10 Say which line: MODULE:LINE/);
  assert.match(await said('line lines.ts'), /^-10 Say which line of lines\.ts/);
  assert.match(await said('line lines.ts --line x'), /'x' is no line/);
  assert.match(await said('line lines.ts:3'), /^-1 line 3 of lines\.ts is in no function/);
  assert.match(
    await said(`line lines.ts:${lineAt('sum += taxed') + 1}`),
    /^-1 V8 can stop nowhere .* near by it can at/,
  );
  assert.match(await said('line nope.ts:3'), /^-1 no loaded module or class is named nope\.ts/);
  assert.match(await said('line --class lines.ts --method nope --line 3'), /has no function nope/);
  const at13 = `lines.ts:${lineAt('sum += taxed')}`;
  assert.match(await said(`line ${at13} --express nope`), /'nope' is not known at that line[\s\S]*taxed/);
  assert.match(await said(`line ${at13} --express "sum = 1"`), /an assignment is not allowed/);
  assert.match(await said(`line ${at13} --desc "()V"`), /of the JVM alone/);
  const failed = await at.observe(`line ${at13} --express "this.a.b" -n 1`, 'return api.basket.total()');
  assert.match(
    String(statusOf(failed).message),
    /^line failed, condition is: null, express is: this\.a\.b, TypeError/,
  );
}

async function hostile(at: Observed): Promise<void> {
  await at.run(
    'api.reads = 0; const bad = new Proxy({}, { get() { api.reads++; throw new Error("a trap") }, ownKeys() { api.reads++; return [] } }); api.odd = { get price() { api.reads++; return 1 }, bad, big: "x".repeat(1e6) }; api.odd.self = api.odd; api.basket.items = [{ price: 1, odd: api.odd }]',
  );
  const results = await at.observe(
    `line lines.ts:${lineAt('sum += taxed')} -x 4 -n 1`,
    'return api.basket.total()',
  );
  const shown = JSON.stringify(values(results));
  assert.match(shown, /"@type":"Proxy"/);
  assert.match(shown, /"@type":"getter"/);
  assert.ok(shown.length < 100_000);
  assert.deepEqual(await at.run('return api.reads'), ['did 0']);
}

async function ends(at: Observed): Promise<void> {
  const line = lineAt('calls += rest.length');
  // Two that read other variables at one place are one breakpoint of V8's.
  const target = await at.target();
  await at.begin(`line lines.ts:${line} --express sum`);
  const second = at.exec(`line lines.ts:${line} --express "{rest, typeof outer}" -x 2 -n 1`);
  const installed = async () =>
    ((await target.worker('instrumentStatus', {})) as { hooks: { report: { state: string } }[] }).hooks;
  while ((await installed()).length < 2) await new Promise((done) => setTimeout(done, 20));
  await at.run('return api.basket.total(undefined, 3)');
  assert.deepEqual(values(await second), [[[3], 'function']]);
  await at.exec('reset');
  const end = statusOf(await at.until(({ type }) => type === 'status'));
  assert.match(String(end.message), /taken out by somebody else/);
  assert.equal((await installed()).length, 0);
  await at.begin(`line lines.ts:${line}`);
  await at.interrupt();
  assert.equal(statusOf(await at.until(({ type }) => type === 'status')).statusCode, 0);
  assert.equal((await installed()).length, 0);
  assert.deepEqual(
    await at.run('return Object.getOwnPropertyNames(globalThis).filter((n) => n.startsWith("$remora"))'),
    ['did []'],
  );
}
