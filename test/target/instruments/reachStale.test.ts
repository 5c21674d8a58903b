import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Binding } from '../../../src/probe/index.js';
import { eventually, nodeMajors } from '../../support/index.js';
import { Subject } from './hooking.js';

const HOT = 2000;

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
        const isMany = name === 'manyCalled';
        /** Calls that say whether they went through a wrapper, of `call(n)`, and calls in all. */
        const tell = (n: number): number => (isMany ? 14 * n : 1);
        const times = (n: number): number => (isMany ? 3 * 14 * n : n);
        await subject.ask(`Array.from({ length: 10 }, () => ${call(isMany ? HOT / 20 : HOT)}).length`);
        const value = await subject.ask(call(200));
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
        const seen = ((await subject.ask<number>(call(30))) % 1e9) + tell(30) * 1e9;
        await eventually(async () => (await subject.ask(call(30))) === seen, {
          what: `every call of ${name} to go through the wrapper`,
          timeoutMs: 15_000,
          intervalMs: 20,
        });
        const before = await subject.calls(spec.hook);
        assert.equal(await subject.ask(call(200)), (value as number) + tell(200) * 1e9);
        const report = await subject.report(spec.hook);
        assert.equal(
          (await subject.calls(spec.hook)) - before,
          times(200),
          `${name} ${JSON.stringify(report)}`,
        );
        await subject.ask(`Array.from({ length: 10 }, () => ${call(isMany ? HOT / 20 : HOT)}).length`);
        await subject.unhook(spec.hook);
        // Those that have been optimised with the wrapper in place are back at the original too.
        assert.equal(
          await subject.ask(call(200)),
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
