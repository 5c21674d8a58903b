/** What tt and line may take of a process, and that nothing of them stays. */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { setLimit } from '../../../src/base/index.js';
import { tunnelOf } from '../../../src/target/index.js';
import { eventually } from '../../support/index.js';
import { newTargets, subject } from '../../target/attach/attaching.js';
import { isStatus } from '../support/liveSession.js';
import { hits, messages, type Observed, observed, statusOf } from './support/observed.js';

const MB = 1024 * 1024;
const ALL = ['read', 'observe', 'change'] as const;

/** Bytes of the heap after a full collection. */
async function heap(at: Observed): Promise<number> {
  const target = await at.target();
  await target.cdp('HeapProfiler.collectGarbage', {}, { timeoutMs: 30_000 });
  return (await target.cdp<{ usedSize: number }>('Runtime.getHeapUsage')).usedSize;
}

describe('bounds of tt', { concurrency: 4 }, () => {
  after(() => {
    setLimit(`tunnel-bytes=${32 * MB}`);
    setLimit('tunnel-records=1000');
    setLimit('tunnel-lifetime=1800');
  });

  it('records of a megabyte each: the cap holds, and everything is freed', async (t) => {
    setLimit(`tunnel-bytes=${8 * MB}`);
    const at = await observed(t, 22, ALL);
    // On a busy machine the governor would leave most of them out.
    await at.exec('options probe-budget off');
    // Small objects, numbers, texts: about a megabyte each, whatever is kept of them.
    await at.run(
      'api.objects = (n) => Array.from({ length: 16000 }, (_, i) => ({ i, n, x: i + 0.5 })); api.numbers = (n) => Array.from({ length: 130000 }, (_, i) => i + n + 0.5); api.texts = (n) => Array.from({ length: 1000 }, (_, i) => Buffer.alloc(1000, n + " " + i).toString())',
    );
    await memory(at, 'objects');
    await memory(at, 'numbers');
    await memory(at, 'texts');
    // One that is too large by itself drives nothing else out.
    await at.exec('tt --delete-all');
    await at.observe('tt -t observed.cjs api.add -n 1', 'return api.add(1, 2)');
    const large = await at.observe(
      'tt -t observed.cjs api.inner -n 1',
      'return api.inner(Array.from({ length: 12 }, (_, i) => Buffer.alloc(1e6, "x" + i).toString())).length',
    );
    assert.match(messages(large), /1 record\(s\) were not kept: each holds more than the limit tunnel-bytes/);
    assert.equal((await tunnelOf(await at.target()).state()).count, 1);
  });

  it('their number and their age are bounded; letting go frees them', async (t) => {
    const at = await observed(t, 22, ALL);
    setLimit('tunnel-records=20');
    const results = await at.observe(
      'tt -t observed.cjs api.later -n 50',
      'api.refs = []; for (let i = 0; i < 50; i++) { const big = { i }; api.refs.push(new WeakRef(big)); await api.later(0, big) } return api.refs.length',
    );
    assert.equal(statusOf(results).statusCode, 0);
    assert.match(messages(results), /30 older record\(s\) went/);
    const tunnel = tunnelOf(await at.target());
    assert.equal((await tunnel.state()).count, 20);
    const alive = async () => {
      await heap(at);
      return (await at.run('return api.refs.filter((ref) => ref.deref() !== undefined).length'))[0];
    };
    assert.equal(await alive(), 'did 20');
    await (await at.target()).letGo('a test');
    assert.equal(await alive(), 'did 0');
    setLimit('tunnel-lifetime=1');
    await at.observe('tt -t observed.cjs api.add -n 2', 'return api.add(1, 2)', 'return api.add(1, 2)');
    const again = tunnelOf(await at.target());
    await eventually(async () => (await again.state()).count === 0, { what: 'old records to go' });
    assert.equal((await again.state()).evicted.age, 2);
  });

  it('a function that is called all the time is capped', async (t) => {
    const at = await observed(t, 22, ALL);
    const spin =
      'let n = 0, s = 0; const e = performance.now() + 1500; while (performance.now() < e) for (let i = 0; i < 1000; i++) { s += api.add(i, 1); n++ } return n';
    await at.begin('tt -t observed.cjs api.add -n 100000 --timeout 3');
    const [busy] = await at.run(spin);
    const results = await at.until(isStatus, 30_000);
    const count = Number(busy?.replace('did ', ''));
    assert.ok(count > 500_000, `${count} calls in 1.5 s while they were kept`);
    assert.match(messages(results), /governor: observed\.cjs api\.add: called/);
    const state = await tunnelOf(await at.target()).state();
    assert.ok(state.count <= 1000 && state.count > 0, String(state.count));
    assert.ok(hits(results, 'dropped').length > 0);
    assert.deepEqual(await at.run('return api.changed()'), ['did []']);
  });

  for (const isSuspended of [false, true]) {
    it(`kill -9 of the agent leaves nothing kept, and no breakpoint${isSuspended ? ', suspended too' : ''}`, async (t) => {
      const process = await subject(t, 22, { file: 'observed.cjs' });
      const folder = mkdtempSync(join(tmpdir(), 'remora-keeping-'));
      const program = fileURLToPath(new URL('./support/keepingAgent.js', import.meta.url));
      const agent = fork(program, [String(process.pid), folder], { execArgv: ['--enable-source-maps'] });
      t.after(() => agent.kill('SIGKILL'));
      await once(agent, 'message');
      const run = async (line: string) => {
        const before = process.stdout().length;
        process.write(line);
        return await eventually(() => /^(?:did|threw) (.*)$/m.exec(process.stdout().slice(before))?.[1], {
          what: 'an answer',
        });
      };
      await run(
        'const kept = { x: 1 }; api.ref = new WeakRef(kept); await api.later(0, kept); return api.cart.add("a", 1)',
      );
      const mark =
        'return [Symbol.for("remora.probe") in globalThis, Object.getOwnPropertyNames(globalThis).some((n) => n.startsWith("$remora")), api.changed().length]';
      assert.equal(await run(mark), '[true,true,1]');
      if (isSuspended) {
        agent.send('rest');
        await once(agent, 'message');
        assert.equal(await run(mark), '[true,false,1]');
      }
      agent.kill('SIGKILL');
      await eventually(async () => (await run(mark)) === '[false,false,0]', {
        what: 'a clean process',
        timeoutMs: 10_000,
        intervalMs: 100,
      });
      const target = await newTargets(t).attach(String(process.pid));
      await target.cdp('HeapProfiler.collectGarbage', {});
      assert.equal(await run('return api.ref.deref() === undefined'), 'true');
      assert.equal(await run('return api.cart.add("b", 1)'), '2');
      rmSync(folder, { recursive: true, force: true });
    });
  }
});

async function memory(at: Observed, name: string): Promise<void> {
  await at.exec('tt --delete-all');
  const before = await heap(at);
  const results = await at.observe(
    'tt -t observed.cjs api.inner -n 40',
    `for (let i = 0; i < 40; i++) { api.inner(api.${name}(i)); await new Promise((done) => setTimeout(done, 5)) } return 1`,
  );
  // Those of a burst that the rate or the governor left out are no fault.
  assert.ok(hits(results, 'tt').length >= 10, `${hits(results, 'tt').length} of ${name}`);
  const held = await heap(at);
  const { count, bytes } = await tunnelOf(await at.target()).state();
  assert.ok(count >= 2 && bytes <= 8 * MB, `${count} records, ${bytes} bytes`);
  assert.ok(held - before > 2 * MB, `${name}: ${held - before} bytes are held`);
  assert.ok(held - before < 11 * MB, `${name}: ${held - before} bytes are held, ${bytes} were counted`);
  await at.exec('tt --delete-all');
  const after = await heap(at);
  assert.ok(after - before < 2 * MB, `${name}: ${after - before} bytes stay`);
}
