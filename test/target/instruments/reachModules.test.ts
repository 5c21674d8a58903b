import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Step } from '../../../src/probe/index.js';
import { nodeMajors } from '../../support/index.js';
import { Subject } from './hooking.js';

const SHAPES = 'reach/esmShapes.mjs';

function entry(name: string, kind: 'function' | 'const'): Step {
  return { by: 'scope-entry', binding: { name, kind, isTop: true } };
}

describe('functions of ES modules', { concurrency: 4 }, () => {
  for (const node of nodeMajors) {
    it(`Node ${node}`, async (t) => {
      const subject = await Subject.start(t, node, 'reach/esm.mjs');
      const exports: Step = { by: 'exports' };
      const cases = [
        {
          name: 'Cart.total',
          plan: [exports],
          at: 'installed',
          call: 't.total(1, 2)',
          instrument: 'prototype',
        },
        {
          name: 'Secret.run',
          plan: [exports, { by: 'scope-read' }],
          at: 'installed',
          call: 't.secret(1)',
          instrument: 'scope-read',
        },
        {
          name: 'declared',
          plan: [exports, entry('declared', 'function')],
          at: 'pending',
          call: 't.declared(4)',
          instrument: 'scope-entry',
        },
        {
          name: 'arrow',
          plan: [exports, entry('arrow', 'const')],
          at: 'pending',
          call: 't.arrow(4)',
          instrument: 'const-rebind',
        },
        {
          name: 'hiddenInside',
          plan: [exports, entry('hiddenInside', 'function')],
          at: 'pending',
          call: 't.inside(4)',
          instrument: 'scope-entry',
        },
      ] as const;
      for (const { name, plan, at, call, instrument } of cases) {
        const value = await subject.ask(`t.calls(() => ${call}, 3000), ${call}`);
        const spec = subject.spec(SHAPES, name, { plan });
        assert.equal((await subject.hook(spec)).state, at, name);
        const installed = await subject.calling(spec.hook, call, 'installed');
        assert.equal(installed.instrument, instrument, JSON.stringify(installed));
        const before = await subject.calls(spec.hook);
        assert.equal(await subject.ask(`t.calls(() => ${call}, 500), ${call}`), value);
        assert.equal((await subject.calls(spec.hook)) - before, 501, `${name} ${JSON.stringify(installed)}`);
        assert.deepEqual((await subject.unhook(spec.hook)).undone, [spec.hook]);
        assert.equal(await subject.ask(`t.calls(() => ${call}, 500), ${call}`), value);
        t.diagnostic(
          `${name}: ${installed.pauses} pauses, ${installed.stallMs} ms, ${JSON.stringify(installed.notes)}`,
        );
      }
      assert.doesNotMatch(subject.process.stderr(), /Warning/);
    });
  }
});
