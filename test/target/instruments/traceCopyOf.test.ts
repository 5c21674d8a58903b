/** What can be copied and what cannot, which names a copy is handed, and how its sites are called. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse } from 'acorn';
import fc from 'fast-check';
import { both, rewrite } from './traceCopies.js';

function why(source: string, name: string, isModule = false): string {
  const result = rewrite(source, name, isModule);
  return 'why' in result ? result.why : 'copied';
}

function copied(source: string, name: string, isModule = false) {
  const result = rewrite(source, name, isModule);
  if ('why' in result) throw new Error(result.why);
  return result.copy;
}

/** Names that the factory of a copy reads from around it. */
function handed(source: string, name: string, isModule = false): string[] {
  return [...copied(source, name, isModule).text.matchAll(/\(\)=>([\w$]+)(?=[,\]])/g)]
    .map(([, each = '']) => each)
    .sort();
}

describe('what can be copied', () => {
  it('tells what cannot be, and why', () => {
    assert.match(why('class A { constructor() { f() } }', 'A.constructor'), /a class constructor/);
    assert.match(why('class A { m() {} }', 'A.constructor'), /no constructor/);
    assert.match(why('class A { #m() { f() } }', 'A#m'), /a private method/);
    assert.match(why('function f() { return arguments.callee }', 'f'), /arguments\.callee/);
    assert.match(why('function f() { return import.meta.env }', 'f', true), /import\.meta/);
    assert.match(why('function f() { import.meta.url = 1 }', 'f', true), /import\.meta/);
    assert.match(why('const f = () => import.meta', 'f', true), /import\.meta/);
    assert.equal(
      why('function f() { return import . meta . url + import.meta.dirname }', 'f', true),
      'copied',
    );
    assert.match(why('async function f() { function g() {} var g; g() }', 'f'), /declares g twice/);
    assert.match(why('async function f() { function g() {} function g() {} g() }', 'f'), /declares g twice/);
    assert.equal(why('function f() { function g() {} var g; g() }', 'f'), 'copied');
    assert.match(why('let x; function f(a = () => x) { var x; g() }', 'f'), /parameters use x of around it/);
    assert.match(why('function f(a = x) { var x; g() }', 'f'), /parameters use x of around it/);
    assert.equal(why('let x; function f(x, a = x, b = (y) => y) { var x, y; g() }', 'f'), 'copied');
    assert.match(why(`function f() { ${'g();'.repeat(60_000)} }`, 'f'), /more than 200000/);
  });

  it('says how many calls it leaves out', () => {
    const { sites, notes } = copied(`function f() { ${'g();'.repeat(600)} }`, 'f');
    assert.equal(sites.length, 500);
    assert.deepEqual(notes, ['100 of its calls are not timed: more than 500 (--limit trace-sites=N)']);
  });
});

describe('names that a copy is handed', () => {
  it('are those that never change', () => {
    const source = `
      import { live } from './a.js'; import * as space from './b.js';
      const fixed = 1; let once = 2; let twice = 3; twice = 4; let empty; var old = 5;
      function helper() {} class Thing {}
      export function f(own) { return [live, space, fixed, once, twice, empty, old, helper, Thing, own, Math, Date, fetch] }`;
    assert.deepEqual(handed(source, 'f', true), ['Math', 'Thing', 'fixed', 'helper', 'once', 'space']);
  });

  it('are none where code from strings may change anything', () => {
    assert.deepEqual(handed('const a = 1; function f() { return a } function g(x) { eval(x) }', 'f'), []);
    assert.deepEqual(handed('const a = 1; function f() { return a } with (o) {}', 'f'), []);
  });

  it('are not those of loops, of arguments, of patterns that are assigned', () => {
    assert.deepEqual(
      handed('function o(p, q) { arguments[0] = 2; function f() { return p + q } return f }', 'f'),
      [],
    );
    assert.deepEqual(handed('function o(p) { function f() { return p } return f }', 'f'), ['p']);
    assert.deepEqual(handed('function o() { for (let i = 0; i < 2; i++) { const f = () => [i] } }', 'f'), []);
    assert.deepEqual(handed('function o() { for (const i of []) { const f = () => [i] } }', 'f'), ['i']);
    assert.deepEqual(handed('function o() { while (1) { var x = 1; } const f = () => [x] }', 'f'), []);
    assert.deepEqual(handed('let a = 1, b = 2; ({ a, c: [b] } = {}); const f = () => [a, b]', 'f'), []);
    assert.deepEqual(
      handed('let a = 1, b = 2; for (a of []); for (b in {}); const f = () => [a, b]', 'f'),
      [],
    );
    assert.deepEqual(handed('let a = 1; a++; const f = () => [a]', 'f'), []);
    assert.deepEqual(
      handed('function o(p) { "use strict"; arguments[0] = 2; function f() { return p } return f }', 'f'),
      ['p'],
      'in strict code a parameter is not tied to `arguments`',
    );
    assert.deepEqual(handed('function o() { { function g() {} const f = () => [g] } }', 'f'), ['g']);
    assert.deepEqual(handed('function o() { { function g() {} } const f = () => [g] }', 'f'), []);
    assert.deepEqual(handed('function o() { try {} catch (e) { var e = 1; const f = () => [e] } }', 'f'), []);
    assert.deepEqual(handed('Math = 1; const f = () => [Math, JSON]; { let JSON; JSON = 1 }', 'f'), ['JSON']);
  });

  it('wait until they have their value', () => {
    const made = both(
      'const early = () => typeof later === "function" ? later() : 0; const later = () => 5;',
      'early',
    );
    assert.equal(made.traced(), 5);
  });
});

