import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { modulePattern, namesOf } from '../../../src/target/scripts/modulePattern.js';
import { fits, literalOf, matcher } from '../../../src/target/scripts/pattern.js';
import { nameOf, pathOf } from '../../../src/target/scripts/scriptName.js';
import { ownCpuMilliseconds } from '../../support/index.js';

describe('patterns', () => {
  it('a star stands for any characters', () => {
    for (const [pattern, text, expected] of [
      ['cart', 'cart', true],
      ['cart', 'carts', false],
      ['*cart*', 'a/cart.js', true],
      ['a*b*c', 'aXbYc', true],
      ['a*b*c', 'aXbY', false],
      ['*', '', true],
      ['', '', true],
      ['**', 'x', true],
    ] as const) {
      assert.equal(fits(pattern, text), expected, `${pattern} ${text}`);
    }
  });

  it('takes a bounded time for any of them', () => {
    const started = ownCpuMilliseconds();
    assert.equal(fits(`${'*a'.repeat(200)}b`, 'a'.repeat(4000)), false);
    assert.ok(ownCpuMilliseconds() - started < 1000);
  });

  it('a regular expression fits whole names, and cannot stop us', () => {
    assert.deepEqual(matcher('(cart|shop)', true)([['cart'], ['carts'], ['x', 'shop']]), [true, false, true]);
    assert.throws(() => matcher('(', true), /no regular expression/);
    assert.throws(() => matcher('(a+)+b', true)([['a'.repeat(60)]]), /took longer/);
  });

  it('finds the part that whatever fits must hold', () => {
    assert.equal(literalOf('*Service', false), 'Service');
    assert.equal(literalOf('a*long*b', false), 'long');
    assert.equal(literalOf('.*', true), '');
  });
});

describe('names of modules', () => {
  it('are the package and path below node_modules, else the path from the working folder', () => {
    const of = (path: string) => nameOf(path, path, '/srv/app');
    assert.deepEqual(of('/srv/app/dist/cart.js'), { name: 'dist/cart.js', packageName: '' });
    assert.deepEqual(of('/opt/cart.js'), { name: '/opt/cart.js', packageName: '' });
    assert.deepEqual(of('/srv/app/node_modules/@a/b/c.js'), { name: '@a/b/c.js', packageName: '@a/b' });
    assert.deepEqual(of('/n/node_modules/.pnpm/x@1/node_modules/x/i.js'), {
      name: 'x/i.js',
      packageName: 'x',
    });
    assert.equal(pathOf('file:///a%20b/c.js?v=1'), '/a b/c.js');
    assert.equal(pathOf('evalmachine.<anonymous>'), '');
    assert.equal(pathOf('file://%zz'), '');
  });

  it('answer to each end of a path, without the extension, and to the package', () => {
    const script = {
      path: '/app/lib/cart.js',
      url: '/app/lib/cart.js',
      name: 'lib/cart.js',
      packageName: '',
    };
    const names = namesOf(script, ['/app/src/cart.ts']);
    for (const name of [
      'cart.js',
      'cart',
      'lib/cart',
      'lib/cart.js',
      '/app/lib/cart.js',
      'src/cart.ts',
      'cart.ts',
    ]) {
      assert.ok(names.includes(name), name);
    }
    assert.ok(!names.includes('art.js'));
  });

  it('may be followed by a class', () => {
    const parts = (text: string, regex = false) => {
      const { module, className } = modulePattern(text, regex);
      return [module, className];
    };
    assert.deepEqual(parts('cart.js:Cart'), ['cart.js', 'Cart']);
    assert.deepEqual(parts('*:*Cart'), ['*', '*Cart']);
    assert.deepEqual(parts('node:fs'), ['node:fs', '']);
    assert.deepEqual(parts('/a/b:c/d.js'), ['/a/b:c/d.js', '']);
    assert.deepEqual(parts('a:b', true), ['a:b', '']);
  });
});
