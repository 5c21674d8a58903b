/** The step from OGNL to JavaScript, against garbage and against pairs that are known to mean the same. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { RemoraError } from '../../../src/base/index.js';
import { compileCallExpression, forCalls } from '../../../src/diagnose/expression/index.js';
import { fromOgnl } from '../../../src/diagnose/expression/ognlSpelling.js';
import { VARIABLES } from '../../../src/target/index.js';

const SEED = 20261122;
/** No input may take longer: it would stop the agent. */
const LONGEST_MS = 300;

interface Pair {
  readonly ognl: string;
  readonly javaScript: string;
}

const same = (text: string): Pair => ({ ognl: text, javaScript: text });
const leaf: fc.Arbitrary<Pair> = fc.oneof(
  fc
    .constantFrom('params', 'target', 'returnObj', 'params[0]', 'target.and', 'params.length', 'null', 'true')
    .map(same),
  fc.constantFrom('cost', 'params', 'isReturn').map((name) => ({ ognl: `#${name}`, javaScript: name })),
  fc.nat(1000).map((n) => ({ ognl: `${n}L`, javaScript: `${n}` })),
  fc.string({ maxLength: 8 }).map((text) => same(JSON.stringify(text))),
  fc
    .string({ unit: fc.constantFrom(...'{}[]()#@,:? ab/`$'), maxLength: 8 })
    .map((text) => same(JSON.stringify(text))),
  fc.constantFrom('/{a,b}#@/', '/[/}]/', '`{a,b}`', `\`x\${params[0]}{y, z}\``).map(same),
);
const WORDS = { and: '&&', or: '||', eq: '==', neq: '!=', lt: '<', lte: '<=', gt: '>', gte: '>=' } as const;

/** OGNL, and the JavaScript that it has to become. */
const { pair } = fc.letrec<{ pair: Pair }>((tie) => {
  const many = fc.array(tie('pair'), { minLength: 1, maxLength: 4 });
  return {
    pair: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaf,
      many.map((items) => joined(items, '{', '}', '[', ']')),
      many.map((items) => joined(items, '[', ']', '[', ']')),
      many.map((items) => keyed(items, '#{')),
      many.map((items) => keyed(items, '{')),
      fc
        .tuple(tie('pair'), fc.constantFrom(...(Object.keys(WORDS) as (keyof typeof WORDS)[])), tie('pair'))
        .map(([a, word, b]) => ({
          ognl: `(${a.ognl} ${word} ${b.ognl})`,
          javaScript: `(${a.javaScript} ${WORDS[word]} ${b.javaScript})`,
        })),
      tie('pair').map((a) => ({ ognl: `not (${a.ognl})`, javaScript: `! (${a.javaScript})` })),
      fc.tuple(tie('pair'), tie('pair'), tie('pair')).map(([a, b, c]) => ({
        ognl: `(${a.ognl} ? ${b.ognl} : ${c.ognl})`,
        javaScript: `(${a.javaScript} ? ${b.javaScript} : ${c.javaScript})`,
      })),
      tie('pair').map((a) => ({
        ognl: `params.map(({x, y}, [z]) => ${inArrow(a.ognl)})`,
        javaScript: `params.map(({x, y}, [z]) => ${inArrow(a.javaScript)})`,
      })),
    ) as fc.Arbitrary<Pair>,
  };
});

/** The body of an arrow function must not begin with a brace. */
const inArrow = (text: string): string => `(${text})`;

function joined(items: readonly Pair[], from: string, to: string, start: string, end: string): Pair {
  return {
    ognl: from + items.map(({ ognl }) => ognl).join(', ') + to,
    javaScript: start + items.map(({ javaScript }) => javaScript).join(',') + end,
  };
}

function keyed(items: readonly Pair[], from: string): Pair {
  const text = (side: keyof Pair): string => items.map((item, at) => `"k${at}": ${item[side]}`).join(', ');
  return { ognl: `${from}${text('ognl')}}`, javaScript: `({${text('javaScript')}})` };
}

const noise = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.string({ unit: fc.constantFrom(...'#@{}[]().,?:^$"\'`/\\ abL1=><!&|+-'), maxLength: 80 }),
  fc
    .array(
      fc.constantFrom(
        '#',
        '{',
        '}',
        '#{',
        '.{',
        '? ',
        ': ',
        '=>',
        '(',
        ')',
        ',',
        'params',
        ' and ',
        ' in ',
        'not ',
        '1L',
        '"',
        '`',
        '${',
        '/',
        '@',
      ),
      { maxLength: 30 },
    )
    .map((parts) => parts.join('')),
);
const broken = fc.tuple(pair, fc.nat(), fc.string({ maxLength: 2 })).map(([{ ognl }, at, wrong]) => {
  const cut = at % (ognl.length + 1);
  return ognl.slice(0, cut) + wrong + ognl.slice(cut + 1);
});

let taken = 0;

function sourceOf(text: string): string | undefined {
  try {
    return forCalls(compileCallExpression(text), []).source;
  } catch (error) {
    assert.ok(error instanceof RemoraError, `${String(error)}\nfor ${text}`);
    return undefined;
  }
}

function garbage(text: string): void {
  const started = performance.now();
  let spelled: string | undefined;
  try {
    spelled = fromOgnl(text, VARIABLES);
  } catch (error) {
    assert.ok(error instanceof RemoraError, `${String(error)}\nfor ${text}`);
    assert.equal(error.code, 'bad-expression');
  }
  if (spelled !== undefined) {
    assert.equal(spelled.length, text.length, text);
    if (sourceOf(text) !== undefined) taken += 1;
  }
  assert.ok(performance.now() - started < LONGEST_MS, `took too long: ${text}`);
}

it('100,000 inputs: no crash, no hang, every place stays in its place', { timeout: 300_000 }, () => {
  fc.assert(fc.property(noise, garbage), { seed: SEED, numRuns: 60_000 });
  fc.assert(fc.property(broken, garbage), { seed: SEED, numRuns: 40_000 });
  assert.ok(taken > 2000, `only ${taken} were taken: the generator tries too little`);
});

it('OGNL becomes the JavaScript that means the same', () => {
  let compared = 0;
  fc.assert(
    fc.property(pair, ({ ognl, javaScript }) => {
      const wanted = sourceOf(javaScript);
      if (wanted === undefined) return;
      compared += 1;
      assert.equal(sourceOf(ognl), wanted, ognl);
    }),
    { seed: SEED, numRuns: 5000 },
  );
  assert.ok(compared > 2000, `only ${compared} compared`);
});

it('a text of ten thousand characters takes no time', () => {
  const parts = [
    '{',
    '(',
    '[',
    '{a,',
    '#{"a":',
    'not ',
    '`${',
    '((((',
    '{{}}',
    '/',
    '"a"',
    'a and ',
    '1L ',
    '? ',
    '}',
  ];
  for (const part of parts) {
    const text = part.repeat(Math.floor(10_000 / part.length));
    const started = performance.now();
    sourceOf(text);
    assert.ok(performance.now() - started < LONGEST_MS, `${part} took ${performance.now() - started} ms`);
  }
});
