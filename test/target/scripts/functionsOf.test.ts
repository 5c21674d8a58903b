import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { functionsOf } from '../../../src/target/scripts/functionsOf.js';

function names(source: string, isModule = false): string[] {
  return functionsOf(source, isModule).functions.map(({ name }) => name);
}

describe('functionsOf', () => {
  it('names functions as people call them', () => {
    const source = `
function plain() {}
const arrow = () => 1;
let expression = function own() {};
var { x = function () {} } = {};
exports.sent = function () {};
module.exports.other = () => {};
handlers.deep.list = function () {};
Cart.prototype.total = function () {};
const table = { run() {}, get size() { return 0; }, inner: { go: () => 0 } };
Object.assign(Cart.prototype, { clear() {} });
setTimeout(function () {}, 1);
setTimeout(function named() {}, 1);
`;
    assert.deepEqual(names(source), [
      'plain',
      'arrow',
      'expression',
      'x',
      'sent',
      'other',
      'handlers.deep.list',
      'Cart.total',
      'table.run',
      'table.size',
      'table.inner.go',
      'Cart.clear',
      '',
      'named',
    ]);
  });

  it('names members of classes, private ones and fields by #', () => {
    const source = `
class Cart extends Base {
  static #count = 0;
  #lines = [];
  onChange = () => {};
  static make = () => new Cart();
  constructor(a, { b } = {}, ...c) { super(); this.later = () => 1; }
  total() {}
  async load() {}
  *[Symbol.iterator]() {}
  get size() { return 0; }
  static of() {}
  #save() {}
}`;
    const { functions, classes } = functionsOf(source, false);
    assert.deepEqual(
      functions.map(({ name, kind }) => `${name} ${kind}`),
      [
        'Cart#onChange arrow',
        'Cart.make arrow',
        'Cart.constructor constructor',
        'Cart#later arrow',
        'Cart.total method',
        'Cart.load method',
        'Cart.[Symbol.iterator] method',
        'Cart.size getter',
        'Cart.of method',
        'Cart#save method',
      ],
    );
    const [cart] = classes;
    assert.equal(cart?.superClass, 'Base');
    assert.deepEqual(
      cart?.fields.map((field) => `${field.isStatic ? 'static ' : ''}${field.name}`),
      ['static #count', '#lines', 'onChange', 'static make'],
    );
    assert.deepEqual(functions[2]?.params, ['a', '{ b } = {}', '...c']);
  });

  it('knows what is exported, in both module systems', () => {
    const cjs = functionsOf(
      'function a() {} function b() {} function c() {}\nmodule.exports = { a, z: b };',
      false,
    );
    assert.deepEqual(
      cjs.functions.filter(({ exported }) => exported).map(({ name }) => name),
      ['a', 'b'],
    );
    const esm = functionsOf(
      'export default function () {}\nexport const f = () => 1;\nfunction g() {}\nfunction h() {}\nexport { g as G };',
      true,
    );
    assert.deepEqual(
      esm.functions.filter(({ exported }) => exported).map(({ name }) => name),
      ['default', 'f', 'g'],
    );
  });

  it('takes the own name of what a module exports as a whole', () => {
    const whole = (source: string) =>
      functionsOf(source, false).functions.map(({ name, exported }) => [name, exported]);
    assert.deepEqual(whole('module.exports = function serve() {}'), [['serve', true]]);
    assert.deepEqual(whole('module.exports = () => 1'), [['module.exports', true]]);
    assert.deepEqual(whole('module.exports = class Cart { total() {} }'), [
      ['Cart.total', true],
      ['Cart.constructor', true],
    ]);
    assert.deepEqual(names('export default function serve() {}', true), ['serve']);
  });

  it('knows where the first word of a name stands: a minifier has changed that one', () => {
    const source =
      'var e={a(){},b:{c(){}}};class t{m(){}f=()=>1}e.d.g=()=>1;t.prototype.h=function(){};exports.i={j(){}};';
    const { functions } = functionsOf(source, false);
    assert.deepEqual(
      functions.map(({ name, headAt }) => `${name} ${source[(headAt?.column ?? 0) - 1]}${headAt?.column}`),
      ['e.a e5', 'e.b.c e5', 't.m t31', 't#f t31', 't.constructor t31', 'e.d.g e46', 't.h t58', 'i.j i93'],
    );
  });

  it('gives places that count from 1, and what declares a function', () => {
    const source = '#!/usr/bin/env node\nconst f = async (a) => a;\nclass C {\n  static async m() {}\n}\n';
    const [f, m] = functionsOf(source, false).functions;
    assert.deepEqual(f?.start, { line: 2, column: 11 });
    assert.deepEqual(f?.nameAt, { line: 2, column: 7 });
    assert.equal(source.slice(...(f?.whole ?? [0, 0])), 'const f = async (a) => a;');
    assert.equal(source.slice(...(m?.whole ?? [0, 0])), 'static async m() {}');
    assert.equal(m?.isStatic && m.isAsync, true);
  });

  it('takes what CommonJS allows at the top, and says what it cannot parse', () => {
    assert.deepEqual(names('if (x) return;\nfunction f() {}'), ['f']);
    assert.throws(() => functionsOf('function (', false), SyntaxError);
  });
});

