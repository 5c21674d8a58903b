import assert from 'node:assert/strict';
import {
  endMark,
  makeHook,
  observe,
  recording,
  records,
  runCases,
  undo,
  watched,
  wrap,
} from './recordingKit.js';

await runCases([
  [
    'a plain function is recorded and gives what it gave',
    () => {
      const { fn } = watched((a: number, b: number) => a + b);
      assert.equal(fn(1, 2), 3);
      const [record, ...more] = records();
      assert.equal(more.length, 0);
      assert.equal(record?.point, 'AtExit');
      assert.deepEqual(record?.value, [[1, 2], 3, { '@type': 'undefined' }]);
      assert.ok((record?.cost ?? -1) >= 0 && (record?.cost ?? 99) < 50);
      assert.equal(record?.settle, undefined);
    },
  ],
  [
    'a throw is the same object',
    () => {
      const thrown = { odd: true };
      const { fn } = watched(() => {
        throw thrown;
      });
      assert.throws(fn, (error) => error === thrown);
      assert.equal(records()[0]?.point, 'AtExceptionExit');
    },
  ],
  [
    'this, and strict and sloppy, are as they were',
    () => {
      const sloppy = new Function('return this') as () => unknown;
      const strict = new Function('"use strict";return this') as () => unknown;
      const { fn: loose } = watched(sloppy);
      const { fn: tight } = watched(strict);
      assert.ok(loose() === globalThis);
      assert.equal(tight(), undefined);
      const holder = { m: watched(strict).fn };
      assert.equal(holder.m(), holder);
      assert.equal(watched(strict).fn.call(5 as never), 5);
    },
  ],
  [
    'an async function is recorded when it has settled',
    async () => {
      const { fn } = watched(async (ms: number) => {
        await new Promise((done) => setTimeout(done, ms));
        return 'late';
      });
      const promise = fn(30);
      assert.equal(records().length, 0);
      assert.equal(await promise, 'late');
      const [record] = records();
      assert.deepEqual(record?.value, [[30], 'late', { '@type': 'undefined' }]);
      assert.ok((record?.settle ?? 0) >= 28, String(record?.settle));
      assert.ok((record?.cost ?? 99) < 20);
    },
  ],
  [
    'after the undo nothing is recorded',
    () => {
      const hook = makeHook();
      const fn = wrap(hook, (a: number) => a);
      observe(hook);
      fn(1);
      undo(hook);
      assert.equal(fn(2), 2);
      assert.equal(records().length, 1);
      assert.equal(recording.originalOf(fn)?.call(undefined, 7), 7);
    },
  ],
  [
    'the end of the mark makes wrappers pass-throughs',
    () => {
      const { fn } = watched((a: number) => a);
      endMark();
      assert.equal(fn(2), 2);
      assert.equal(records().length, 0);
    },
  ],
]);
