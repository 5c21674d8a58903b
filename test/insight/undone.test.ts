/** Whatever ends a profile, nothing of it stays in the process. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  eventually,
  isAlive,
  listeningPorts,
  type NodeMajor,
  nodeMajors,
  threadCount,
} from '../support/index.js';
import { assertLetGo, get, newTargets, type Subject, subject } from '../target/attach/attaching.js';
import { type DaemonProcess, startDaemonProcess, type TestLike } from './support/daemon.js';
import { isSampled } from './support/leftovers.js';

const HOG = 'dist/typescript/hog.js';
const KINDS = ['profile', 'heap', 'growth'] as const;

function hog(t: TestLike, node: NodeMajor): Promise<Subject> {
  return subject(t, node, { file: HOG });
}

function url(agent: DaemonProcess, kind: string, seconds: number, target: { pid: number }): string {
  return `${agent.url}/pprof/${kind}?seconds=${seconds}&process=${target.pid}`;
}

async function take(
  agent: DaemonProcess,
  kind: string,
  seconds: number,
  target: { pid: number },
): Promise<number> {
  const response = await fetch(url(agent, kind, seconds, target));
  const bytes = (await response.arrayBuffer()).byteLength;
  assert.equal(response.status, 200);
  return bytes;
}

/** Begins one, and resolves when the process is being sampled. */
async function begin(
  agent: DaemonProcess,
  kind: string,
  target: Subject,
  signal: AbortSignal,
): Promise<{ readonly call: Promise<unknown> }> {
  const call = fetch(url(agent, kind, 60, target), { signal }).then((response) => response.arrayBuffer());
  call.catch(() => undefined);
  await eventually(() => threadCount(target.pid) > target.threads, { what: 'the attach', timeoutMs: 15_000 });
  if (kind === 'profile') await eventually(() => isSampled(target.pid), { what: 'the sampling' });
  else await sleep(700);
  return { call };
}

/** Asks a fresh agent, which must find the process free. */
async function assertFree(t: TestLike, target: Subject): Promise<void> {
  assert.equal(isSampled(target.pid), false);
  const attached = await newTargets(t).attach(String(target.pid));
  await assert.rejects(attached.cdp('HeapProfiler.getSamplingProfile'), /not started/);
  await attached.letGo('looked');
}

describe('a profile that is not waited for', { concurrency: 2, timeout: 300_000 }, () => {
  for (const node of nodeMajors) {
    it(`Node ${node}: the client goes: stopped at once, and the next one can begin`, async (t) => {
      const target = await hog(t, node);
      const agent = await startDaemonProcess(t, 'agent', ['--linger', '1']);
      for (const kind of KINDS) {
        const abort = new AbortController();
        const { call } = await begin(agent, kind, target, abort.signal);
        abort.abort();
        await assert.rejects(call);
        await eventually(() => !isSampled(target.pid), { what: `the end of ${kind}` });
        await eventually(async () => (await take(agent, 'profile', 1, target)) > 100, {
          what: 'the next profile',
          timeoutMs: 10_000,
        });
      }
      assert.equal(await get(target.port), 'still here');
      // Nobody uses it any more: let go after the linger of a second.
      await assertLetGo(target);
      await assertFree(t, target);
    });

    it(`Node ${node}: kill -9 of the agent in the middle of each: the process is clean within 10 s`, async (t) => {
      const target = await hog(t, node);
      for (const kind of KINDS) {
        const agent = await startDaemonProcess(t, 'agent');
        const { call } = await begin(agent, kind, target, new AbortController().signal);
        await agent.kill();
        await assert.rejects(call);
        await assertLetGo(target);
        assert.equal(isSampled(target.pid), false);
        assert.equal(await get(target.port), 'still here');
      }
      await assertFree(t, target);
    });
  }

  for (const node of [24, 26] as const) {
    it(`Node ${node}: over the inspector connection alone: profiles, and kill -9 leaves nothing`, async (t) => {
      const permissions = ['--permission', '--allow-fs-read=*', '--allow-inspector'];
      const nodeArgs = node === 26 ? [...permissions, '--allow-net'] : permissions;
      const target = await subject(t, node, { file: HOG, nodeArgs });
      const agent = await startDaemonProcess(t, 'agent');
      for (const kind of KINDS) assert.ok((await take(agent, kind, 1, target)) > 100);
      assert.equal(listeningPorts(target.pid).length, 2, 'the inspector is open');
      const call = fetch(url(agent, 'profile', 60, target));
      call.catch(() => undefined);
      await eventually(() => isSampled(target.pid), { what: 'the sampling' });
      await agent.kill();
      await assert.rejects(call);
      await eventually(() => listeningPorts(target.pid).length === 1 && !isSampled(target.pid), {
        what: 'the inspector to be closed',
        timeoutMs: 10_000,
      });
      assert.equal(await get(target.port), 'still here');
      await assertFree(t, target);
    });
  }

  it('ends when the process ends, with the reason', async (t) => {
    const target = await hog(t, 22);
    const agent = await startDaemonProcess(t, 'agent');
    const call = fetch(url(agent, 'profile', 60, target));
    await eventually(() => isSampled(target.pid), { what: 'the sampling', timeoutMs: 15_000 });
    await target.kill();
    const response = await call;
    assert.equal(response.status, 500);
    assert.match(await response.text(), new RegExp(`process ${target.pid} was let go`));
  });

  it('ends when the agent is told to stop', async (t) => {
    const target = await hog(t, 24);
    const agent = await startDaemonProcess(t, 'agent');
    const abort = new AbortController();
    await begin(agent, 'profile', target, abort.signal);
    agent.child.kill('SIGTERM');
    await eventually(() => agent.child.exitCode !== null, {
      what: 'the end of the agent',
      timeoutMs: 15_000,
    });
    await assertLetGo(target);
    await assertFree(t, target);
  });
});