describe('facts for instruments', () => {
  const bindings = (source: string, isModule = false) =>
    functionsOf(source, isModule).functions.map(({ name, facts: { binding, isPerCall } }) =>
      [
        name,
        ...(binding ? [binding.kind, binding.isTop && 'top', binding.isReassigned && 'reassigned'] : []),
        isPerCall && 'per call',
      ]
        .filter(Boolean)
        .join(' '),
    );

  it('which variable holds a function, and whether that changes', () => {
    assert.deepEqual(
      bindings(
        `
function a() {} const b = () => 1; let c = function () {}; var d = class {}, e; e = () => 1;
let twice = () => 1; twice = () => 2; let out; ({ out } = { out: () => 1 }); [out] = [];
function again() {} again = null; class K {} K = deco(K); export default function () {}
const { f = () => 1, ...rest } = {}; x.y = () => 1; run(() => 1); export { a as z };
for (const item of [() => 1]) use(() => item);
if (1) { const inBlock = () => 1; function hoisted() {} }
try {} catch (c) { c = null }
`,
        true,
      ),
      [
        'a function top',
        'b const top',
        'c let top',
        'd.constructor var top',
        'e var top',
        'twice let top reassigned',
        'twice let top reassigned',
        'out',
        'again function top reassigned',
        'K.constructor class top reassigned',
        'default',
        'f const top',
        'x.y',
        '',
        'per call',
        'per call',
        'inBlock const top',
        'hoisted function top',
      ],
    );
  });

  it('what is made anew per call, and what a function that is called where it stands holds', () => {
    assert.deepEqual(
      bindings(`
(function () { const once = () => 1; function outer(p = () => 1) { const inner = () => p; return inner } })();
(() => { const arrow = () => 1 }).call(this); !async function () { let late = () => 1 }();
const later = () => { class Local { field = () => 1; m() {} } };
class C { field = () => 1; static once = () => 1; static { const block = () => 1 } #p() {} static #s; constructor() {} }
`),
      [
        '',
        'once const top',
        'outer function top',
        'p parameter per call',
        'inner const per call',
        '',
        'arrow const top',
        '',
        'late let top',
        'later const top',
        'Local#field per call',
        'Local.m per call',
        'Local.constructor class per call',
        'C#field per call',
        'C.once',
        'block const top',
        'C#p',
        'C.constructor class top',
      ],
    );
  });

  it('what bundlers and universal modules wrap runs once', () => {
    assert.deepEqual(
      bindings(`
var require_a = __commonJS({ "a.js"(exports, module) { function inA() {} } });
var modules = { 1: (__unused_webpack_module, exports, __webpack_require__) => { const in1 = () => 1 } };
(function (root, factory) { root.lib = factory() })(this, function () { function inLib() {} return { inLib } });
app.use(function (request, response) { const each = () => 1 });
`),
      [
        'a.js',
        'inA function top',
        'modules.1',
        'in1 const top',
        '',
        '',
        'inLib function top',
        '',
        'each const per call',
      ],
    );
  });

  it('what is read by whom, and what a function is called where it runs', () => {
    const of = (source: string) =>
      functionsOf(source, false).functions.map(({ facts: { binding, ownName } }) =>
        [ownName, binding?.isReadLater && 'later', binding?.isHandedOn && 'handed on']
          .filter(Boolean)
          .join(' '),
      );
    assert.deepEqual(of('function a() {} a(); function b() { a() } setInterval(b)'), [
      'a later',
      'b handed on',
    ]);
    assert.deepEqual(of('const a = function own() {}; exports.x = a; const b = () => { a(); b() }'), [
      'own later handed on',
      'b later',
    ]);
    assert.deepEqual(
      of('while (x) { run(a) } function a() {} ({ key() { return { a: 1, b } } }); const b = () => 1'),
      ['a later handed on', 'key', 'b later handed on'],
    );
    assert.deepEqual(
      of('class C { constructor() {} m() { C.of() } } var d = class {}; use(() => 1); d = new C()'),
      ['C handed on', 'm', 'd', ''],
    );
  });

  it('keys, texts and classes', () => {
    const source = `class C { static async m() {} ['k']() {} [k]() {} static #s() {} get #g() { return 1 } constructor() {} }
const o = { 'a b'() {}, f: () => 1 }; x.y.z = () => 1; class D extends C {}`;
    const { functions } = functionsOf(source, false);
    assert.deepEqual(
      functions.map(({ facts }) => `${facts.key}|${source.slice(...facts.text).slice(0, 12)}`),
      [
        'm|async m() {}',
        "k|['k']() {}",
        '|[k]() {}',
        's|#s() {}',
        'g|get #g() { r',
        '|class C { st',
        "a b|'a b'() {}",
        'f|() => 1',
        'z|() => 1',
        '|class D exte',
      ],
    );
    assert.deepEqual(
      functions
        .map(({ facts }) => [facts.hasPrivateStatics, facts.isImplicit])
        .filter((each) => each.some(Boolean)),
      [
        [true, false],
        [false, true],
      ],
    );
  });
});
