import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Step } from '../../../src/probe/index.js';
import { namesFor, planOf, planOfNative, sourceOf } from '../../../src/target/instruments/plan.js';
import { functionsOf } from '../../../src/target/scripts/functionsOf.js';
import type { FoundFunction, Script } from '../../../src/target/scripts/index.js';
import { V8Lines } from '../../../src/target/scripts/textPlaces.js';

/** DESIGN 3.6. */
const ORDER: readonly Step['by'][] = [
  'native',
  'exports',
  'scope-read',
  'scope-entry',
  'holders',
  'breakpoint',
];

function found(source: string, isModule: boolean, script: Partial<Script> = {}): FoundFunction[] {
  const of = { name: 'cart.js', path: '/srv/cart.js', isModule, isInternal: false, ...script } as Script;
  return functionsOf(source, isModule).functions.map((info) => ({
    ...{ script: of, info, line: info.start.line, original: '' },
    name: info.name || `<anonymous>@cart.js:${info.start.line}`,
  }));
}

/** `name instrument: steps` of each function. */
function plans(source: string, isModule = false): string[] {
  return found(source, isModule).map((each) => {
    const { steps, instrument } = planOf(each);
    const words = steps.map((step) =>
      step.by === 'scope-entry' && step.binding
        ? `entry ${step.binding.kind}${step.binding.isTop ? '' : ' inside'}`
        : step.by,
    );
    return `${each.name} ${instrument || 'cannot'}: ${words.join(', ')}`;
  });
}

describe('which instrument is planned for', () => {
  it('what CommonJS exports', () => {
    assert.deepEqual(
      plans(`
function a() {} const b = () => 1; let c = function () {};
module.exports = { a, b, c, d() {}, e: () => 1 }; exports.f = () => 1;
exports.g = () => a(b, c);
`),
      [
        'a property: exports, scope-read, entry function, holders, breakpoint',
        'b property: exports, scope-read, entry const, holders, breakpoint',
        'c property: exports, scope-read, entry let, holders, breakpoint',
        'd property: exports, scope-read, scope-entry, holders, breakpoint',
        'e property: exports, scope-read, holders, breakpoint',
        'f property: exports, scope-read, holders, breakpoint',
        'g property: exports, scope-read, holders, breakpoint',
      ],
    );
  });

  it('what an ES module exports: its variables, since a namespace cannot be written', () => {
    assert.deepEqual(
      plans(
        'export function a() {} export const b = () => 1; export let c = () => 1; export default () => 1;',
        true,
      ),
      [
        'a scope-entry: exports, scope-read, entry function, holders, breakpoint',
        'b const-rebind: exports, scope-read, entry const, holders, breakpoint',
        'c scope-entry: exports, scope-read, entry let, holders, breakpoint',
        'default holder: exports, scope-read, holders, breakpoint',
      ],
    );
  });

  it('what a module keeps to itself', () => {
    assert.deepEqual(
      plans(
        'function a() {} const b = () => 1; let c = () => 1; var d = function () {}; const o = { m() {}, f: () => 1 }; const e = () => a(b, c, d, e);',
      ),
      [
        'a scope-entry: exports, scope-read, entry function, holders, breakpoint',
        'b const-rebind: exports, scope-read, entry const, holders, breakpoint',
        'c scope-entry: exports, scope-read, entry let, holders, breakpoint',
        'd scope-entry: exports, scope-read, entry var, holders, breakpoint',
        'o.m scope-read: exports, scope-read, scope-entry, holders, breakpoint',
        'o.f scope-read: exports, scope-read, holders, breakpoint',
        'e const-rebind: exports, scope-read, entry const, holders, breakpoint',
      ],
    );
  });

  it('classes, exported and not', () => {
    const members = `{ constructor() {} m() {} static s() {} get g() { return 1 } set g(v) {} static get sg() { return 1 }
      #p() {} f = () => 1; #pf = () => 1; static sf = () => 1 }`;
    assert.deepEqual(plans(`exports.A = class ${members}`), [
      'A.constructor constructor: exports, scope-read, holders, breakpoint'.replace(
        'read, h',
        'read, scope-entry, h',
      ),
      'A.m prototype: exports, scope-read, scope-entry, holders, breakpoint',
      'A.s static: exports, scope-read, scope-entry, holders, breakpoint',
      'A.g accessor: exports, scope-read, scope-entry, holders, breakpoint',
      'A.g accessor: exports, scope-read, scope-entry, holders, breakpoint',
      'A.sg accessor: exports, scope-read, scope-entry, holders, breakpoint',
      'A#p breakpoint: breakpoint',
      'A#f holder: exports, scope-read, holders, breakpoint',
      'A#pf holder: holders, breakpoint',
      'A.sf static: exports, scope-read, holders, breakpoint',
    ]);
    assert.deepEqual(
      plans(`class B ${members}`)
        .filter((plan) => /^B\.(constructor|m|s|g|sf) /.test(plan))
        .map((plan) => plan.replace(/:.*/, '')),
      [
        'B.constructor constructor',
        'B.m scope-read',
        'B.s scope-read',
        'B.g scope-read',
        'B.g scope-read',
        'B.sf scope-read',
      ],
    );
  });

  it('constructors: of classes without one, and of those that must stay themselves', () => {
    assert.deepEqual(
      plans(
        'class A {} class B { static #n = 1; constructor() {} } class C { static #n = 1 } const make = () => new A();',
      ).slice(0, 3),
      [
        'A.constructor constructor: exports, scope-read, entry class, holders',
        'B.constructor breakpoint: breakpoint',
        'C.constructor cannot: ',
      ],
    );
    const [, , c] = found('class A {} class B {} class C { static #n = 1 }', false);
    assert.match(planOf(c!).note ?? '', /must stay itself/);
  });

  it('what is made anew each time', () => {
    assert.deepEqual(
      plans(
        'function outer() { const inner = () => 1; const used = () => 1; list.sort((a, b) => a - b); return { key: () => used() }; class L { m() {} } }',
      ).slice(1),
      [
        'inner holder: scope-read, holders, breakpoint',
        'used const-rebind: scope-read, entry const inside, holders, breakpoint',
        '<anonymous>@cart.js:1 holder: scope-read, holders, breakpoint',
        'key holder: exports, scope-read, holders, breakpoint',
        'L.m scope-entry: exports, scope-read, scope-entry, holders, breakpoint',
        'L.constructor constructor: scope-read, holders',
      ],
    );
  });

  it('what was handed on: its variable is read no more, so that a change of it would change nothing', () => {
    const handed = `function tick() {} setInterval(tick, 9); function again() { setTimeout(again) } again();
      const boot = async () => { const handler = () => 1; app.get('/', handler); for (;;) { const each = () => 1; each() } };`;
    assert.deepEqual(plans(handed), [
      'tick holder: exports, scope-read, holders, breakpoint',
      'again scope-entry: exports, scope-read, entry function, holders, breakpoint',
      'boot holder: exports, scope-read, holders, breakpoint',
      'handler holder: scope-read, holders, breakpoint',
      'each holder: scope-read, holders, breakpoint',
    ]);
  });

  it('natives, and nothing inside Node.js', () => {
    assert.deepEqual(planOfNative({ module: 'node:fs', path: ['readFile'] }).steps, [
      { by: 'native', module: 'node:fs', path: ['readFile'] },
    ]);
    const [inside] = found('function f() {}', false, { isInternal: true });
    assert.deepEqual(planOf(inside!).steps, []);
    assert.match(planOf(inside!).note ?? '', /node:fs readFile/);
    const [other] = found('function f() {}', false, { isOtherContext: true });
    assert.deepEqual(planOf(other!).steps, []);
    assert.match(planOf(other!).note ?? '', /context of node:vm/);
  });
});

