import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { namesInScope } from '../../../src/target/scripts/namesInScope.js';

/** What is in scope where `/*!*\/` stands: `own closure module`, each as words. */
function at(source: string, isModule = false): Record<string, string[]> {
  const offset = source.indexOf('/*!*/');
  const [names = []] = namesInScope(source, isModule, [offset]);
  const of = (where: string) =>
    names
      .filter((each) => each.where === where)
      .map(({ name }) => name)
      .sort();
  return { own: of('own'), closure: of('closure'), module: of('module') };
}

describe('names in scope', () => {
  it('parameters, patterns, var and blocks', () => {
    assert.deepEqual(
      at(
        'function f(a, {b, c: [d]}, e = 1, ...g) { var h; if (a) { let i = 1; { const j = 2; } /*!*/i; var k } }',
      ).own,
      [...['a', 'b', 'd', 'e', 'g', 'h', 'i', 'k']],
    );
  });

  it('what has no value yet is left out, and what it hides as well', () => {
    assert.deepEqual(at('let x = 1; function f() { /*!*/x; let x = 2; class y {} function z() {} }'), {
      own: ['z'],
      closure: [],
      module: ['f'],
    });
    assert.deepEqual(at('function f() { let x = 2; class y {} /*!*/x }').own, ['x', 'y']);
    assert.deepEqual(at('function f() { for (let i = 0; i < 3; i++) { const j = i; /*!*/j } }').own, [
      'i',
      'j',
    ]);
    assert.deepEqual(at('function f(o) { for (const [k, v] of o) { /*!*/k } }').own, ['k', 'o', 'v']);
  });

  it('catch, switch, named functions and classes, generators, arrows', () => {
    assert.deepEqual(at('function f() { try { let t } catch ({ message }) { /*!*/message } }').own, [
      'message',
    ]);
    assert.deepEqual(at('function f(x) { switch (x) { case 1: let a = 1; case 2: /*!*/a } }').own, [
      'a',
      'x',
    ]);
    assert.deepEqual(at('const g = function self(n) { return /*!*/self(n - 1) }').own, ['n', 'self']);
    assert.deepEqual(at('const g = (a) => /*!*/a + 1').own, ['a']);
    assert.deepEqual(at('const C = class Inner { m(a) { /*!*/a } static { let s } }'), {
      own: ['a'],
      closure: ['Inner'],
      module: ['C'],
    });
  });

  it('functions of blocks, fields and static blocks, heads of loops and switches', () => {
    assert.deepEqual(at('function f() { { function g() {} } /*!*/g }').own, ['g']);
    assert.deepEqual(at('"use strict"; function f() { { function g() {} } /*!*/ }').own, []);
    assert.deepEqual(at('function f(a) { class C { static { let s; /*!*/s } } }'), {
      own: ['s'],
      closure: ['C', 'a'],
      module: ['f'],
    });
    assert.deepEqual(at('function f(a) { class C { x = /*!*/a } }').closure, ['C', 'a']);
    assert.deepEqual(at('function f(x) { for (const x of /*!*/[x]) {} }').own, [], 'x has no value yet');
    assert.deepEqual(at('function f(x) { switch (/*!*/x) { case 1: let y } }').own, ['x']);
    assert.deepEqual(at('let x; function f(a = /*!*/x) { var x; let y }'), {
      own: [],
      closure: [],
      module: ['f', 'x'],
    });
  });

  it('functions around, the module, imports', () => {
    const source =
      'import d, { e as f } from "x"; export const m = 1; export default function g() { const kept = 1, gone = 2; return (a) => { let b = kept; /*!*/b; m } }';
    assert.deepEqual(at(source, true), {
      own: ['a', 'b'],
      closure: ['gone', 'kept'],
      module: ['d', 'f', 'g', 'm'],
    });
    const [names = []] = namesInScope(source, true, [source.indexOf('/*!*/')]);
    assert.deepEqual(
      names
        .filter(({ isNamed }) => isNamed)
        .map(({ name }) => name)
        .sort(),
      ['a', 'b', 'kept', 'm'],
      'what the function does not name, V8 may not have kept',
    );
    for (const { name, at: offset } of names) assert.ok(source.startsWith(name, offset), name);
  });

  it('broken and random programs: names, or an error of the parser', () => {
    const pieces = [
      'function f(a){',
      'let x=1;',
      '{',
      '}',
      'const {y:[z]=[]}=a;',
      'for(const i of a)',
      '(b)=>',
      'class C{m(q){',
      'x',
      ';',
      '/*!*/',
      'catch(e){',
      'try{',
      'switch(x){case 1:',
      '`${',
      '`',
      '"',
      '\n',
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 14 }), fc.nat(120), (parts, offset) => {
        const source = parts.join('');
        try {
          for (const { name } of namesInScope(source, false, [offset])[0] ?? [])
            assert.match(name, /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u);
        } catch (error) {
          assert.ok(error instanceof SyntaxError, String(error));
        }
      }),
      { seed: 20261122, numRuns: 2000 },
    );
  });
});
