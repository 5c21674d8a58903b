/** Texts of copies: what is refused, what they evaluate to, and that nothing that is typed makes the parser fall over. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import vm from 'node:vm';
import fc from 'fast-check';
import { changesBetween } from '../../../src/target/copies/changes.js';
import { type Form, wrapsOf } from '../../../src/target/copies/given.js';
import { type PrepareAnswer, type PrepareRequest, prepareCopy } from '../../../src/target/copies/prepare.js';
import { functionsOf } from '../../../src/target/scripts/functionsOf.js';

const MODULE = `'use strict';
const { join } = require('node:path');
let total = 1;
const lonely = 3;
class Base { hello() { return 'base'; } }
class Cart extends Base {
  #count = 0;
  hello() { return super.hello() + this.#count + total; }
  static make() { return new Cart(); }
  get size() { return join('a', 'b').length; }
}
function add(a, b) { const sum = a + b; total += sum; return sum; }
const twice = (n) => { return add(n, n); };
const loop = function again(n) { return n && again(n - 1); };
async function wait(n) { return n; }
module.exports = { add, twice, loop, wait, Cart };
`;

function request(name: string, source: string, names: Record<string, string> = {}): PrepareRequest {
  const { functions } = functionsOf(MODULE, false);
  const info = functions.find((each) => each.name === name);
  if (!info) throw new Error(name);
  const form: Form = info.kind;
  return {
    script: { source: MODULE, isModule: false, isCommonJs: true },
    url: 'file:///app/cart.js',
    path: '/app/cart.js',
    location: info.facts.location,
    end: info.range[1],
    form,
    isAsync: info.isAsync,
    isGenerator: info.isGenerator,
    ownName: info.facts.ownName,
    given: wrapsOf(form, source).map(({ what, before, after }) => ({
      js: `${before}${source}${after}`,
      what,
      shift: before.length,
    })),
    names,
  };
}

const why = (answer: PrepareAnswer): string => ('why' in answer ? answer.why : `prepared: ${answer.text}`);

describe('texts of copies', () => {
  it('evaluate to the function, however it is written', () => {
    const forms = [
      'function add(a, b) { return a * b * total; }',
      '(a, b) => a * b * total',
      'const add = (a, b) => { return a * b * total; };',
      'exports.add = function (a, b) { return a * b * total; }',
      'export function add(a, b) { return a * b * total }',
      'export default (a, b) => a * b * total',
      '/* first */ function add(a, b) { return a * b * total; } // last',
      '{ add(a, b) { return a * b * total; } }',
      'add(a, b) { return a * b * total; }',
    ];
    for (const form of forms) {
      const prepared = prepareCopy(request('add', form));
      if ('why' in prepared) {
        assert.match(form, /^\{/, `${form}: ${prepared.why}`);
        continue;
      }
      const context = vm.createContext({ total: 10 });
      const made = vm.runInContext(`(_$p,_$f)=>${prepared.text}`, context)(undefined, undefined) as unknown;
      const fn = typeof made === 'function' ? made : Object.values(made as object)[0];
      assert.equal((fn as (a: number, b: number) => number)(2, 3), 60, form);
      assert.equal((fn as { name: string }).name, 'add', form);
    }
  });

  it('of methods, accessors, private names, names of a bundle, a name of its own', () => {
    const texts = {
      method: prepareCopy(request('Cart.hello', 'hello() { return super.hello() + this.#count; }')),
      getter: prepareCopy(request('Cart.size', 'get size() { return join("a", import.meta.url).length; }')),
      bundle: prepareCopy(
        request('add', 'function add(a, b) { total = a; return { total, j: join(a) }; }', {
          total: 't',
          join: 'path_1.join',
        }),
      ),
      own: prepareCopy(request('loop', 'function again(n) { return n ? 1 + again(n - 1) : total; }')),
    };
    assert.match(why(texts.method), /__proto__:_\$p,"hello"\(\)/);
    assert.equal('usesSuper' in texts.method && texts.method.usesSuper, true);
    assert.match(why(texts.getter), /get "size"\(\).*"file:\/\/\/app\/cart\.js"/s);
    // `t` and `path_1` are nothing that the module declares: that is found out later.
    assert.match(why(texts.bundle), /get "total"\(\)\{return t\},set "total"/);
    assert.match(
      why(texts.bundle),
      /_\$s\.total = a; return \{ total:_\$s\.total, j: \(0,_\$s\.join\)\(a\) \}/,
    );
    assert.match(
      why(texts.own),
      /\(\(again\)=>\(\{"loop":function\(n\)|\(\(again\)=>\(\{"again":function\(n\)/,
    );
  });

  it('are refused with the reason', () => {
    const cases: readonly [string, string, RegExp][] = [
      ['add', 'function add() { return lonely; }', /lonely: no function of the module uses it/],
      ['add', 'function add() { return sum; }', /sum: it means a variable around the function/],
      ['add', 'function add() { return this.#x; }', /#x is no private name/],
      ['add', 'async function* add() {}', /no generator/],
      ['add', 'function add() { return _$f; }', /probe's own/],
      ['add', 'let a = 1, b = 2;', /it is no function/],
      ['add', 'function a() {} function b() {}', /not one function/],
      ['add', '', /./],
      ['add', '() => arguments.length', /no `arguments` of its own/],
      ['twice', 'function (n) { return this; }', /write an arrow function/],
      ['twice', '() => new.target', /new\.target/],
      ['Cart.size', 'size() { return 1; }', /it is a getter, and the new source a method/],
      ['Cart.hello', 'constructor() { super(); }', /constructor/],
      ['Cart.hello', 'hello() { return import.meta; }', /import\.meta cannot be had/],
    ];
    for (const [name, source, reason] of cases)
      assert.match(why(prepareCopy(request(name, source))), reason, source);
    const asynchronous = prepareCopy(request('add', 'async function add() {}'));
    assert.match(String('notes' in asynchronous && asynchronous.notes), /async from now on/);
    const unknown = prepareCopy(request('add', 'function add() { return nobody + typeof nothing; }'));
    assert.deepEqual('unknown' in unknown && unknown.unknown, ['nobody']);
  });

  it('know the scopes of the language', () => {
    const of = (script: string, name: string, source: string, names: Record<string, string> = {}) => {
      const isModule = /^export/.test(script);
      const info = functionsOf(script, isModule).functions.find((each) => each.name === name);
      if (!info) throw new Error(name);
      const place = { location: info.facts.location, end: info.range[1] };
      const prepared = prepareCopy({
        ...request('add', source, names),
        ...place,
        script: { source: script, isModule, isCommonJs: !isModule },
      });
      return why(prepared);
    };
    const LOST = /no function of the module uses it/;
    const HIDDEN = /it means a variable around the function/;
    // Beside a function with an eval nothing is kept, around it everything.
    const script =
      'const kept = 1; function a() { const lost = 2; function f() {} } function b() { eval("") }';
    assert.match(of(script, 'f', 'function f() { return lost }'), LOST);
    assert.match(of(script, 'f', 'function f() { return kept }'), /^prepared/);
    const exported = 'export const { x, y: [z] } = {}; const w = 1; function f() {}';
    assert.match(of(exported, 'f', 'function f() { return [x, z] }'), /^prepared/);
    assert.match(of(exported, 'f', 'function f() { return w }'), LOST);
    assert.match(of('function f(a = 1) { var x }', 'f', 'function f(a = x) { var x }'), HIDDEN);
    assert.match(
      of('let x; function f() { { function x() {} } }', 'f', 'function f() { { var x } }'),
      /^prepared/,
    );
    assert.match(of('let x; function f() { { function x() {} } }', 'f', 'function f() { x }'), HIDDEN);
    const renamed = 'function f() { ({ total = 1, b: total } = {}); const { total: t = total } = {}; }';
    assert.match(
      of('function f() {} function g() { t1 }', 'f', renamed, { total: 't1' }),
      /\(\{ total:_\$s\.total = 1, b: _\$s\.total \} = \{\}\); const \{ total: t = _\$s\.total \}/,
    );
  });

  it('never fall over what is typed', () => {
    const words =
      'function add ( ) { } => a b , . ; = # this super new.target async * get set return class static await yield ` ${ } import.meta "x" /x/ 1 total join [ ] ... typeof : ? eval arguments'.split(
        ' ',
      );
    const name = fc.constantFrom('add', 'twice', 'loop', 'wait', 'Cart.hello', 'Cart.size', 'Cart.make');
    const text = fc.array(fc.constantFrom(...words), { maxLength: 25 }).map((all) => all.join(' '));
    fc.assert(
      fc.property(name, text, (of, source) => {
        const answer = prepareCopy(request(of, source));
        if ('why' in answer) return;
        // What is let through is an expression that V8 takes, in a place that has private names and a super class.
        new vm.Script(`(_$p,_$f)=>{"use strict";return (${answer.text})}`);
      }),
      { seed: 7, numRuns: 700 },
    );
  });
});

describe('versions of a module', () => {
  const changes = (after: string, before = MODULE) => {
    const answer = changesBetween({ before, after, isFunctionsOnly: false });
    if ('why' in answer) throw new Error(answer.why);
    return answer;
  };

  it('form and comments are no change; functions are told apart by name and place', () => {
    const same = changes(MODULE.replace(/;\n/g, '; // so\n').replace('(a, b)', '( a,\n b )'));
    assert.deepEqual(same, { changed: [], added: [], removed: [], outside: [] });
    const other = changes(
      MODULE.replace('total += sum', 'total -= sum')
        .replace("'base'", "'BASE'")
        .replace('lonely = 3', 'lonely = 4')
        .replace('async function wait(n) { return n; }', 'function fresh() {}'),
    );
    assert.deepEqual(
      other.changed.map(({ name, source }) => [name, source.slice(0, 12)]),
      [
        ['Base.hello', 'hello() { re'],
        ['add', 'function add'],
      ],
    );
    assert.deepEqual([other.added, other.removed], [['fresh'], ['wait']]);
    assert.deepEqual(
      other.outside.map(({ line, text }) => [line, text]),
      [
        [4, 'const lonely = 4 ;'],
        // What is exported by name is one more thing that has run already: `wait` is still in it.
      ],
    );
  });

  it('a function that only makes others: those that are held, and itself', () => {
    const before =
      'function routes(add) { const p = 1; add("x", (n) => n + p); return [1].map((n) => n + 1); }';
    const inner = changes(before.replace('n + p', 'n - p'), before);
    assert.deepEqual(
      inner.changed.map(({ name, isForNested }) => [name, isForNested]),
      [
        ['routes', true],
        ['<anonymous>', false],
      ],
    );
    const mapped = changes(before.replace('n + 1', 'n + 2'), before);
    assert.deepEqual(
      mapped.changed.map(({ name, isForNested }) => [name, isForNested]),
      [['routes', false]],
    );
  });
});
