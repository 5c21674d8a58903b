/** The agent is killed in the middle of a profile or of a heap dump: the process is clean, and goes on. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { startDaemonProcess } from '../../insight/support/daemon.js';
import { isSampled } from '../../insight/support/leftovers.js';
import { eventually, nodeMajors } from '../../support/index.js';
import { assertLetGo, get, subject } from '../../target/attach/attaching.js';

async function exec(url: string, pid: number, command: string, path = 'exec'): Promise<unknown> {
  const body = JSON.stringify({ action: path, process: String(pid), command, execTimeout: 60_000 });
  return await (await fetch(`${url}/api`, { method: 'POST', body })).json();
}

describe('kill -9 of the agent', { concurrency: 4, timeout: 120_000 }, () => {
  for (const node of nodeMajors)
    it(`Node ${node}: while it profiles the main thread and workers`, async (t) => {
      const target = await subject(t, node, { file: node === 22 ? 'busy-worker.cjs' : 'workers.cjs' });
      const agent = await startDaemonProcess(t, 'agent');
      assert.match(
        JSON.stringify(await exec(agent.url, target.pid, 'profiler start -t -f x.html')),
        /Profiling started/,
      );
      assert.ok(isSampled(target.pid));
      await agent.kill();
      await assertLetGo(target);
      await eventually(() => !isSampled(target.pid), { what: 'the sampling to end', timeoutMs: 10_000 });
      assert.match(await get(target.port), /2 workers|done/);
    });

  it('while it dumps a heap: the unfinished file goes with the next agent', async (t) => {
    const target = await subject(t, 22, { file: 'heap.cjs', args: ['12'] });
    const agent = await startDaemonProcess(t, 'agent', ['--allow', 'read,observe,change']);
    const folder = join(agent.home.env.XDG_STATE_HOME ?? '', 'remora', 'output', 'change');
    const call = exec(agent.url, target.pid, 'heapdump --force');
    call.catch(() => undefined);
    const files = (): string[] => {
      try {
        return readdirSync(folder);
      } catch {
        return [];
      }
    };
    await eventually(() => files().length > 0, { what: 'the file', timeoutMs: 20_000, intervalMs: 5 });
    await agent.kill();
    await assert.rejects(call);
    await eventually(() => get(target.port).catch(() => undefined), {
      what: 'it to go on',
      timeoutMs: 60_000,
    });
    await assertLetGo(target);
    assert.ok(
      files().every((name) => name.endsWith('.part')),
      files().join(),
    );
  });
});
