import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nodeMajors } from '../../support/index.js';
import { Subject } from './hooking.js';

const HELD = 'reach/held.cjs';
const SHAPES = 'reach/shapes.cjs';

describe('functions below the exports of a module', { concurrency: 4 }, () => {
  for (const node of nodeMajors) {
    it(`Node ${node}`, async (t) => {
      const subject = await Subject.start(t, node, HELD);
      const cases = [
        { name: 'price', call: 't.shapes.price(4)', value: 8, instrument: 'property' },
        { name: 'Cart.total', call: 't.shapes.Cart.of(1, 2, 3).total()', value: 6, instrument: 'prototype' },
        { name: 'Cart.of', call: 't.shapes.Cart.of(1).items.length', value: 1, instrument: 'static' },
        {
          name: 'Cart.first',
          kind: 'getter',
          call: 't.shapes.Cart.of(5).first',
          value: 5,
          instrument: 'accessor',
        },
        {
          name: 'Cart.first',
          kind: 'setter',
          call: '{ const c = t.shapes.Cart.of(5); c.first = 9; c.items[0] }',
          value: 9,
          instrument: 'accessor',
        },
      ] as const;
      const shape = `JSON.stringify([t.shapes, t.shapes.Cart, t.shapes.Cart.prototype].map((o) => Object.entries(Object.getOwnPropertyDescriptors(o)).filter(([k]) => k !== 'made').map(([k, d]) => [k, Object.keys(d).map((f) => typeof d[f] === 'function' ? String(d[f]) : f + d[f])])))`;
      await subject.ask(
        't.same = [t.shapes.price, t.shapes.Cart.prototype.total, t.shapes.Cart.of, Object.getOwnPropertyDescriptor(t.shapes.Cart.prototype, "first").get], 0',
      );
      await subject.ask(`t.before = ${shape}, 0`);
      for (const each of cases) {
        const spec = subject.spec(SHAPES, each.name, {
          plan: [{ by: 'exports' }],
          kind: 'kind' in each ? each.kind : undefined,
        });
        const report = await subject.hook(spec);
        assert.equal(report.state, 'installed', JSON.stringify(report));
        assert.equal(report.instrument, each.instrument);
        assert.equal(await subject.ask(each.call), each.value);
        assert.equal(await subject.calls(spec.hook), 1, each.name);
        assert.deepEqual((await subject.unhook(spec.hook)).undone, [spec.hook]);
        assert.equal(await subject.ask(each.call), each.value);
      }
      assert.equal(await subject.ask(`${shape} === t.before`), true);
      assert.deepEqual(
        await subject.ask(
          '[t.shapes.price, t.shapes.Cart.prototype.total, t.shapes.Cart.of, Object.getOwnPropertyDescriptor(t.shapes.Cart.prototype, "first").get].map((f, i) => f === t.same[i])',
        ),
        [true, true, true, true],
      );
    });
  }
});
