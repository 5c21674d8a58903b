import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  fittingNames,
  literalOfName,
  memberNames,
  namePartsOf,
  wholeNames,
} from '../../../src/target/scripts/functionName.js';
import { functionsOf } from '../../../src/target/scripts/functionsOf.js';
import { modulePattern, namesOf } from '../../../src/target/scripts/modulePattern.js';
import { nearest } from '../../../src/target/scripts/nearest.js';
import { fits } from '../../../src/target/scripts/pattern.js';
import { ownCpuMilliseconds } from '../../support/index.js';

const NAMES = [
  'checkout',
  'Cart.total',
  'Cart#save',
  'Cart.[Symbol.iterator]',
  'Order.total',
  'handlers.deep.list',
  '<anonymous>@cart.ts:12',
  'default',
];

describe('names of functions', () => {
  it('have an owner and a member', () => {
    assert.deepEqual(
      NAMES.map((name) => Object.values(namePartsOf(name)).join(' | ')),
      [
        ' | checkout',
        'Cart | total',
        'Cart | #save',
        'Cart | [Symbol.iterator]',
        'Order | total',
        'handlers.deep | list',
        ' | <anonymous>@cart.ts:12',
        ' | default',
      ],
    );
  });

  it('fit as a whole, else by the member alone; always by the member where the class is named', () => {
    const fitting = (pattern: string, hasOwner = false, regex = false) =>
      NAMES.filter((_, index) => fittingNames(pattern, regex, NAMES, hasOwner)[index]).join(' ');
    assert.equal(fitting('checkout'), 'checkout');
    assert.equal(fitting('Cart.*'), 'Cart.total Cart#save Cart.[Symbol.iterator]');
    assert.equal(fitting('total'), 'Cart.total Order.total');
    assert.equal(fitting('tot*'), 'Cart.total Order.total');
    assert.equal(fitting('save'), 'Cart#save');
    assert.equal(fitting('#save'), 'Cart#save');
    assert.equal(fitting('Cart.#save'), 'Cart#save');
    assert.equal(
      fitting('*t*'),
      'checkout Cart.total Cart#save Cart.[Symbol.iterator] Order.total handlers.deep.list <anonymous>@cart.ts:12 default',
    );
    assert.equal(fitting('total', true), 'Cart.total Order.total');
    assert.equal(fitting('<anonymous>@*'), '<anonymous>@cart.ts:12');
    assert.equal(fitting('list'), 'handlers.deep.list');
    assert.equal(fitting('(Cart|Order)\\.total', false, true), 'Cart.total Order.total');
    assert.equal(fitting('t.*l', false, true), 'Cart.total Order.total');
    assert.equal(fitting('nothing'), '');
  });
});

const word = fc.stringMatching(/^[a-zA-Z_$][a-zA-Z0-9_$]{0,8}$/);
const anyName = fc.oneof(
  word,
  fc.tuple(word, fc.constantFrom('.', '#', '.deep.'), word).map((parts) => parts.join('')),
  fc.tuple(word, fc.nat(999)).map(([file, line]) => `<anonymous>@${file}.ts:${line}`),
);

