/** What the analysis tells beside the meaning of names. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse } from 'acorn';
import { type Analysis, analyse, type Variable } from '../../../src/target/scopes/index.js';

function analysed(source: string, isModule = false): Analysis {
  const tree = parse(source, {
    ...{ ecmaVersion: 'latest', sourceType: isModule ? 'module' : 'script' },
    ...{ allowReturnOutsideFunction: true, allowSuperOutsideMethod: true },
  });
  return analyse(tree, { isStrict: isModule });
}

function variables(source: string, isModule = false): Variable[] {
  return analysed(source, isModule).scopes.flatMap((scope) => [...scope.variables.values()]);
}

describe('variables', () => {
  const kinds = (source: string, isModule = false): string[] =>
    variables(source, isModule).map(({ name, kind, scope }) => `${kind} ${name} of ${scope.kind}`);

  it('are of the scope that declares them', () => {
    assert.deepEqual(kinds('var a; let b; const c = 1; function d() {} class e {}'), [
      ...['var a of top', 'let b of top', 'const c of top', 'function d of top', 'class e of top'],
      'self e of class',
    ]);
    assert.deepEqual(kinds('import a, { b as c } from "x"; import * as d from "y"; export let e', true), [
      ...['import a of top', 'import c of top', 'namespace d of top', 'let e of top'],
    ]);
    assert.deepEqual(kinds('(function f(a, [b], { c: d, ...e }) { let g; { var h } })'), [
      'self f of self',
      ...['a', 'b', 'd', 'e'].map((name) => `parameter ${name} of function`),
      ...['let g of function', 'var h of function'],
    ]);
    assert.deepEqual(kinds('(function (a = 1) { let b; var c })'), [
      ...['parameter a of function', 'let b of body', 'var c of body'],
    ]);
    assert.deepEqual(
      kinds('for (let a of []) { let b } try {} catch (c) { let d } switch (1) { case 1: let e }'),
      [...['let a of loop', 'let b of block', 'catch c of catch', 'let d of block', 'let e of block']],
    );
    assert.deepEqual(kinds('class A { static { var b } c = () => { let d } }'), [
      ...['class A of top', 'self A of class', 'var b of static', 'let d of function'],
    ]);
    assert.deepEqual(kinds('(() => arguments); function f() { (() => arguments) }'), [
      ...['function f of top', 'arguments arguments of function'],
    ]);
  });

  it('are given values', () => {
    const given = (source: string): string[] =>
      variables(source).map(({ name, values, isGiven }) => `${name} ${values}${isGiven ? '' : ' later'}`);
    assert.deepEqual(given('var a, b = 1, c; c = 2; let d = 1; d++; let [e] = []; const f = 1;'), [
      ...['a 0 later', 'b 1', 'c 1 later', 'd 2', 'e 1', 'f 1'],
    ]);
    assert.deepEqual(given('while (1) { var a = 1; let b = 1 } for (var c of []); for (const d of []);'), [
      ...['a 2', 'c 2', 'b 1', 'd 1'],
    ]);
    assert.deepEqual(
      given('var a; ({ a, b: [a = 1] } = {}); for (a of []); function c() {} function c() {}'),
      [...['a 3 later', 'c 2']],
    );
    assert.deepEqual(given('function f(a, b = 1) { b = 2 }'), ['f 1', 'a 1', 'b 2']);
    assert.deepEqual(given('{ function f() {} }'), ['f 2 later', 'f 1']);
    assert.deepEqual(given('try {} catch (e) { var e = 1 }'), ['e 0 later', 'e 2']);
  });

  it('have a dead zone, up to where they have a value', () => {
    const from = (source: string): string[] =>
      variables(source).map(({ name, declarations: [first] }) => `${name} ${source.slice(0, first?.from)}|`);
    assert.deepEqual(from('let a = 1, b; var c;'), ['a let a = 1|', 'b let a = 1, b|', 'c |']);
    assert.deepEqual(from('for (const a of b) {}'), ['a for (const a of b) |']);
    assert.deepEqual(from('class A {}'), ['A class A {}|', 'A class A {}|']);
    assert.deepEqual(from('((a, b = 1) => 1)'), ['a ((a|', 'b ((a, b = 1|']);
    assert.deepEqual(from('((a, b) => 1)'), ['a |', 'b |']);
  });

  it('are exported, or seen by every script', () => {
    const exported = (source: string): string[] =>
      variables(source, true).flatMap(({ name, isExported }) => (isExported ? name : []));
    assert.deepEqual(
      exported(
        'export let a, { b: [c], ...d } = {}; export function e() {} let f, g; export { f as h }; export { g } from "x"',
      ),
      ['a', 'c', 'd', 'e', 'f'],
    );
    assert.deepEqual(exported('export default class A {}'), ['A']);
    assert.deepEqual(exported('const a = 1; export default a'), []);
  });
});

describe('what is done', () => {
  it('with a name', () => {
    const source =
      'a(a, typeof a, delete a); a = a; a += 1; a--; [a] = [{ a }]; new a; a``; ({ a = 1 } = a); var a = 1;';
    assert.deepEqual(
      analysed(source).references.map(({ kind, isShorthand }) => `${kind}${isShorthand ? ' shorthand' : ''}`),
      [
        ...[
          'call',
          'read',
          'typeof',
          'delete',
          'write',
          'read',
          'update',
          'update',
          'write',
          'read shorthand',
        ],
        ...['read', 'read', 'write shorthand', 'read', 'init'],
      ],
    );
    const names =
      'a.b; a?.b; a[b]; ({ c: d, [e]: f, g() {} }); h: for (;;) { continue h } export { i as j }; import.meta; let i';
    assert.deepEqual(
      analysed(names, true)
        .references.map(({ name }) => name)
        .join(''),
      'aaabdefi',
    );
  });

  it('with what belongs to functions', () => {
    const uses = (source: string): string[] =>
      analysed(source, true).uses.map(({ what, of, property }) =>
        `${what}${property ?? ''} ${of?.type ?? ''}`.trim(),
      );
    assert.deepEqual(uses('this; () => this; import.meta.url; import.meta; (import.meta).x'), [
      ...['this', 'this', 'import.metaurl', 'import.meta', 'import.metax'],
    ]);
    assert.deepEqual(uses('function f() { this; arguments; new.target; () => [this, arguments] }'), [
      ...['this', 'arguments', 'new.target', 'this', 'arguments'].map(
        (what) => `${what} FunctionDeclaration`,
      ),
    ]);
    assert.deepEqual(
      uses('class A extends B { constructor() { super(); super.x } y = this; static { this } [this] }'),
      [
        ...[
          'super() FunctionExpression',
          'super FunctionExpression',
          'this PropertyDefinition',
          'this StaticBlock',
          'this',
        ],
      ],
    );
  });

  it('with private names, of the class that declares them', () => {
    const { privateNames, scopes } = analysed(
      'class A { #a; m() { this.#a; #a in this; return class { #b = this.#b } } }',
    );
    assert.deepEqual(
      privateNames.map(({ name, scope }) => `${name} ${scope.kind}`),
      ['a function', 'a function', 'b field'],
    );
    assert.deepEqual(
      scopes.flatMap((each) => [...each.privateNames]),
      ['a', 'b'],
    );
  });

  it('by eval and with', () => {
    assert.equal(analysed('eval("")').isDynamic, true);
    assert.equal(analysed('() => { eval("") }').isDynamic, true);
    assert.equal(analysed('(0, eval)(""); eval?.(""); x.eval("")').isDynamic, false);
    assert.equal(analysed('function f() { with (x) y }').isDynamic, true);
  });
});

describe('strict code', () => {
  it('is told by directives, classes and modules', () => {
    const strict = (source: string, isModule = false): string[] =>
      analysed(source, isModule).scopes.flatMap(({ isStrict, kind }) => (isStrict ? kind : []));
    assert.deepEqual(strict('() => {}'), []);
    assert.deepEqual(strict('() => {}', true), ['top', 'function']);
    assert.deepEqual(strict('"a"; "use strict"; {}'), ['top', 'block']);
    assert.deepEqual(strict('function f() { "use strict"; {} } {}'), ['function', 'block']);
    assert.deepEqual(strict('class A extends (() => {}) { m() {} }'), ['class', 'function', 'function']);
    assert.deepEqual(strict('f(); "use strict"'), []);
  });
});
