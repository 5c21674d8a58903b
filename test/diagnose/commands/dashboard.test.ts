/** How `dashboard` begins and ends inside a process: what it puts in, and that nothing of it stays. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setLimit } from '../../../src/base/index.js';
import type { Target } from '../../../src/target/index.js';
import { eventually, nodeMajors } from '../../support/index.js';
import { allowsInput, type Bench, resultOf, type WireResult } from '../support/bench.js';
import { liveBench, liveTarget } from '../support/liveBench.js';

interface Loop {
  readonly answered: boolean;
  readonly lagMaxMs?: number;
}

/** Observers and delay histograms that are alive in the process: a running one keeps itself alive. */
async function watchers(target: Target): Promise<number> {
  const perfHooks = "process.getBuiltinModule('node:perf_hooks')";
  let count = 0;
  for (const prototype of [
    `${perfHooks}.PerformanceObserver.prototype`,
    `Object.getPrototypeOf(${perfHooks}.monitorEventLoopDelay())`,
  ]) {
    const made = await target.cdp<{ result: { objectId: string } }>('Runtime.evaluate', {
      expression: prototype,
      objectGroup: 'watchers',
    });
    const { objects } = await target.cdp<{ objects: { objectId: string } }>('Runtime.queryObjects', {
      prototypeObjectId: made.result.objectId,
      objectGroup: 'watchers',
    });
    const length = await target.cdp<{ result: { value: number } }>('Runtime.callFunctionOn', {
      objectId: objects.objectId,
      functionDeclaration: 'function () { return this.length; }',
      returnByValue: true,
    });
    count += length.result.value;
    await target.cdp('Runtime.releaseObjectGroup', { objectGroup: 'watchers' });
  }
  return count;
}

const isDashboard = (result: WireResult) => result.type === 'dashboard';

/** Starts one that has no end of its own, and waits for its first result. */
async function begin(bench: Bench, pid: number, line = 'dashboard -i 100') {
  const ids = await bench.session({ process: String(pid) });
  await bench.call({ action: 'async_exec', command: line, ...ids });
  await bench.pullUntil(ids, isDashboard);
  return ids;
}

const interrupt = (bench: Bench, ids: { sessionId: string }) =>
  bench.call({ action: 'interrupt_job', sessionId: ids.sessionId });

for (const node of nodeMajors) {
  describe(`dashboard on Node ${node}`, () => {
    for (const channel of ['worker', 'cdp'] as const) {
      it(`leaves nothing behind: channel ${channel}`, async (t) => {
        if (channel === 'cdp') setLimit(`attach-worker-headroom=${2 ** 50}`);
        t.after(() => setLimit(`attach-worker-headroom=${64 * 1024 * 1024}`));
        const live = await liveBench();
        t.after(live.close);
        const { bench, targets } = live;
        const subject = await liveTarget(node, 'idle.cjs');
        t.after(async () => void (await subject.stop()));
        const target = await targets.attach(String(subject.pid));
        assert.equal(target.channel, channel);
        const before = await watchers(target);

        const ids = await begin(bench, subject.pid);
        assert.equal(await watchers(target), before + 2);
        const second = await begin(bench, subject.pid, 'dashboard');
        assert.equal(await watchers(target), before + 4, 'two at once do not disturb each other');
        await interrupt(bench, second);
        await interrupt(bench, ids);
        const rest = await bench.pullUntil(ids, allowsInput);
        const status = rest.find(({ type }) => type === 'status');
        assert.equal(status?.statusCode, 0);
        await eventually(async () => (await watchers(target)) === before, { what: 'both to be taken out' });

        const again = await begin(bench, subject.pid);
        await target.letGo('the test says so');
        const lost = await bench.pullUntil(again, ({ type }) => type === 'status');
        assert.equal(lost.find(({ type }) => type === 'status')?.statusCode, -1);
        const returned = await targets.attach(String(subject.pid));
        assert.equal(await watchers(returned), before, 'letting go has taken it out');
      });
    }

    it('counts collections, and sees a blocked loop while it is blocked', async (t) => {
      const live = await liveBench();
      t.after(live.close);
      const { bench, targets } = live;
      const subject = await liveTarget(node, 'blocked-loop.cjs');
      t.after(async () => void (await subject.stop()));
      const target = await targets.attach(String(subject.pid));
      const ids = await begin(bench, subject.pid);
      await target.cdp('HeapProfiler.collectGarbage');
      const counted = await bench.pullUntil(ids, ({ gcInfos }) =>
        ((gcInfos ?? []) as { name: string; collectionCount: number }[]).some(
          ({ name, collectionCount }) => name === 'mark_sweep_compact' && collectionCount > 0,
        ),
      );
      assert.ok(counted.length > 0);
      subject.write('block tight 1.5');
      const late = await bench.pullUntil(ids, ({ eventLoop }) => ((eventLoop as Loop)?.lagMaxMs ?? 0) > 60);
      assert.ok(
        late.some(({ eventLoop }) => (eventLoop as Loop)?.answered),
        'a JavaScript loop still answers',
      );
      await interrupt(bench, ids);
      await bench.pullUntil(ids, allowsInput);
    });
  });
}

describe('dashboard', () => {
  it('goes on with the threads while the main thread is in native code, and ends at once', async (t) => {
    const subject = await liveTarget(22, 'blocked-loop.cjs');
    t.after(async () => void (await subject.kill()));
    const live = await liveBench();
    t.after(live.close);
    const { bench } = live;
    const ids = await begin(bench, subject.pid);
    subject.write('block pbkdf2 20');
    const read = await bench.pullUntil(ids, ({ eventLoop }) => (eventLoop as Loop)?.answered === false);
    const silent = read.find(({ eventLoop }) => (eventLoop as Loop)?.answered === false);
    assert.ok(silent, 'there is a result all the same');
    const threads = silent.threads as { id: number; state: string; cpu: number }[];
    assert.ok((threads.find(({ id }) => id === subject.pid)?.cpu ?? 0) > 0);
    await interrupt(bench, ids);
    const rest = await bench.pullUntil(ids, allowsInput);
    assert.equal(rest.find(({ type }) => type === 'status')?.statusCode, 0);
    assert.ok(!rest.some(({ type }) => type === 'message'), 'it was not left behind');
  });

  it('refuses an interval that would itself be a load', async (t) => {
    const live = await liveBench();
    t.after(live.close);
    const answer = await live.bench.exec('dashboard -i 10');
    assert.equal(resultOf(answer, 'status').statusCode, -10);
    assert.match(String(resultOf(answer, 'status').message), /100/);
  });
});
