/** What `sysenv`, `memory`, `jvm`, `dashboard`, `ps` and `target` say of one real process on each Node. */
import assert from 'node:assert/strict';
import { realpathSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { PLAIN_STYLE } from '../../../src/diagnose/index.js';
import { nodeBinary, nodeMajors, type SpawnedTarget, threadCount } from '../../support/index.js';
import { type Bench, resultOf, types, type WireAnswer, type WireResult } from '../support/bench.js';
import { type LiveBench, liveBench, liveTarget } from '../support/liveBench.js';

interface Entry {
  readonly type: string;
  readonly name: string;
  readonly used: number;
  readonly total: number;
  readonly max: number;
}
type MemoryInfo = Record<'heap' | 'nonheap' | 'buffer_pool', Entry[]>;
type Items = { name: string; value?: unknown; desc?: string }[];

const GROUPS = [
  'RUNTIME',
  'CLASS-LOADING',
  'COMPILATION',
  'GARBAGE-COLLECTORS',
  'MEMORY-MANAGERS',
  'MEMORY',
  'OPERATING-SYSTEM',
  'THREAD',
  'FILE-DESCRIPTOR',
];

for (const node of nodeMajors) {
  describe(`facts of a process on Node ${node}`, () => {
    let live: LiveBench;
    let bench: Bench;
    let subject: SpawnedTarget;

    before(async () => {
      live = await liveBench();
      bench = live.bench;
      subject = await liveTarget(node, 'secrets.cjs', {
        args: ['--api-token=topsecret-argument', '--password', 'topsecret-next', '--color=harmless-color'],
        nodeArgs: ['--max-old-space-size=256'],
        env: {
          NODE_OPTIONS: '--no-warnings',
          LAUNCH: 'run --token=topsecret-option --password topsecret-word',
          A: '1',
        },
      });
    });

    after(async () => {
      await live.close();
      await subject.stop();
    });

    const exec = (line: string): Promise<WireAnswer> => bench.exec(line, { process: String(subject.pid) });

    async function result(line: string, type: string): Promise<WireResult> {
      const answer = await exec(line);
      assert.ok(!JSON.stringify(answer).includes('topsecret'));
      assert.equal(resultOf(answer, 'status').statusCode, 0, JSON.stringify(answer));
      const found = resultOf(answer, type);
      const text = bench.store.render(found, PLAIN_STYLE, 100);
      assert.ok(text, 'it can be shown to people');
      assert.doesNotMatch(text, /undefined|NaN|\[object/);
      return found;
    }

    it('sysenv', async () => {
      const { env } = await result('sysenv', 'sysenv');
      const names = Object.keys(env as object);
      assert.deepEqual(names, [...names].sort());
      const values = env as Record<string, string>;
      assert.equal(values.PUBLIC_NAME, 'harmless-name');
      assert.equal(values.KEYBOARD, 'harmless-keyboard');
      assert.equal(values.A, '1');
      assert.equal(values.LAUNCH, 'run --token=*** --password ***');
      for (const secret of ['DB_PASSWORD', 'AWS_SECRET_ACCESS_KEY', 'API_TOKEN', 'SESSION_COOKIE']) {
        assert.equal(values[secret], '***');
      }
      assert.equal(values.DATABASE_URL, 'postgres://shop:***@db.internal:5432/shop');
      assert.deepEqual((await result('sysenv PUBLIC_NAME', 'sysenv')).env, { PUBLIC_NAME: 'harmless-name' });
      assert.deepEqual((await result('sysenv DB_PASSWORD', 'sysenv')).env, { DB_PASSWORD: '***' });
      assert.deepEqual((await result('sysenv NO_SUCH_NAME', 'sysenv')).env, {});
    });

    it('memory', async () => {
      const found = await result('memory', 'memory');
      checkMemory(found.memoryInfo as MemoryInfo);
      const { headroom, limitedBy } = found.limit as { headroom: number; limitedBy: string };
      assert.ok(headroom > 0);
      assert.notEqual(limitedBy, '');
    });

    it('jvm', async () => {
      const { jvmInfo } = await result('jvm', 'jvm');
      const groups = jvmInfo as Record<string, Items>;
      assert.deepEqual(Object.keys(groups), GROUPS);
      const value = (group: string, name: string) => groups[group]?.find((item) => item.name === name)?.value;
      const version = String(value('RUNTIME', 'SPEC-VERSION'));
      assert.equal(version.split('.')[0], String(node));
      assert.match(String(value('RUNTIME', 'VM-VERSION')), /^\d+\.\d+/);
      assert.match(String(value('RUNTIME', 'LIBUV-VERSION')), /^\d+\.\d+/);
      assert.match(String(value('RUNTIME', 'OPENSSL-VERSION')), /^\d+\.\d+/);
      assert.ok((value('RUNTIME', 'INPUT-ARGUMENTS') as string[]).includes('--max-old-space-size=256'));
      const argv = value('RUNTIME', 'ARGV') as string[];
      assert.deepEqual(argv.slice(2), ['--api-token=***', '--password', '***', '--color=harmless-color']);
      assert.equal(value('RUNTIME', 'EXEC-PATH'), realpathSync(nodeBinary(node)));
      assert.match(String(value('RUNTIME', 'JVM-START-TIME')), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/);
      assert.equal(value('CLASS-LOADING', 'LOADED-CLASS-COUNT'), 1);
      const heap = value('MEMORY', 'HEAP-MEMORY-USAGE') as Record<string, number>;
      assert.ok((heap.used ?? 0) > 0 && (heap.committed ?? 0) >= (heap.used ?? 0));
      assert.ok((heap.max ?? 0) >= 256 * 1024 * 1024);
      assert.equal(value('OPERATING-SYSTEM', 'OS'), 'Linux');
      assert.equal(value('THREAD', 'COUNT'), threadCount(subject.pid) - 1, 'our own thread is not counted');
      assert.ok(Number(value('FILE-DESCRIPTOR', 'OPEN-FILE-DESCRIPTOR-COUNT')) > 3);
      assert.ok(Number(value('FILE-DESCRIPTOR', 'MAX-FILE-DESCRIPTOR-COUNT')) > 3);
    });

    it('dashboard', async () => {
      const answer = await exec('dashboard -n 2 -i 300');
      assert.deepEqual(types(answer.body?.results), ['dashboard', 'dashboard', 'status']);
      assert.equal(resultOf(answer, 'status').message, 'Process ends after 2 time(s).');
      const [first, second] = (answer.body?.results ?? []) as [WireResult, WireResult];
      for (const one of [first, second]) {
        checkMemory(one.memoryInfo as MemoryInfo);
        assert.ok(bench.store.render(one, PLAIN_STYLE, 120)?.includes('EVENT LOOP'));
        const threads = one.threads as Record<string, unknown>[];
        assert.equal(threads.length, threadCount(subject.pid) - 1, 'our own thread is not among them');
        const main = threads.find(({ id }) => id === subject.pid);
        assert.equal(main?.daemon, false);
        // The row of wire/arthas.md 3.4, as `thread` has it.
        assert.deepEqual(Object.keys(main ?? {}), [
          'cpu',
          'daemon',
          'deltaTime',
          'group',
          'id',
          'interrupted',
          'name',
          'priority',
          'state',
          'time',
        ]);
        const runtime = one.runtimeInfo as Record<string, unknown>;
        assert.equal(runtime.javaVersion, runtime.nodeVersion);
        assert.equal(String(runtime.nodeVersion).split('.')[0], String(node));
        assert.equal(runtime.javaHome, realpathSync(nodeBinary(node)));
        const names = (one.gcInfos as { name: string }[]).map(({ name }) => name);
        for (const name of ['scavenge', 'mark_sweep_compact', 'incremental', 'weakc']) {
          assert.ok(names.includes(name), name);
        }
      }
      assert.deepEqual(
        (first.threads as { cpu: number }[]).map(({ cpu }) => cpu),
        (first.threads as unknown[]).map(() => 0),
      );
      const loop = second.eventLoop as Record<string, number | boolean>;
      assert.equal(loop.answered, true);
      assert.ok(Number(loop.utilization) >= 0 && Number(loop.utilization) <= 1);
      for (const name of ['lagP50Ms', 'lagP99Ms', 'lagMaxMs'])
        assert.equal(typeof loop[name], 'number', name);
      assert.equal('lagMaxMs' in (first.eventLoop as object), false);
    });

    it('target', async () => {
      const found = await result('target', 'target');
      const [row] = found.targets as Record<string, unknown>[];
      assert.equal(row?.pid, subject.pid);
      assert.equal(row?.channel, 'worker');
      assert.equal(String(row?.nodeVersion).split('.')[0], String(node));
      assert.ok(Array.isArray(row?.notices) && Array.isArray(row?.holders));
    });

    it('ps', async () => {
      const answer = await bench.exec('ps');
      assert.ok(!JSON.stringify(answer).includes('topsecret'));
      const found = resultOf(answer, 'ps');
      const row = (found.processes as Record<string, unknown>[]).find(({ pid }) => pid === subject.pid);
      assert.equal(row?.name, 'secrets');
      assert.equal(row?.attached, true);
      assert.deepEqual(((row?.command ?? []) as string[]).slice(-4), [
        '--api-token=***',
        '--password',
        '***',
        '--color=harmless-color',
      ]);
      const text = bench.store.render(found, PLAIN_STYLE, 200) ?? '';
      assert.match(text, /^ *PID +USER +NAME +NODE +UPTIME/);
      assert.ok(text.split('\n').some((line) => line.trim().startsWith(`${subject.pid} `)));
    });
  });
}

it('a title with a secret is masked wherever it shows', async (t) => {
  const live = await liveBench();
  t.after(live.close);
  const subject = await liveTarget(22, 'secrets.cjs', {
    nodeArgs: ['--title=shop --api-token=topsecret-title'],
  });
  t.after(async () => void (await subject.stop()));
  for (const line of ['ps', 'jvm', 'target', 'sysenv']) {
    const answer = await live.bench.exec(line, { process: String(subject.pid) });
    assert.equal(resultOf(answer, 'status').statusCode, 0);
    assert.ok(!JSON.stringify(answer).includes('topsecret'), line);
  }
});

function checkMemory(info: MemoryInfo): void {
  assert.deepEqual(Object.keys(info), ['heap', 'nonheap', 'buffer_pool']);
  for (const [type, entries] of Object.entries(info)) {
    for (const entry of entries) {
      assert.deepEqual(Object.keys(entry), ['max', 'name', 'total', 'type', 'used']);
      assert.equal(entry.type, type);
      assert.match(entry.name, /^[a-z][a-z0-9_]*$/);
      assert.ok(entry.used >= 0 && entry.total >= 0, entry.name);
    }
  }
  assert.equal(info.heap[0]?.name, 'heap');
  assert.ok((info.heap[0]?.max ?? 0) > 0);
  assert.ok(info.heap.some(({ name }) => name === 'old_space'));
  assert.equal(info.nonheap[0]?.name, 'nonheap');
  assert.deepEqual(
    info.buffer_pool.map(({ name }) => name),
    ['external', 'array_buffers'],
  );
}