describe('a profile beside others', { timeout: 300_000 }, () => {
  it('is refused while one of the same process is taken, and only then', async (t) => {
    const target = await hog(t, 20);
    const other = await hog(t, 22);
    const agent = await startDaemonProcess(t, 'agent');
    const first = take(agent, 'profile', 3, target);
    await eventually(() => isSampled(target.pid), { what: 'the sampling', timeoutMs: 15_000 });
    for (const kind of KINDS) {
      const response = await fetch(url(agent, kind, 1, target));
      assert.equal(response.status, 500);
      assert.equal(response.headers.get('x-go-pprof'), '1');
      assert.match(await response.text(), new RegExp(`\\(${target.pid}\\) is being profiled already`));
    }
    assert.ok((await take(agent, 'profile', 1, other)) > 100);
    const own = await fetch(`${agent.url}/pprof/profile?seconds=1`);
    assert.equal(own.status, 200);
    assert.ok((await first) > 100);
    assert.ok((await take(agent, 'heap', 1, target)) > 100);
  });

  it('leaves the sampling of the program itself alone', async (t) => {
    const target = await subject(t, 24, { file: 'commanded.cjs' });
    const agent = await startDaemonProcess(t, 'agent');
    target.write(
      `const {Session}=require('node:inspector');globalThis.own=new Session();own.connect();own.post('HeapProfiler.startSampling',()=>console.log('sampling'))`,
    );
    await target.waitFor('sampling');
    for (const kind of ['heap', 'growth']) {
      const response = await fetch(url(agent, kind, 1, target));
      assert.equal(response.status, 500);
      assert.match(await response.text(), /is being sampled by itself or another tool/);
    }
    target.write(
      `own.post('HeapProfiler.getSamplingProfile',(error,result)=>console.log('theirs',Boolean(result?.profile.head)))`,
    );
    await target.waitFor('theirs true');
  });
});

describe('a profile of a process in trouble', { timeout: 300_000 }, () => {
  it('sees the loop that blocks it', async (t) => {
    const target = await subject(t, 22, { file: 'blocked-loop.cjs' });
    const agent = await startDaemonProcess(t, 'agent');
    // Attached while it still turns, profiled while it does not.
    await take(agent, 'profile', 1, target);
    target.write('block tight 8');
    await target.waitFor('blocked tight');
    const { Profile } = await import('pprof-format');
    const { gunzipSync } = await import('node:zlib');
    const response = await fetch(url(agent, 'profile', 2, target));
    const profile = Profile.decode(gunzipSync(Buffer.from(await response.arrayBuffer())));
    assert.doesNotMatch(target.stdout(), /unblocked/);
    const names = profile.function.map(({ name }) => profile.stringTable.strings[Number(name)]);
    // Either, as V8 has inlined the one in the other or not.
    assert.ok(names.includes('blockTight') || names.includes('block'), String(names));
  });

  for (const node of [20, 26] as const) {
    it(`Node ${node}: thousands of deep stacks, never seen before, do not harm it`, async (t) => {
      const target = await subject(t, node, { file: 'deep-stacks.cjs' });
      // Fetched at once, these ten seconds are 170 MB, under which the probe's thread takes the process down with it.
      const agent = await startDaemonProcess(t, 'agent', ['--limit', 'profile-rate=1000']);
      // How much there is depends on how busy the machine is: the more it is, the fewer samples are asked for.
      assert.ok((await take(agent, 'profile', 10, target)) > 1_000);
      assert.ok((await take(agent, 'growth', 4, target)) > 300);
      assert.ok((await take(agent, 'heap', 2, target)) > 100);
      assert.ok(isAlive(target.pid));
      assert.equal(await get(target.port), 'still here');
    });
  }
});
