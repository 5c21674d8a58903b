import assert from 'node:assert/strict';
import { Session } from 'node:inspector';
import { observeText } from '../../../src/probe/worker/instruments/observeText.js';
import { makeHook, records, runCases, text, wrap } from './recordingKit.js';

await runCases([
  [
    'a debugger evaluates what the application may not',
    () => {
      assert.throws(() => new Function('return 1'), EvalError);
      const hook = makeHook();
      const fn = wrap(hook, (a: number) => a);
      const expression = observeText(
        {
          observer: 1,
          kind: 'watch',
          hooks: [hook.spec.hook],
          points: ['finish'],
          condition: text('(_$r.p(params[0])>1)', { atEntry: true }),
          express: text('[params[0],returnObj]'),
          limits: { depth: 2, items: 10, string: 100, bytes: 10_000, time: 100 },
          hits: 0,
          rate: 0,
          frames: 0,
        },
        5,
      );
      const session = new Session();
      session.connect();
      let failed: unknown;
      // Within one thread it answers before it returns.
      session.post(
        'Runtime.evaluate',
        { expression, silent: true },
        (error, { exceptionDetails } = {} as never) => {
          failed = error ?? exceptionDetails;
        },
      );
      session.disconnect();
      assert.equal(failed, undefined);
      fn(1);
      fn(2);
      assert.deepEqual(
        records().map(({ value }) => value),
        [[2, 2]],
      );
    },
  ],
]);
