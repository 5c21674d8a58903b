/** The real client, `go tool pprof`, on profiles of ourselves and of a process that knows nothing of us. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { listeningPorts, type NodeMajor, nodeMajors, threadCount } from '../support/index.js';
import { assertLetGo, get, type Subject, subject } from '../target/attach/attaching.js';
import { type DaemonProcess, startDaemonProcess, type TestLike } from './support/daemon.js';
import { goPprof, noGo, topRows } from './support/goPprof.js';
import { assertNoProfiler } from './support/leftovers.js';

const HOG = 'dist/typescript/hog.js';

async function hog(t: TestLike, node: NodeMajor, args: readonly string[] = []): Promise<Subject> {
  return await subject(t, node, { file: HOG, args });
}

/** Reads a profile by its URL; the client's own words where it fails. */
async function top(url: string, flags: readonly string[] = []): Promise<string> {
  const { code, stdout, stderr } = await goPprof(['-top', ...flags, url]);
  assert.equal(code, 0, stderr);
  return stdout;
}

describe('go tool pprof', { skip: noGo, timeout: 600_000, concurrency: 3 }, () => {
  before(async () => {
    // Newer Go builds the tool when it is first used, which takes longer than a profile may.
    const { code, stderr } = await goPprof(['-help']);
    assert.ok(code === 0 || /usage/i.test(stderr), stderr);
  });

  for (const node of nodeMajors) {
    it(`reads CPU, heap and growth of an unprepared TypeScript program on Node ${node}`, async (t) => {
      const target = await hog(t, node);
      const agent = await startDaemonProcess(t, 'agent');
      const at = (kind: string, seconds: number): string =>
        `${agent.url}/pprof/${kind}?seconds=${seconds}&process=${target.pid}`;

      const answers: string[] = [];
      const asking = setInterval(() => void get(target.port).then((text) => answers.push(text)), 200);
      t.after(() => clearInterval(asking));

      const cpu = await top(at('profile', 3));
      assert.match(cpu, /^File: hog$/m);
      assert.match(cpu, /^Type: cpu$/m);
      const [first] = topRows(cpu);
      assert.equal(first?.name, 'Prices.burnCpu');
      assert.ok((first?.flat ?? 0) > 50, cpu);
      assert.ok(!cpu.includes('(idle)'), cpu);

      const lines = await top(at('profile', 1), ['-lines']);
      assert.match(lines, /Prices\.burnCpu \S*typescript\/src\/hog\.ts:(2[5-9]|3[0-4])$/m);

      const heap = await top(at('heap', 2));
      assert.match(heap, /^Type: inuse_space$/m);
      assert.equal(topRows(heap)[0]?.name, 'keepReports', heap);

      const growth = await top(at('growth', 2));
      assert.match(growth, /^Type: alloc_space$/m);
      // Until V8 has optimised the other, its numbers are allocations too.
      assert.ok(
        topRows(growth)
          .slice(0, 2)
          .some(({ name }) => name === 'keepReports'),
        growth,
      );

      clearInterval(asking);
      assert.ok(
        answers.length > 10 && answers.every((text) => text === 'still here'),
        `${answers.length} answers`,
      );
      await detach(agent, target);
    });

    it(`asks us for names where the profile of Node ${node} has none`, async (t) => {
      const target = await hog(t, node);
      const agent = await startDaemonProcess(t, 'agent');
      for (const [kind, name] of [
        ['profile', 'Prices.burnCpu (hog.ts:'],
        ['heap', 'keepReports (hog.ts:'],
        ['growth', 'keepReports (hog.ts:'],
      ] as const) {
        const url = `${agent.url}/pprof/${kind}?seconds=2&process=${target.pid}&symbols=remote`;
        for (const flags of [['-symbolize=remote'], []]) {
          const text = await top(url, flags);
          const rows = topRows(text).slice(0, kind === 'growth' ? 2 : 1);
          assert.ok(
            rows.some((row) => row.name.startsWith(name)),
            text,
          );
        }
      }
      await detach(agent, target);
    });
  }

  it('shows the names of the source of a minified bundle', async (t) => {
    for (const [node, file] of [
      [20, 'dist/bundled/server.min.mjs'],
      [26, 'dist/bundled/server.min.cjs'],
    ] as const) {
      const target = await subject(t, node, { file });
      const agent = await startDaemonProcess(t, 'agent', [
        '--limit',
        'profile-rate=1000',
        '--limit',
        'profile-samples=5000',
      ]);
      const asking = setInterval(() => void get(target.port).catch(() => undefined), 4);
      t.after(() => clearInterval(asking));
      const text = await top(`${agent.url}/pprof/profile?seconds=3&process=${target.pid}`, [
        '-lines',
        '-nodefraction=0',
      ]);
      clearInterval(asking);
      assert.match(text, /\(anonymous\)@server\.ts:25 \S*typescript\/src\/server\.ts:25$/m);
      assert.doesNotMatch(text, /server\.min\.[cm]js/);
    }
  });

  it('reads profiles of our own agent and server', async (t) => {
    for (const role of ['agent', 'server'] as const) {
      const own = await startDaemonProcess(t, role);
      for (const [kind, type] of [
        ['profile', 'cpu'],
        ['heap', 'inuse_space'],
        ['growth', 'alloc_space'],
      ]) {
        const stop = keepAsking(`${own.url}/openapi.json`);
        const text = await top(`${own.url}/pprof/${kind}?seconds=1`);
        await stop();
        assert.match(text, /^File: remora$/m);
        assert.match(text, new RegExp(`^Type: ${type}$`, 'm'));
        if (kind === 'profile') assert.ok(topRows(text).length > 3, text);
      }
    }
  });

  it('names the places of our own sources', async (t) => {
    const own = await startDaemonProcess(t, 'agent');
    const stop = keepAsking(`${own.url}/openapi.json`);
    t.after(stop);
    const text = await top(`${own.url}/pprof/profile?seconds=2`, ['-lines', '-nodefraction=0']);
    assert.match(text, /Dispatcher[.#]\S+ \S*src\/http\/dispatcher\.ts:\d+/);
  });

  it('given only host and port finds the profile', async (t) => {
    const own = await startDaemonProcess(t, 'agent');
    const { code, stdout, stderr } = await goPprof(['-top', '-seconds', '1', own.url.replace('http://', '')]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^Type: cpu$/m);
  });

  it("shows what we say when a profile can't be had", async (t) => {
    const own = await startDaemonProcess(t, 'agent');
    const { code, stderr } = await goPprof([
      '-top',
      `${own.url}/pprof/profile?seconds=1&process=nobody-of-that-name`,
    ]);
    assert.notEqual(code, 0);
    assert.match(stderr, /404 Not Found/);
    assert.match(stderr, /no Node\.js process is called 'nobody-of-that-name'/);
  });

  it('waits for the 60 seconds that are ours to choose', async (t) => {
    // The client gives up 65 s after it asked; what we take beyond the sampling must fit into the rest.
    const target = await hog(t, 22, ['300']);
    const agent = await startDaemonProcess(t, 'agent');
    const began = performance.now();
    const text = await top(`${agent.url}/pprof/profile?process=${target.pid}`);
    const seconds = (performance.now() - began) / 1000;
    assert.equal(topRows(text)[0]?.name, 'Prices.burnCpu');
    assert.ok(seconds > 59 && seconds < 64, `${seconds} s`);
  });
});

/** One request after the other, so that a busy machine is not buried under them. Call the result to stop. */
function keepAsking(url: string): () => Promise<void> {
  let going = true;
  const ended = (async () => {
    while (going)
      await fetch(url)
        .then((answer) => answer.text())
        .catch(() => undefined);
  })();
  return () => {
    going = false;
    return ended;
  };
}

async function detach(agent: DaemonProcess, target: Subject): Promise<void> {
  assert.ok(threadCount(target.pid) > target.threads, 'it lingers');
  const response = await fetch(`${agent.url}/remora/detach`, {
    method: 'POST',
    body: JSON.stringify({ process: target.pid }),
  });
  assert.equal(response.status, 200);
  await assertLetGo(target);
  assertNoProfiler(target.pid);
  assert.deepEqual(listeningPorts(target.pid), [target.port]);
  assert.equal(await get(target.port), 'still here');
}
