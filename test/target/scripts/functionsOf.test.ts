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
