import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Binding } from '../../../src/probe/index.js';
import { eventually, nodeMajors } from '../../support/index.js';
import { Subject } from './hooking.js';

const HOT = 3000;

describe('callers that V8 has optimised', { concurrency: 4 }, () => {
  for (const node of nodeMajors) {
    it(`Node ${node}`, async (t) => {
      const subject = await Subject.start(t, node, 'reach/held.cjs');
      const cases: readonly (readonly [string, Binding['kind'], string])[] = [
        ['hotFunction', 'function', 'callsFunction'],
        ['hotConstant', 'const', 'callsConstant'],
        ['hotLet', 'let', 'callsLet'],
        ['manyCalled', 'function', 'callsMany'],
      ];
      for (const [name, kind, via] of cases) {
        const call = (n: number): string => `t.stale.${via}(${n})`;
        const times = name === 'manyCalled' ? 14 : 1;
        for (let i = 0; i < 20; i++) await subject.ask(call(HOT));
        const value = await subject.ask(call(1000));
        const spec = subject.spec('reach/stale.cjs', name, {
          plan: [
            { by: 'exports' },
            { by: 'scope-entry', binding: { name, kind, isTop: true } },
            { by: 'holders' },
          ],
        });
        await subject.hook(spec);
        await subject.calling(spec.hook, call(30), 'installed');
        // Those who hold the original are looked for while it is called.
        const seen = (((await subject.ask(call(30))) as number) % 1e9) + times * 1e9;
        await eventually(async () => (await subject.ask(call(30))) === seen, {
          what: `every call of ${name} to go through the wrapper`,
          timeoutMs: 8000,
          intervalMs: 20,
        });
        const before = await subject.calls(spec.hook);
        assert.equal(await subject.ask(call(1000)), (value as number) + times * 1e9);
        const report = await subject.report(spec.hook);
        assert.equal(
          (await subject.calls(spec.hook)) - before,
          1000 * times,
          `${name} ${JSON.stringify(report)}`,
        );
        for (let i = 0; i < 12; i++) await subject.ask(call(HOT));
        await subject.unhook(spec.hook);
        // Those that have been optimised with the wrapper in place are back at the original too.
        assert.equal(
          await subject.ask(call(1000)),
          value,
          `${name} after the undo: ${JSON.stringify(report)}`,
        );
        t.diagnostic(
          `${name}: ${report?.pauses} pauses, ${report?.stallMs} ms, ${JSON.stringify(report?.notes)}`,
        );
      }
    });
  }
});
