/** Ctrl-Z of commands that look again and again: what they keep in the process goes, and nothing is asked meanwhile. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../support/index.js';
import { isStatus, live, look } from '../support/liveSession.js';
import { countRequests } from '../support/requests.js';

const CASES = [
  { line: 'loop -i 100', type: 'loop', keeps: { intervals: 1, histograms: 1 } },
  { line: 'dashboard -i 100', type: 'dashboard', keeps: { intervals: 0, histograms: 1 } },
  { line: 'mbean -i 100 *GarbageCollector*', type: 'mbean', keeps: { intervals: 0, histograms: 1 } },
] as const;

describe('commands that look again and again, suspended', { timeout: 60_000 }, () => {
  it('loop, dashboard, mbean, handles --watch', async (t) => {
    const at = await live(t, 22, { file: 'counted-builtins.cjs' });
    const asked = countRequests(await at.target());
    const base = (await look(at.process)).on;
    const keeps = (more: { intervals: number; histograms: number }, what: string) =>
      eventually(
        async () => {
          const { intervals, histograms } = (await look(at.process)).on;
          return (
            intervals === base.intervals + more.intervals && histograms === base.histograms + more.histograms
          );
        },
        { what },
      );
    const nothing = { intervals: 0, histograms: 0 };
    for (const { line, type, keeps: kept } of CASES) {
      await at.start(line);
      await at.until((result) => result.type === type);
      await keeps(kept, `${line} to watch`);
      const { state, message } = await at.suspend();
      assert.equal(state, 'SUCCEEDED', message);
      await keeps(nothing, `${line} to rest`);
      await sleep(100);
      const before = asked.count();
      await sleep(400);
      assert.equal(asked.count(), before, asked.names().slice(-200));
      await at.until((result) => result.type === 'message' && /stopped: /.test(String(result.message)));
      await at.start('fg');
      await at.until((result) => result.type === type);
      await at.until((result) => result.type === type);
      await keeps(kept, `${line} to watch again`);
      await at.interrupt();
      const status = (await at.until(isStatus)).findLast(isStatus);
      assert.equal(status?.statusCode, 0, JSON.stringify(status));
      await keeps(nothing, `${line} to leave`);
    }
    await at.start('handles --watch 30');
    await eventually(async () => (await look(at.process)).on.hooks === base.hooks + 1, { what: 'its hook' });
    const { state, message } = await at.suspend();
    assert.equal(state, 'FAILED');
    assert.match(
      String(message),
      /goes on, it cannot be stopped: handles --watch 30\n--watch looks at what is made from its beginning to its end, 30 s; Ctrl-C ends it$/,
    );
    await at.until((result) => result.message === message);
    await at.interrupt();
    await at.until(isStatus);
    await eventually(async () => (await look(at.process)).on.hooks === base.hooks, { what: 'its end' });
  });
});