describe('sites', () => {
  const texts = (body: string): string[] =>
    copied(`const o = {}; async function f() { ${body} }`, 'f').sites.map(
      ({ kind, text }) => `${kind} ${text}`,
    );

  it('are called as they are written, without what they are given', () => {
    assert.deepEqual(texts('o.a.b(1)'), ['call o.a.b']);
    assert.deepEqual(texts('fetch(url).then((x) => x, 1)'), ['call fetch(…).then', 'call fetch']);
    assert.deepEqual(texts('await o.load(1)'), ['await o.load(…)', 'call o.load']);
    assert.deepEqual(texts('new o.Thing(1)'), ['new o.Thing']);
    assert.deepEqual(texts('o?.a?.(1)'), ['call o?.a']);
    assert.deepEqual(texts('(() => { g() })()'), ['call (function)', 'call g']);
    assert.deepEqual(texts('`x`; o.tag`a`'), ['tag o.tag']);
    assert.deepEqual(texts('await import("x")'), ['import "x"']);
    assert.deepEqual(texts('o[1](2)'), ['call o[1]']);
    assert.ok(texts(`o.${'x'.repeat(300)}()`).every((text) => text.length <= 90));
  });

  it('name the call that an await waits for', () => {
    const { sites } = copied('async function f() { await g(1) }', 'f');
    assert.equal(sites[0]?.awaits, 1);
    assert.equal(sites[1]?.text, 'g');
  });

  it('lead to what is called by data alone', () => {
    const { sites } = copied(
      'const o = {}; function f(p) { o.a.b(1); p(2); this.m(3); g().h(4); o[p](5); fetch(6) }',
      'f',
    );
    assert.deepEqual(
      sites.map(
        ({ text, path, isGlobal }) => `${text}: ${path?.join('.') ?? '-'}${isGlobal ? ' global' : ''}`,
      ),
      ['o.a.b: a.b', 'p: ', 'this.m: m', 'g().h: h', 'g: g global', 'o[p]: -', 'fetch: fetch global'],
    );
  });
});

describe('any text', () => {
  it('is copied to what parses, or refused', () => {
    const pieces = fc.constantFrom(
      ...[
        'f',
        '(',
        ')',
        '{',
        '}',
        '=>',
        'async ',
        'await ',
        'x',
        ',',
        ';',
        '...',
        '`',
        '${',
        '?.',
        '.',
        'new ',
        '[',
        ']',
      ],
      ...[
        'function ',
        '*',
        'yield ',
        'class ',
        'return ',
        '/',
        '"',
        "'",
        '\n',
        '=',
        ':',
        'super',
        'this',
        '#p',
        'in ',
        '//',
        '/*',
      ],
    );
    let seen = 0;
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (all) => {
        const source = `function outer(a, b) { ${all.join('')} }`;
        try {
          parse(source, { ecmaVersion: 'latest' });
        } catch {
          return;
        }
        seen += 1;
        const result = rewrite(source, 'outer');
        // The rewriter looks at its own text; a fault of it would be told here.
        if ('why' in result) assert.doesNotMatch(result.why, /could not be written/);
      }),
      { numRuns: 3000, seed: 7 },
    );
    assert.ok(seen > 50, `${seen} of the texts were programs`);
  });
});
