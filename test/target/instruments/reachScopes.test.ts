import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Binding, Step } from '../../../src/probe/index.js';
import { nodeMajors } from '../../support/index.js';
import { Subject } from './hooking.js';

const HELD = 'reach/held.cjs';
const SHAPES = 'reach/shapes.cjs';

function entry(name?: string, kind: Binding['kind'] = 'function'): Step {
  return name ? { by: 'scope-entry', binding: { name, kind, isTop: true } } : { by: 'scope-entry' };
}

describe('functions that only their module can see', { concurrency: 4 }, () => {
  for (const node of nodeMajors) {
    it(`Node ${node}`, async (t) => {
      const subject = await Subject.start(t, node, HELD);
      const cases = [
        {
          name: 'hidden',
          plan: [entry('hidden')],
          via: 't.shapes.throughHidden',
          add: 1,
          instrument: 'scope-entry',
        },
        {
          name: 'changing',
          plan: [entry('changing', 'let')],
          via: 't.shapes.throughChanging',
          add: 2,
          instrument: 'scope-entry',
        },
        {
          name: 'Unseen.twice',
          plan: [entry()],
          via: 't.shapes.throughUnseen',
          add: 9,
          instrument: 'scope-entry',
        },
        {
          name: 'fixed',
          plan: [entry('fixed', 'const')],
          via: 't.shapes.throughFixed',
          add: 3,
          instrument: 'const-rebind',
        },
      ] as const;
      for (const { name, plan, via, add, instrument } of cases) {
        const spec = subject.spec(SHAPES, name, { plan });
        const report = await subject.hook(spec);
        assert.equal(report.state, 'pending', JSON.stringify(report));
        assert.equal(await subject.ask(`${via}(9)`), 9 + add);
        const installed = await subject.state(spec.hook, 'installed');
        assert.equal(installed.instrument, instrument, JSON.stringify(installed));
        const before = await subject.calls(spec.hook);
        assert.equal(
          await subject.ask(`t.calls(${via}, 1000)`),
          1000 * (name === 'Unseen.twice' ? 999 : 499.5 + add),
        );
        assert.equal((await subject.calls(spec.hook)) - before, 1000, name);
        assert.deepEqual((await subject.unhook(spec.hook)).undone, [spec.hook]);
        assert.equal(await subject.ask(`${via}(9)`), 9 + add);
        assert.equal(await subject.calls(spec.hook), -1);
      }
      assert.equal(
        await subject.ask(
          'Object.getOwnPropertyNames(globalThis).filter((each) => each.includes("remora")).length',
        ),
        0,
      );
      assert.match(
        await subject.ask<string>('String(t.shapes.hiddenItself())'),
        /^function hidden\(n\) \{\s+return n \+ 1;\s+\}$/,
      );
      assert.equal(await subject.ask<string>('String(t.shapes.fixedItself())'), '(n) => n + 3');
    });
  }
});
