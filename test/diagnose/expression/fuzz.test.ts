import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type AnyNode, parseExpressionAt } from 'acorn';
import { full } from 'acorn-walk';
import fc from 'fast-check';
import { RemoraError } from '../../../src/base/index.js';
import { compileExpression } from '../../../src/diagnose/expression/index.js';

const SEED = 20260817;
/** No input may take longer: it would stop the agent. */
const LONGEST_MS = 500;

const FORBIDDEN = new Set([
  'AssignmentExpression',
  'UpdateExpression',
  'NewExpression',
  'AwaitExpression',
  'YieldExpression',
  'ImportExpression',
  'FunctionExpression',
  'FunctionDeclaration',
  'ClassExpression',
  'TaggedTemplateExpression',
  'ThisExpression',
  'MetaProperty',
  'ForStatement',
  'WhileStatement',
  'TryStatement',
]);

const word = fc.constantFrom(
  'a',
  'obj',
  'module',
  'process',
  'password',
  'x',
  '_$r',
  'arguments',
  'undefined',
  'eval',
  'let',
);
const literal = fc.oneof(
  fc.integer().map(String),
  fc.string().map((text) => JSON.stringify(text)),
  fc.constantFrom('null', '1n', '/a+/g', '/(a+)+/', '1e999', 'true', "''"),
);

/** JavaScript that is nearly right: expressions, and what must not get through among them. */
const { expression } = fc.letrec<{ expression: string; argument: string }>((tie) => ({
  expression: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    literal,
    word,
    fc.tuple(tie('expression'), word).map(([a, b]) => `${a}.${b}`),
    fc.tuple(tie('expression'), word).map(([a, b]) => `${a}?.${b}`),
    fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `${a}[${b}]`),
    fc
      .tuple(tie('expression'), fc.array(tie('argument'), { maxLength: 3 }))
      .map(([f, args]) => `${f}(${args.join(',')})`),
    fc
      .tuple(tie('expression'), fc.array(tie('argument'), { maxLength: 2 }))
      .map(([f, args]) => `${f}?.(${args.join(',')})`),
    fc
      .tuple(
        tie('expression'),
        fc.constantFrom(
          '+',
          '-',
          '==',
          '!==',
          '<',
          '**',
          'in',
          'instanceof',
          '&&',
          '??',
          '||',
          ',',
          '=',
          '+=',
        ),
        tie('expression'),
      )
      .map((parts) => `(${parts.join(' ')})`),
    fc
      .tuple(
        fc.constantFrom('!', '-', 'typeof ', 'void ', 'delete ', '++', 'new ', 'await '),
        tie('expression'),
      )
      .map(([a, b]) => `${a}${b}`),
    fc.array(tie('argument'), { maxLength: 3 }).map((items) => `[${items.join(',')}]`),
    fc
      .array(fc.tuple(word, tie('expression')), { maxLength: 3 })
      .map((items) => `({${items.map(([k, v]) => `${k}:${v}`).join(',')}})`),
    fc.tuple(tie('expression'), tie('expression'), tie('expression')).map(([a, b, c]) => `(${a}?${b}:${c})`),
    fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `\`x\${${a}}y\${${b}}\``),
    fc.tuple(word, tie('expression')).map(([a, b]) => `module('${a}').map(${b})`),
  ) as fc.Arbitrary<string>,
  argument: fc.oneof(
    tie('expression'),
    fc.tuple(word, tie('expression')).map(([a, b]) => `(${a})=>${b}`),
    fc.tuple(word, word, tie('expression')).map(([a, b, c]) => `([${a},{${b}}={}],...rest)=>${c}`),
    tie('expression').map((a) => `...${a}`),
    tie('expression').map((a) => `()=>{return ${a}}`),
  ) as fc.Arbitrary<string>,
}));

const noise = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.string({ unit: fc.constantFrom(...'()[]{}.,?:;=>`$"\'\\/+-*!~#@ab1 \n'), maxLength: 300 }),
);

/** A right one with a hole or a wrong character in it. */
const broken = fc.tuple(expression, fc.nat(), fc.string({ maxLength: 2 })).map(([text, at, wrong]) => {
  const cut = at % (text.length + 1);
  return text.slice(0, cut) + wrong + text.slice(cut + 1);
});

let taken = 0;

function check(text: string, unsafe: boolean): void {
  const started = performance.now();
  let source: string;
  try {
    source = compileExpression(text, { unsafe }).source;
  } catch (error) {
    assert.ok(error instanceof RemoraError, `${String(error)}\nfor ${text}`);
    return;
  } finally {
    assert.ok(performance.now() - started < LONGEST_MS, `took too long: ${text}`);
  }
  taken += 1;
  const whole = `(${source})`;
  const tree = parseExpressionAt(whole, 0, {
    ecmaVersion: 'latest',
    sourceType: 'module',
    preserveParens: true,
  });
  assert.equal(tree.end, whole.length, `${text}\n${whole}`);
  full(tree, (node) => {
    assert.ok(!FORBIDDEN.has(node.type), `${node.type} came out of ${text}\n${source}`);
    if (!unsafe) checkCall(node as AnyNode, text);
  });
}

/** In safe mode only our runtime is called, and arrow functions of our own making. */
function checkCall(node: AnyNode, text: string): void {
  if (node.type === 'UnaryExpression') assert.notEqual(node.operator, 'delete', text);
  if (node.type !== 'CallExpression') return;
  let { callee } = node;
  while (callee.type === 'ParenthesizedExpression') callee = callee.expression;
  if (callee.type === 'ArrowFunctionExpression') {
    const [parameter] = callee.params;
    assert.ok(parameter?.type === 'Identifier' && parameter.name.startsWith('_$'), text);
    return;
  }
  assert.ok(callee.type === 'MemberExpression' && callee.object.type === 'Identifier', text);
  assert.equal(callee.object.name, '_$r', text);
}

it('100,000 inputs: no crash, no hang, nothing forbidden comes out', { timeout: 600_000 }, () => {
  const both = fc.boolean();
  fc.assert(fc.property(expression, both, check), { seed: SEED, numRuns: 50_000 });
  fc.assert(fc.property(broken, both, check), { seed: SEED, numRuns: 30_000 });
  fc.assert(fc.property(noise, both, check), { seed: SEED, numRuns: 20_000 });
  assert.ok(taken > 10_000, `only ${taken} were taken: the generator tries too little`);
});
