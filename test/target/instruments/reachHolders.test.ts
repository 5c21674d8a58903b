import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Step } from '../../../src/probe/index.js';
import { nodeMajors } from '../../support/index.js';
import { Subject } from './hooking.js';

const HELD = 'reach/held.cjs';
const PLAN: readonly Step[] = [{ by: 'exports' }, { by: 'scope-entry' }, { by: 'holders' }];

const KINDS: readonly (readonly [kind: string, name: string])[] = [
  ['emitter', 'inEmitter'],
  ['array', 'inArray'],
  ['map', 'inMap'],
  ['set', 'inSet'],
  ['closure', 'inClosure'],
  ['bound', 'inBound'],
  ['layer', 'layered'],
  ['stream', 'transform._transform'],
];

describe('functions that only a reference holds', { concurrency: 4 }, () => {
  for (const node of nodeMajors) {
    it(`Node ${node}`, async (t) => {
      const subject = await Subject.start(t, node, HELD);
      for (const [kind, name] of KINDS) {
        const value = await subject.ask(`t.kinds.${kind}(7)`);
        const spec = subject.spec('reach/holders.cjs', name, { plan: PLAN });
        const report = await subject.hook(spec);
        assert.equal(report.state, 'pending', `${kind} ${JSON.stringify(report)}`);
        const installed = await subject.calling(spec.hook, `t.kinds.${kind}(7)`, 'installed');
        assert.equal(installed.instrument, 'holder', kind);
        const before = await subject.calls(spec.hook);
        for (let i = 0; i < 5; i++) assert.equal(await subject.ask(`t.kinds.${kind}(7)`), value, kind);
        assert.equal((await subject.calls(spec.hook)) - before, 5, `${kind} ${JSON.stringify(installed)}`);
        assert.deepEqual((await subject.unhook(spec.hook)).undone, [spec.hook], kind);
        assert.equal(await subject.ask(`t.kinds.${kind}(7)`), value);
        t.diagnostic(
          `${kind}: ${installed.pauses} pauses, ${installed.stallMs} ms, ${JSON.stringify(installed.notes)}`,
        );
      }
    });
  }
});