describe('any name and any pattern', () => {
  it('a name fits itself, its member and stars in its place', () => {
    fc.assert(
      fc.property(anyName, fc.array(anyName), fc.nat(), (name, others, at) => {
        const names = [name, ...others];
        assert.equal(fittingNames(name, false, names, false)[0], true);
        assert.equal(fittingNames('*', false, names, true)[0], true);
        const cut = at % (name.length + 1);
        assert.equal(fits(`${name.slice(0, cut)}*`, name), true);
        assert.equal(fits(`*${name.slice(cut)}`, name), true);
        for (const member of memberNames(name)) {
          assert.equal(fittingNames(member, false, names, true)[0], true, member);
          assert.equal(fittingNames(member, false, [name], false)[0], true, member);
        }
        for (const whole of wholeNames(name)) assert.equal(fittingNames(whole, false, names, false)[0], true);
      }),
      { seed: 1 },
    );
  });

  it('a star means what it means in a regular expression', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*', '.'), maxLength: 8 });
    fc.assert(
      fc.property(letters, letters, (pattern, text) => {
        const expression = pattern
          .split('*')
          .map((part) => part.replaceAll('.', '\\.'))
          .join('.*');
        assert.equal(fits(pattern, text), new RegExp(`^${expression}$`, 's').test(text));
      }),
      { seed: 2, numRuns: 2000 },
    );
  });

  it('no pattern throws, whatever was typed; none takes long', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), fc.array(anyName), (pattern, names) => {
        const started = ownCpuMilliseconds();
        assert.equal(fittingNames(pattern, false, names, false).length, names.length);
        const { module, className } = modulePattern(pattern, false);
        assert.ok(pattern.startsWith(module) && pattern.endsWith(className));
        assert.ok(nearest(pattern, names).every((name) => names.includes(name)));
        assert.ok(ownCpuMilliseconds() - started < 1000);
      }),
      { seed: 3, numRuns: 500 },
    );
  });

  it('what is looked for in the text of a script stands in every script that holds such a function', () => {
    const kinds = fc.constantFrom(
      (name: string) => `function ${name}() {}`,
      (name: string) => `const ${name} = () => 1`,
      (name: string) => `class Owner { ${name}() {} }`,
      (name: string) => `class Owner { #${name} = () => 1 }`,
      (name: string) => `const holder = { ${name}: function () {} }`,
      (name: string) => `Owner.prototype.${name} = function () {}`,
      (name: string) => `class ${name} {}`,
    );
    fc.assert(
      fc.property(
        kinds,
        word.map((text) => `w${text}`),
        fc.nat(),
        (write, name, at) => {
          const source = write(name);
          for (const found of functionsOf(source, false).functions) {
            const cut = at % found.name.length;
            for (const pattern of [found.name, `${found.name.slice(0, cut)}*`, `*${found.name.slice(cut)}`]) {
              assert.ok(source.includes(literalOfName(pattern, false)), `${pattern} in ${source}`);
            }
          }
        },
      ),
      { seed: 4, numRuns: 500 },
    );
  });
});

describe('names of modules', () => {
  it('a class is named after the last colon, a scheme or a drive is none', () => {
    const parts = (text: string) => {
      const { module, className } = modulePattern(text, false);
      return `${module} ${className}`;
    };
    assert.equal(parts('cart.js:Cart'), 'cart.js Cart');
    assert.equal(parts('src/cart.ts:*Service'), 'src/cart.ts *Service');
    assert.equal(parts('node:fs'), 'node:fs ');
    assert.equal(parts('file:///srv/cart.js'), 'file:///srv/cart.js ');
    assert.equal(parts('*:Cart'), '* Cart');
  });

  it('a file answers to each end of its path, with and without its extension, and to its package', () => {
    const script = {
      path: '/srv/node_modules/@scope/pay/lib/index.mjs',
      url: '',
      name: '@scope/pay/lib/index.mjs',
      packageName: '@scope/pay',
    };
    const names = namesOf(script, ['src/index.ts']);
    for (const name of [
      'index.mjs',
      'index',
      'lib/index',
      '@scope/pay',
      'src/index.ts',
      'index.ts',
      script.path,
    ]) {
      assert.ok(names.includes(name), name);
    }
  });
});

describe('nearest names', () => {
  it('are those with a slip of the finger, the part that counts first', () => {
    assert.deepEqual(nearest('crat.js', ['lib/cart.js', 'lib/order.js', 'rat.js']), [
      'rat.js',
      'lib/cart.js',
    ]);
    assert.deepEqual(nearest('Cart.totl', ['Cart.total', 'Cart.add', 'Order.total']), ['Cart.total']);
    assert.deepEqual(nearest('total', ['Cart.total', 'subtotal', 'x']), ['Cart.total', 'subtotal']);
    assert.deepEqual(nearest('CHECKOUT', ['checkout']), ['checkout']);
    assert.deepEqual(nearest('zzzzzz', ['checkout', 'total']), []);
    assert.deepEqual(nearest('*', ['checkout']), []);
  });
});
