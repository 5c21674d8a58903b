import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runInThisContext } from 'node:vm';
import {
  compileExpression,
  evaluateExpression,
  expressionTime,
} from '../../../src/diagnose/expression/index.js';
import { type JsonValue, renderLimits, valueText } from '../../../src/diagnose/values/index.js';
import type { Target } from '../../../src/target/index.js';
import { nodeMajors } from '../../support/index.js';
import { get, newTargets, rejection, subject } from '../../target/attach/attaching.js';

async function value(
  target: Target,
  text: string,
  { unsafe = false, depth = 1, files = [] as string[] } = {},
): Promise<JsonValue> {
  const evaluated = await evaluateExpression(target, compileExpression(text, { unsafe }), {
    limits: renderLimits(depth),
    files,
  }).catch((error: Error) => {
    error.message += ` (${text})`;
    throw error;
  });
  assert.equal(evaluated.threw, false, `${text}: ${valueText(evaluated.value)}`);
  return evaluated.value;
}

async function thrown(target: Target, text: string): Promise<string> {
  const evaluated = await evaluateExpression(target, compileExpression(text), {
    limits: renderLimits(0),
    files: [],
  });
  assert.equal(evaluated.threw, true, text);
  return valueText(evaluated.value);
}

for (const node of nodeMajors) {
  describe(`expressions on Node ${node}`, () => {
    it('compute what JavaScript would', async (t) => {
      const { pid } = await subject(t, node);
      const target = await newTargets(t).attach(String(pid));
      for (const text of [
        '1 + 2 * 3',
        '[1, 2, 3].map((x) => x * 2).filter((x) => x > 2)',
        "'a,b,c'.split(',')",
        "'abc'.split('')",
        "''.split(',')",
        "'a1b2'.replace('1', '-')",
        "'aXbX'.replaceAll('X', '')",
        "'x'.replaceAll('', '-')",
        "'abab'.match(/b/g)",
        "'abc'.match(/(b)(c)/)[2]",
        "[...'a1b22'.matchAll(/\\d+/g)].map((m) => m[0])",
        'Object.entries({ a: 1, b: 2 }).map(([k, v]) => k + v)',
        'Object.fromEntries([["a", 1]])',
        'Array.from({ length: 3 }, (_, i) => i)',
        '[3, 1, 2].toSorted((a, b) => a - b)',
        '[[1, [2]], [3]].flat()',
        '[1, 2].concat([3], 4)',
        '[1, 2, 3].reduce((a, b) => a + b, 0)',
        '[1, 2, 3].join("-")',
        '[[1, 2]].map(([a, b = 5, c = 7]) => a + b + c)',
        '[{ a: { b: 1 } }].map(({ a: { b }, c = 2 }) => b + c)',
        '({ a: 1, ...{ b: 2, a: 3 } })',
        '[...[1], ..."ab"]',
        'null ?? 5',
        '(0 || 1) && 2',
        'typeof nothing',
        '({ a: null }).a?.b.c(1)',
        '({ f: Math.max }).f?.(1, 2)',
        '"a" in { a: 1 }',
        '[] instanceof Array',
        'JSON.parse(\'{"a":[1]}\')',
        'JSON.stringify({ a: [1, "x"], b: undefined })',
        'JSON.stringify([1, { a: 2 }], null, 2)',
        'Number("0x10") + parseInt("12px", 10)',
        '(1234.5678).toFixed(2)',
        'Math.max(...[1, 5, 3])',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the expression
        '`a${1 + 1}b`',
        'isNaN(Number("x"))',
        '1 == "1"',
        '!1 + -"2"',
        '2 ** 3 ** 2',
        '[(1, 2)]',
        '["b", "a"].includes("a") ? { x: [1] }.x : 0',
        '"abc".at(-1) + "abc"[1]',
        '[1, 2, 3, 4].findLast((x) => x % 2)',
        'BigInt(5) + 2n > 6',
        'encodeURIComponent("a b")',
      ]) {
        // The agent runs 20 at least, as the oldest target here does.
        const expected: unknown = JSON.parse(JSON.stringify(runInThisContext(`(${text})`) ?? null));
        const actual = await value(target, text, { depth: 4 });
        assert.deepEqual(plain(actual), expected, text);
      }
    });

    it('run nothing of the program, and change nothing', async (t) => {
      const subject1 = await subject(t, node, { file: 'hostile.cjs' });
      const target = await newTargets(t).attach(String(subject1.pid));
      for (const text of [
        'hostile',
        'hostile.proxy',
        'hostile.proxyArray',
        'hostile.revoked',
        'hostile.cycle',
        'hostile.text',
        'hostile.error',
        'hostile.named',
        'hostile.thenable',
        'hostile.iterable',
        'hostile.poisonedMap',
        'hostile.constructorless',
        'hostile.foreign',
        'hostile.deep',
        'hostile.hugeString',
        'hostile.hugeArray',
        'hostile.sparse',
        'hostile.manyKeys',
        'Object.keys(hostile)',
        '[hostile.text, hostile.proxy].includes(1)',
      ]) {
        const started = performance.now();
        await value(target, text, { depth: 4 });
        assert.ok(performance.now() - started < 3000, `${text} took ${performance.now() - started} ms`);
      }
      for (const text of [
        'hostile.text + 1',
        'hostile.text > 1',
        'hostile.text == 1',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the expression
        '`${hostile.text}`',
        'String(hostile.text)',
        'Number(hostile.text)',
        '[hostile.text].join()',
        'JSON.stringify(hostile.text)',
        '({})[hostile.text]',
        '[...hostile.iterable]',
        '[...hostile.proxyArray]',
        'Object.keys(hostile.proxy)',
        'hostile.proxyFunction()',
        'Math.max(hostile.text)',
        'process.exit()',
        'hostile.proxyArray.map((x) => x)',
        '"a" in hostile.proxy',
        '[1].map(process.exit)',
        '[[1]].map(hostile.named)',
        '"x".repeat(1e9)',
        'Array.from({ length: 1e9 })',
        '[1, 2].map((f) => hostile.named(f))',
      ]) {
        assert.match(await thrown(target, text), /--unsafe allows it|too long|too many steps/, text);
      }
      assert.equal((await get(subject1.port)).split('\n')[0], '0', await get(subject1.port));
      assert.equal(await value(target, 'touched.count'), 0);
    });

    it('stop at a side effect and after their time', async (t) => {
      const subject1 = await subject(t, node, { file: 'hostile.cjs' });
      const target = await newTargets(t).attach(String(subject1.pid));
      await rejection(value(target, 'hostile.endless.loop'), 'expression-side-effect');
      await rejection(value(target, 'hostile.throwing.boom'), 'expression-side-effect');
      assert.equal(await value(target, 'touched.count'), 0);
      const before = expressionTime.value;
      expressionTime.value = 200;
      t.after(() => {
        expressionTime.value = before;
      });
      await rejection(value(target, "'a'.repeat(40).match(/a*a*a*a*a*a*a*a*b/)"), 'expression-timeout');
      assert.equal(await value(target, '1'), 1, 'the process goes on');
      assert.equal(await value(target, 'Object.assign(hostile.bare, { b: 2 }).b', { unsafe: true }), 2);
    });

    it('take built-ins by identity: what the program has replaced is not called', async (t) => {
      const { pid, port } = await subject(t, node, { file: 'hostile.cjs', args: ['--tamper'] });
      const target = await newTargets(t).attach(String(pid));
      assert.match(await thrown(target, '[1].map((x) => x)'), /a call to 'map'/);
      assert.deepEqual(await value(target, '[1, 2].filter((x) => x > 1)'), [2]);
      await value(target, 'hostile', { depth: 4 });
      assert.equal((await get(port)).split('\n')[0], '0');
    });

    it('mask secrets, whatever way they are read', async (t) => {
      const { pid } = await subject(t, node, { file: 'secrets.cjs' });
      const target = await newTargets(t).attach(String(pid));
      for (const text of [
        'secrets',
        'secrets.password',
        "secrets['password']",
        'secrets?.password',
        '[secrets.password, secrets.tokens]',
        '({ x: secrets.nested.apiKey })',
        'secrets.list.map((each) => each.client_secret)',
        'secrets.map',
        'process.env',
        'process.env.DATABASE_URL',
        'true && secrets.headers.Authorization',
      ]) {
        const shown = JSON.stringify(await value(target, text, { depth: 4 }));
        assert.doesNotMatch(shown, /topsecret/, text);
      }
      assert.match(JSON.stringify(await value(target, 'secrets.nested', { depth: 4 })), /harmless-region/);
    });
  });
}

/** A rendered value as JSON.stringify would have it. */
function plain(json: JsonValue): unknown {
  const text = JSON.stringify(json).replaceAll('{"@type":"undefined"}', 'null');
  return JSON.parse(text);
}
