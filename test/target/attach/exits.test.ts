import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { RemoraError } from '../../../src/base/index.js';
import { nodeMajors } from '../../support/index.js';
import { newTargets, pidByMain, probeFolders, subject, temporaryFolder } from './attaching.js';

const GONE = new Set(['process-gone', 'target-let-go', 'process-not-found']);

function assertGone(error: unknown): true {
  assert.ok(error instanceof RemoraError, String(error));
  assert.ok(GONE.has(error.code), `${error.code}: ${error.message}`);
  return true;
}

/** Something that exits by itself with a code of its own, in ways that programs do. */
const endings = [
  ['process.exit', 'process.exit(7)'],
  ['an exit code and nothing left to do', 'process.exitCode = 7; process.stdin.unref(); server.close()'],
] as const;

describe('a target that exits while it is attached', { concurrency: 4 }, () => {
  for (const node of nodeMajors) {
    for (const [how, text] of endings) {
      it(`Node ${node}: ${how}: the code is kept, calls are rejected`, async (t) => {
        const process = await subject(t, node, { file: 'commanded.cjs' });
        const targets = newTargets(t);
        const target = await targets.attach(String(process.pid));
        assert.equal(await pidByMain(target), process.pid);
        const waiting = target.cdp(
          'Runtime.evaluate',
          { expression: 'new Promise(() => {})', awaitPromise: true },
          { timeoutMs: 60_000 },
        );
        const outcome = assert.rejects(waiting, RemoraError);
        process.write(text);
        assert.deepEqual(await process.exited, { code: 7, signal: null });
        await outcome;
        await assert.rejects(target.cdp('Runtime.evaluate', { expression: '1' }), assertGone);
        assert.ok(target.closed.aborted);
        assert.equal(targets.attached().length, 0);
        await target.letGo('too late');
      });
    }

    it(`Node ${node}: SIGTERM ends it as before`, async (t) => {
      const process = await subject(t, node);
      const target = await newTargets(t).attach(String(process.pid));
      process.child.kill('SIGTERM');
      assert.deepEqual(await process.exited, { code: null, signal: 'SIGTERM' });
      await assert.rejects(pidByMain(target), assertGone);
    });
  }

  for (const node of [24, 26] as const) {
    it(`Node ${node}: process.exit is not held up by a kept inspector connection`, async (t) => {
      const nodeArgs = [
        '--permission',
        '--allow-fs-read=*',
        '--allow-inspector',
        ...(node === 26 ? ['--allow-net'] : []),
      ];
      const process = await subject(t, node, { file: 'commanded.cjs', nodeArgs });
      const target = await newTargets(t).attach(String(process.pid));
      assert.equal(target.channel, 'cdp');
      process.write('process.exit(7)');
      const ended = await Promise.race([process.exited, sleep(10_000, undefined, { ref: false })]);
      assert.deepEqual(ended, { code: 7, signal: null });
      await assert.rejects(pidByMain(target), assertGone);
    });
  }
});

describe('a target that exits in the middle of an attach', { concurrency: 4 }, () => {
  for (const node of nodeMajors) {
    it(`Node ${node}: at any moment: its exit code is kept, and the attach ends`, async (t) => {
      const temporary = temporaryFolder(t, 'tmp');
      const targets = newTargets(t);
      for (let round = 0; round < 10; round += 1) {
        const process = await subject(t, node, { file: 'commanded.cjs', env: { TMPDIR: temporary } });
        const attach = targets.attach(String(process.pid)).then(
          (target) => target.letGo('done'),
          (error: unknown) => assertGone(error),
        );
        process.write(`setTimeout(() => process.exit(7), ${round * 12})`);
        const ended = await Promise.race([process.exited, sleep(10_000, undefined, { ref: false })]);
        assert.deepEqual(ended, { code: 7, signal: null }, `round ${round}: ${process.stderr()}`);
        await attach;
      }
      // A process that exits with our folder made takes no time to remove it: one empty folder each is all there can be.
      assert.ok(probeFolders(temporary).length < 10);
    });
  }
});
