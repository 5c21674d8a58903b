import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { COMMANDS, PLAIN_STYLE } from '../../../src/diagnose/index.js';
import { nodeMajors } from '../../support/index.js';
import { assertLetGo, temporaryFolder } from '../../target/attach/attaching.js';
import type { WireResult } from '../support/bench.js';
import { first, live, look } from '../support/liveSession.js';

interface Row {
  readonly id: number;
  readonly name: string;
  readonly group: string;
  readonly threadId?: number;
  readonly state: string;
  readonly cpu: number;
  readonly time: number;
  readonly daemon: boolean;
  readonly stackTrace?: Frame[];
}

interface Frame {
  readonly fileName?: string;
  readonly lineNumber: number;
  readonly className: string;
  readonly methodName: string;
}

interface Info {
  readonly threadId: number;
  readonly threadName: string;
  readonly inNative: boolean;
  readonly stackTrace: Frame[];
  readonly native?: { readonly children: { readonly name: string }[] };
}

const render = (result: WireResult) =>
  COMMANDS.find(({ name }) => name === 'thread')?.render(result, PLAIN_STYLE, 110) ?? '';
const methods = (stack: readonly Frame[]) => stack.map(({ methodName }) => methodName);

for (const node of nodeMajors) {
  it(`thread on Node ${node}: OS threads without our own, states, the busiest`, async (t) => {
    const at = await live(t, node, { file: 'workers.cjs' });
    const result = first(await at.exec('thread'), 'thread');
    const rows = result.threadStats as Row[];
    const main = rows.find(({ id }) => id === at.process.pid);
    assert.equal(main?.name, 'main');
    assert.equal(main?.daemon, false);
    assert.ok(main.time > 0);
    const all = first(await at.exec('thread --all'), 'thread').threadStats as Row[];
    assert.equal(all.length, readdirSync(`/proc/${at.process.pid}/task`).length);
    assert.equal(rows.length, all.length - 1, 'the thread of the probe is left out');
    const counts = Object.values(result.threadStateCount as Record<string, number>);
    assert.equal(
      counts.reduce((sum, count) => sum + count, 0),
      rows.length,
    );
    const workers = rows.filter(({ group }) => group === 'worker').sort((a, b) => a.id - b.id);
    assert.deepEqual(
      workers.map(({ name, threadId, daemon }) => ({ name, threadId, daemon })),
      [
        { name: 'pool-0', threadId: 1, daemon: false },
        { name: 'pool-1', threadId: 2, daemon: false },
      ],
    );
    const { threadId } = first(await at.exec('thread 2'), 'thread').threadInfo as Info;
    assert.equal(threadId, workers[1]?.id, "a worker by its own number, not the probe's");
    assert.match(render(result), /^Threads Total: \d+.*\nID +NAME/);
    const busy = first(await at.exec('thread -n 2 -i 100'), 'thread').busyThreads as Row[];
    assert.equal(busy.length, 2);
    assert.ok((busy[0]?.cpu ?? 0) >= (busy[1]?.cpu ?? 0));
    const every = first(await at.exec('thread -n -1 -i 50'), 'thread').busyThreads as Row[];
    assert.equal(every.length, rows.length);
    const info = first(await at.exec(`thread ${at.process.pid}`), 'thread').threadInfo as Info;
    assert.equal(info.threadName, 'main');
    assert.equal(info.inNative, false);
  });
}

for (const node of nodeMajors) {
  it(`thread on Node ${node}: the stack of a busy worker, nothing left behind`, async (t) => {
    const at = await live(t, node, { file: 'busy-worker.cjs' });
    const target = await at.target();
    const [busy] = first(await at.exec('thread -n 1 -i 300'), 'thread').busyThreads as Row[];
    assert.equal(busy?.name, 'busy');
    assert.deepEqual(
      methods(busy?.stackTrace ?? [])
        .slice(-20)
        .filter((name) => /Here|ForEver/.test(name)),
      ['spinHere', 'crunchForEver'],
    );
    const [spin] = busy?.stackTrace ?? [];
    assert.match(spin?.fileName ?? '', /busy-worker\.cjs$/);
    const idle = first(await at.exec('thread 2'), 'thread').threadInfo as Info;
    assert.equal(idle.threadName, 'idle');
    assert.deepEqual(idle.stackTrace, []);
    const many = await Promise.all([1, 2, 3].map(() => at.exec('thread -i 20')));
    for (const results of many) {
      const rows = first(results, 'thread').threadStats as Row[];
      assert.deepEqual(
        rows.flatMap(({ threadId }) => threadId ?? []).sort(),
        [1, 2],
        'two looks at once do not end each other',
      );
    }
    await target.letGo('done');
    await assertLetGo(at.process);
  });
}

