/** That a name means what V8 takes it for: what is known to be hard, and programs that nobody thought of. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { compare, probe } from './probed.js';
import { programs } from './programs.js';

/** Each `@x` is a probe of x. All of them have to run. */
const CASES: Readonly<Record<string, string>> = {
  'a function of a block is seen in the whole function': '@f; { @f; function f() {} @f; } @f;',
  'but not in strict code': '"use strict"; @f; { @f; function f() {} } @f;',
  'nor past a let of that name': 'let f = 1; { { function f() {} @f; } @f; } @f;',
  'nor past a parameter': 'T(function (f) { { function f() {} @f; } @f; });',
  'nor past a parameter of a body apart': 'T(function (f, g = @f) { { function f() {} @f; } @f; });',
  'nor if it is async or a generator': '{ async function f() {} @f; function* g() {} @g; } @f; @g;',
  'nor past the head of a loop': 'for (let f of [1]) { { function f() {} @f; } @f; } @f;',
  'a function of a block of a block': '{ { function f() {} @f; } @f; function f() {} } @f;',
  'one past what was caught, and one that is not': `try { throw 1 } catch (f) { { function f() {} @f; } @f; } @f;
    try { throw { g: 1 } } catch ({ g }) { { function g() {} @g; } @g; } @g;`,
  'a function of an if': 'if (1) function f() {} @f;',
  'a function of a case': 'switch (1) { case 1: function f() {} @f; } @f;',
  'a function behind a label': 'label: function f() {} @f; { label: function g() {} @g; } @g;',
  'a var in a block, and a function there': '{ var f = 1; @f; } { function f() {} @f; } @f;',
  'parameters that compute something are apart from the body':
    'var x = 1; T(function (a = @x, y = 2, b = @y) { var x = 3; var y; @x; @y; }); @x;',
  'those that do not are not':
    'T(() => (function (x, { y }) { var x; var y; @x; @y; })(1, {})); T((x) => { var x = 1; @x });',
  'a function of such a body hides a parameter': 'T(function (x, y = @x) { function x() {} @x; });',
  'a parameter is seen by those after it': 'T(function (x = 1, y = @x, z = () => @x) { z(); @x; });',
  'what a switch looks at is outside of it': 'let x = 1; switch (@x, 1) { case 1: let x = 2; @x; } @x;',
  'what a loop goes through is inside of it': 'let x = 1; for (const x of (@x, [2])) { @x; } @x;',
  'a loop of its own and a body of its own':
    'for (let x = 1; O(1);) { @x; let y = 1; { let x = 2; @x; } @y; } var x = 3; @x;',
  'var beside what was caught': 'try { throw 1 } catch (e) { @e; var e = 2; @e; } @e;',
  'the name of a function expression': 'var f = 1; T(function f() { @f; { let f = 2; @f; } }); @f;',
  'which a var of it hides': 'T(function f(a = @f) { var f = 1; @f; });',
  'the name of a class, inside and outside':
    'class C { static m() { @C; } static f = @C; static { @C; } } C.m(); @C;',
  'what a class extends sees the name of it': 'var C = 1; T(class C extends (@C, Object) {}); @C;',
  'keys of a class are computed around its fields':
    'var k = 1; (class { static [(@k, "a")] = 1; static { var k = 2; @k; } }); @k;',
  'static blocks have variables of their own':
    'T(class { static { var x = 1; @x; { function f() {} } @x; } }); @x;',
  'destructuring, of names and not':
    'var a = 1, b = 2, o = {}; ({ a, b = @a, ...o.rest } = {}); [o.c = @b, [a] = [1]] = []; @a; @b;',
  'shorthands, keys, members and labels are told apart':
    'var x = 1, o = { x, y: @x, x() {}, [(@x, "z")]: 1 }; x: for (;;) { o.x; o?.x; break x; } @x;',
  'arguments is of the nearest function that has any':
    'T(function () { @arguments; (() => { @arguments; })(); (function () { @arguments; })(); });',
  'unless it is declared':
    'T(function (arguments) { @arguments; }); T(function () { var arguments; @arguments; });',
  'typeof, delete, tags and templates': `var t = () => ({}); typeof t; delete t; t\`\${@t}\`; t?.(@t); @t;`,
};

describe('what a name means', () => {
  for (const [title, source] of Object.entries(CASES)) {
    it(title, () => {
      let count = 0;
      const program = source.replace(/@(\w+)/g, (_, name: string) => probe(++count, name));
      assert.equal(compare(program), count, 'all probes ran');
    });
  }

  it('of random programs, as V8 takes it', () => {
    let probes = 0;
    fc.assert(
      fc.property(programs, (source) => {
        probes += compare(source);
      }),
      { seed: 20261122, numRuns: 4000 },
    );
    assert.ok(probes > 5000, `${probes} probes`);
  });
});