const SHAPES = [
  'function N() {}',
  'async function* N() {}',
  'const N = () => 1;',
  'let N = async x => x;',
  'var N = function () {};',
  'exports.N = () => 1;',
  'class N { m() {} #p() {} static s() {} f = () => 1 }',
  'class N { static #n = 1 }',
  'const N = { a() {}, get b() { return 1 }, [c]() {} };',
  'use(() => 1, function N() {});',
  '(() => { const N = () => 1; })();',
  'for (const x of y) { const N = () => x }',
];

describe('any program', () => {
  it('has a plan in the order of the design for each function, or a reason', () => {
    const wrappers = [
      (text: string) => text,
      (text: string) => `function w() { ${text} }`,
      (text: string) => `{ ${text} }`,
    ];
    const shape = fc.tuple(fc.constantFrom(...SHAPES), fc.constantFrom(...wrappers), fc.nat(9));
    fc.assert(
      fc.property(fc.array(shape, { maxLength: 6 }), fc.boolean(), (parts, isInternal) => {
        const source = parts.map(([text, wrap, at]) => wrap(text.replaceAll('N', `n${at}`))).join('\n');
        // Two declarations of one name are no program.
        try {
          functionsOf(source, false);
        } catch {
          return;
        }
        const lines = new V8Lines(source);
        for (const each of found(source, false, { isInternal })) {
          const { steps, instrument, note } = planOf(each);
          const at = steps.map(({ by }) => ORDER.indexOf(by));
          assert.deepEqual(
            at,
            [...at].sort((a, b) => a - b),
          );
          assert.equal(new Set(at).size, at.length);
          assert.equal(steps.length === 0, instrument === '');
          if (steps.length === 0) assert.ok(note);
          const { className, methodName } = namesFor(each);
          assert.ok(className !== '' && methodName !== '');
          const { tail, start, body, end } = sourceOf(each.info, source, lines);
          assert.ok(source.includes(tail) && tail.length > 0);
          const order = [start, body, end].map(({ line, column }) => line * 10_000 + column);
          assert.deepEqual(
            order,
            [...order].sort((a, b) => a - b),
          );
        }
      }),
      { seed: 5, numRuns: 500 },
    );
  });

  it('is told from others by the end of its text, however long that is', () => {
    const [long] = found(`function long() { return '${'x'.repeat(100_000)}' }`, false);
    const source = `function long() { return '${'x'.repeat(100_000)}' }`;
    const { tail, length } = sourceOf(long!.info, source, new V8Lines(source));
    assert.equal(tail.length, 16_384);
    assert.ok(source.endsWith(tail));
    assert.equal(length, source.length);
  });
});