it('thread 0 and thread 1 are the main thread where no worker has that number', async (t) => {
  const at = await live(t, 22);
  for (const id of ['0', '1']) {
    const info = first(await at.exec(`thread ${id}`), 'thread').threadInfo as Info;
    assert.equal(info.threadId, at.process.pid);
  }
  const [status] = (await at.exec('thread 2')).filter(({ type }) => type === 'status');
  assert.equal(status?.message, 'thread do not exist! id: 2');
});

it('thread lists the rows while the main thread is in native code', async (t) => {
  const at = await live(t, 20, { file: 'blocked-loop.cjs' });
  await at.target();
  at.process.write('block exec 4');
  await at.process.waitFor('blocked exec');
  const rows = first(await at.exec('thread -i 20'), 'thread').threadStats as Row[];
  assert.doesNotMatch(at.process.stdout(), /unblocked/, 'told while it was blocked');
  assert.equal(rows.find(({ id }) => id === at.process.pid)?.name, 'main');
});

describe('thread -b', () => {
  const inJavaScript = {
    tight: 'blockTight',
    regex: 'matchEvil',
    atomics: 'blockAtomics',
    microtasks: 'processTicksAndRejections',
  };
  for (const [variant, method] of Object.entries(inJavaScript)) {
    it(`${variant}: the stack that blocks`, async (t) => {
      const at = await live(t, 22, { file: 'blocked-loop.cjs' });
      await at.target();
      at.process.write(`block ${variant} 3`);
      await at.process.waitFor(`blocked ${variant}`);
      const result = first(await at.exec('thread -b'), 'thread');
      assert.doesNotMatch(at.process.stdout(), /unblocked/, 'told while it was blocked');
      const { threadInfo } = result.blockingLockInfo as { threadInfo: Info };
      assert.equal(threadInfo.threadId, at.process.pid);
      assert.ok(methods(threadInfo.stackTrace).includes(method), JSON.stringify(threadInfo));
      assert.match(render(result), /^The event loop is blocked by\n"main" Id=\d+/);
      const busy = first(await at.exec('thread -n 1 -i 100'), 'thread').busyThreads as Row[];
      if (variant === 'tight') assert.ok(methods(busy[0]?.stackTrace ?? []).includes(method));
    });
  }

  for (const [variant, children] of [
    ['exec', ['sleep']],
    ['pbkdf2', []],
  ] as const) {
    it(`${variant}: native code`, async (t) => {
      const at = await live(t, 22, { file: 'blocked-loop.cjs' });
      await at.target();
      at.process.write(`block ${variant} 3`);
      await at.process.waitFor(`blocked ${variant}`);
      const result = first(await at.exec('thread -b'), 'thread');
      assert.doesNotMatch(at.process.stdout(), /unblocked/, 'told while it was blocked');
      const { threadInfo } = result.blockingLockInfo as { threadInfo: Info };
      assert.equal(threadInfo.inNative, true);
      assert.deepEqual(
        threadInfo.native?.children.map(({ name }) => name),
        children,
      );
      assert.match(render(result), /in native code/);
    });
  }

  it('is no block when a busy loop turns', async (t) => {
    const at = await live(t, 22, { file: 'counted-builtins.cjs' });
    await at.target();
    at.process.write('busy 3000');
    const status = first(await at.exec('thread -b -i 500'), 'status');
    assert.equal(status.message, 'No most blocking thread found!');
  });
});

describe('the stack of an interrupt', () => {
  for (const node of nodeMajors) {
    for (const way of ['formatter', 'accessor', 'frozen']) {
      it(`leaves Error as it was (${way}) on Node ${node}`, async (t) => {
        const at = await live(t, node, { file: 'counted-builtins.cjs', args: [`--errors=${way}`] });
        await at.target();
        const before = await look(at.process);
        const seen = join(temporaryFolder(t, 'seen'), 'seen');
        at.process.write(`block 10000 ${seen}`);
        const result = first(await at.exec('thread -n -1 -i 300'), 'thread');
        writeFileSync(seen, '');
        const main = (result.busyThreads as Row[]).find(({ id }) => id === at.process.pid);
        assert.ok(methods(main?.stackTrace ?? []).includes('blockHere'), JSON.stringify(main));
        assert.deepEqual(await look(at.process), before, 'no formatter ran, nothing was left');
      });
    }
  }
});

it('thread says what the transcript says', async (t) => {
  const at = await live(t, 22);
  await at.play('live-thread');
});
