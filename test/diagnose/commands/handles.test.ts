import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { COMMANDS, PLAIN_STYLE } from '../../../src/diagnose/index.js';
import { nodeMajors } from '../../support/index.js';
import { assertLetGo, get } from '../../target/attach/attaching.js';
import type { WireResult } from '../support/bench.js';
import { first, isStatus, live, look } from '../support/liveSession.js';

interface Group {
  readonly type: string;
  readonly count: number;
  readonly details: { readonly local?: string; readonly remote?: string; readonly connections?: number }[];
}

interface Stack {
  readonly type: string;
  readonly made: number;
  readonly alive: number;
  readonly timeoutMs?: number;
  readonly stackTrace: { readonly methodName: string; readonly fileName?: string }[];
}

const NOTHING = { intervals: 0, histograms: 0, hooks: 0, formatted: 0 };
const render = (result: WireResult) =>
  COMMANDS.find(({ name }) => name === 'handles')?.render(result, PLAIN_STYLE, 100) ?? '';

for (const node of nodeMajors) {
  it(`handles on Node ${node}: what is there, and where new ones are made`, async (t) => {
    const at = await live(t, node, { file: 'leaky-handles.cjs' });
    const now = first(await at.exec('handles -n 50'), 'handles');
    const groups = now.handles as Group[];
    const servers = groups.find(({ type }) => type === 'Server');
    assert.equal(servers?.count, 2);
    assert.ok(servers.details.some(({ local }) => local === `127.0.0.1:${at.process.port}`));
    const sockets = groups.find(({ type }) => type === 'Socket');
    assert.ok(sockets?.details.some(({ remote }) => /^127\.0\.0\.1:\d+$/.test(remote ?? '')));
    assert.ok(groups.some(({ type }) => type === 'FSWatcher'));
    assert.ok(((now.resources as Record<string, number>).Timeout ?? 0) > 0);
    assert.match(render(now), /HANDLES +\d+ +DETAILS[\s\S]*127\.0\.0\.1:\d+ -> 127[\s\S]*ACTIVE RESOURCES/);

    const watched = first(await at.exec('handles --watch 1 -n 100'), 'handles');
    const stacks = watched.stacks as Stack[];
    const timer = stacks.find(({ stackTrace }) =>
      stackTrace.some(({ methodName }) => methodName === 'leakTimer'),
    );
    assert.equal(timer?.type, 'Timeout');
    assert.equal(timer.timeoutMs, 3_600_000);
    assert.ok(timer.made >= 2 && timer.alive === timer.made, JSON.stringify(timer));
    for (const method of ['leakSocket', 'leakWatcher']) {
      const found = stacks.find(({ stackTrace }) =>
        stackTrace.some(({ methodName }) => methodName === method),
      );
      assert.ok(found && found.alive >= 2, method);
    }
    assert.match(render(watched), /MADE +ALIVE +TYPE[\s\S]*3600000 ms: \d+ made, \d+ alive/);
    assert.doesNotMatch(render(watched), /emitInit/);
    assert.match(await get(at.process.port), /timers/);
  });

  it(`handles runs nothing of a hostile application on Node ${node}`, async (t) => {
    for (const args of [[], ['--tamper']]) {
      const at = await live(t, node, { file: 'hostile.cjs', args });
      for (const command of ['handles', 'handles --watch 0.5', 'thread -n 1', 'loop -n 1 -i 200']) {
        assert.equal(first(await at.exec(command), 'status').statusCode, 0, command);
      }
      assert.equal((await get(at.process.port)).split('\n')[0], '0');
    }
  });
}

describe('handles --watch', () => {
  it('takes its hook away at the end', async (t) => {
    const at = await live(t, 22, { file: 'counted-builtins.cjs' });
    const { errors } = await look(at.process);
    await at.start('handles --watch 0.6');
    await at.process.waitFor('ready');
    at.process.write('timers 20');
    const read = await at.until(isStatus);
    assert.equal(first(read, 'status').statusCode, 0);
    const after = await look(at.process);
    assert.deepEqual(after, { on: NOTHING, errors });
  });

  it('shows what it saw when it is interrupted, without waiting for the rest', async (t) => {
    const at = await live(t, 22, { file: 'leaky-handles.cjs' });
    await at.target();
    await at.start('handles --watch 60');
    await new Promise((resolve) => setTimeout(resolve, 700));
    await at.interrupt();
    const read = await at.until(isStatus);
    assert.equal(first(read, 'status').statusCode, 0);
    const { watchedMs } = first(read, 'handles');
    assert.ok(Number(watchedMs) < 30_000);
  });

  it('takes its hook away when the target is let go', async (t) => {
    const at = await live(t, 22, { file: 'counted-builtins.cjs' });
    await at.start('handles --watch 60');
    await at.until(({ type }) => type === 'command');
    const target = await at.target();
    await assert.doesNotReject(async () => {
      while ((await look(at.process)).on.hooks === 0) await new Promise((done) => setTimeout(done, 20));
    });
    await target.letGo('the test says so');
    await at.until(isStatus);
    await assertLetGo(at.process);
    assert.deepEqual((await look(at.process)).on, NOTHING);
  });

  it('bounds the stacks it takes in a flood, and counts all', async (t) => {
    const at = await live(t, 22, { file: 'counted-builtins.cjs' });
    await at.target();
    await at.start('handles --watch 2');
    while ((await look(at.process)).on.hooks === 0) await new Promise((done) => setTimeout(done, 20));
    at.process.write('timers 9000');
    const result = first(await at.until(isStatus), 'handles');
    const made = (result.made as { type: string; made: number }[]).find(({ type }) => type === 'Timeout');
    assert.ok((made?.made ?? 0) >= 9000, JSON.stringify(made));
    assert.ok(Number(result.unlocated) > 0);
  });

  it('is not for a viewer', async (t) => {
    const at = await live(t, 22);
    at.bench.role = 'viewer';
    assert.equal(first(await at.exec('handles'), 'status').statusCode, 0);
    const refused = await at.bench.exec('handles --watch 1', { process: String(at.process.pid) });
    assert.equal(refused.state, 'FAILED');
  });
});

it('handles says what the transcript says', async (t) => {
  const at = await live(t, 22, { file: 'leaky-handles.cjs' });
  await at.play('live-handles');
});
