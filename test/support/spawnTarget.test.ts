import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  eventually,
  isAlive,
  listeningPorts,
  type NodeMajor,
  nodeMajors,
  spawnTarget,
  threadCount,
} from './index.js';

const zoo = [
  'idle.cjs',
  'esm.mjs',
  'blocked-loop.cjs',
  'sigusr1-handler.cjs',
  'workers.cjs',
  'busy-worker.cjs',
  'private-methods.cjs',
  'async-load.cjs',
  'cluster.cjs',
  'parent.cjs',
  'secrets.cjs',
  'hostile.cjs',
  'many-modules.cjs',
  'leaky-handles.cjs',
  'counted-builtins.cjs',
  'dist/typescript/server.js',
  'dist/bundled/server.min.cjs',
  'dist/bundled/server.min.mjs',
];

const thisMajor = Number(process.versions.node.split('.')[0]) as NodeMajor;

async function answer(port: number, path = '/'): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(5000) });
  assert.equal(response.status, 200);
  return response.text();
}

describe('the zoo', () => {
  for (const node of nodeMajors) {
    it(`starts, answers and ends on Node ${node}`, async (t) => {
      for (const file of zoo) {
        const target = await spawnTarget({ node, file, test: t });
        assert.ok(target.port > 0, `${file} prints its port`);
        assert.notEqual(await answer(target.port), '', file);
        assert.equal(target.stderr(), '', file);
        await target.stop();
        assert.equal(isAlive(target.pid), false, file);
      }
    });
  }

  for (const variant of ['tight', 'regex', 'atomics', 'microtasks', 'exec', 'pbkdf2']) {
    it(`blocks by ${variant} for about as long as asked, then goes on`, async (t) => {
      const target = await spawnTarget({ node: thisMajor, file: 'blocked-loop.cjs', test: t });
      target.write(`block ${variant} 0.4`);
      await target.waitFor(`blocked ${variant}`);
      await assert.rejects(
        fetch(`http://127.0.0.1:${target.port}/`, { signal: AbortSignal.timeout(150) }),
        /time-?out/i,
      );
      await target.waitFor(`unblocked ${variant}`);
      const took = Number(/^unblocked \w+ (\d+)$/m.exec(target.stdout())?.[1]);
      assert.ok(took >= 200 && took < 20_000, `${took} ms`);
      assert.equal(await answer(target.port), 'free\n');
    });
  }

  it('knows when its hostile values were looked at', async (t) => {
    const target = await spawnTarget({ node: thisMajor, file: 'hostile.cjs', args: ['--tamper'], test: t });
    await sleep(200);
    assert.equal((await answer(target.port)).split('\n')[0], '0');
  });
});

describe('spawnTarget', () => {
  it('says what a target printed when it ends before it is ready', async () => {
    await assert.rejects(
      spawnTarget({ node: thisMajor, file: 'idle.cjs', nodeArgs: ['--no-such-flag'] }),
      /ended \(9\).*no-such-flag/s,
    );
  });

  it('refuses a file that is not there, by name', async () => {
    await assert.rejects(spawnTarget({ file: 'nothing.cjs' }), /nothing\.cjs/);
  });

  it('passes on nothing of its own environment', async (t) => {
    process.env.REMORA_TEST_MARK = 'must not be seen';
    t.after(() => {
      delete process.env.REMORA_TEST_MARK;
    });
    const target = await spawnTarget({
      node: thisMajor,
      file: 'idle.cjs',
      env: { MARK: 'seen' },
      test: t,
    });
    const environ = readFileSync(`/proc/${target.pid}/environ`, 'utf8').split('\0');
    assert.ok(environ.includes('MARK=seen'));
    assert.ok(!environ.some((entry) => entry.startsWith('REMORA_')));
  });

  it('takes grandchildren along', async (t) => {
    const target = await spawnTarget({ node: thisMajor, file: 'parent.cjs', test: t });
    const child = Number(/^child (\d+)$/m.exec(target.stdout())?.[1]);
    assert.ok(isAlive(child));
    await target.kill();
    await eventually(() => !isAlive(child), { what: 'the grandchild to be gone' });
  });

  it('stops a target that hears no signal', async (t) => {
    const target = await spawnTarget({ node: thisMajor, file: 'idle.cjs', test: t });
    process.kill(target.pid, 'SIGSTOP');
    const { signal } = await target.stop();
    assert.ok(signal === 'SIGKILL' || signal === 'SIGTERM', String(signal));
  });

  it('kills a target at its deadline', async (t) => {
    const target = await spawnTarget({ node: thisMajor, file: 'idle.cjs', deadlineMs: 300, test: t });
    assert.deepEqual(await target.exited, { code: null, signal: 'SIGKILL' });
  });

  it('runs a target as another user, wherever this checkout lies', {
    skip: process.getuid?.() !== 0 && 'needs root',
  }, async (t) => {
    const target = await spawnTarget({ node: thisMajor, file: 'esm.mjs', uid: 65534, test: t });
    assert.equal(statSync(`/proc/${target.pid}`).uid, 65534);
    assert.match(await answer(target.port), /HELLO WORLD/);
  });
});

describe('process facts', () => {
  it('finds the ports of one process only', async (t) => {
    const one = await spawnTarget({ node: thisMajor, file: 'idle.cjs', test: t });
    const two = await spawnTarget({ node: thisMajor, file: 'idle.cjs', test: t });
    assert.deepEqual(listeningPorts(one.pid), [one.port]);
    assert.deepEqual(listeningPorts(two.pid), [two.port]);
  });

  it('counts threads: workers add theirs', async (t) => {
    const bare = await spawnTarget({ node: thisMajor, file: 'idle.cjs', test: t });
    const pool = await spawnTarget({ node: thisMajor, file: 'workers.cjs', args: ['3'], test: t });
    await eventually(() => threadCount(pool.pid) >= threadCount(bare.pid) + 3, {
      what: 'three more threads',
    });
  });
});

describe('eventually', () => {
  it('returns the first truthy value', async () => {
    let calls = 0;
    const value = await eventually(() => (++calls > 2 ? 'there' : undefined), { what: 'it', intervalMs: 1 });
    assert.equal(value, 'there');
  });

  it('names what it waited for and what it saw last', async () => {
    await assert.rejects(
      eventually(() => Promise.reject(new Error('not yet')), {
        what: 'the moon',
        timeoutMs: 20,
        intervalMs: 5,
      }),
      /20 ms for the moon; last seen: Error: not yet/,
    );
  });
});
