import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TargetInstruments } from '../../src/target/index.js';
import { allowsInput, Bench, resultOf } from './support/bench.js';

let bench: Bench;

beforeEach(async () => {
  bench = await Bench.start();
});

afterEach(() => bench.close());

const holders = () => bench.targets.attached().flatMap((target) => target.holders);

test('a one-time command holds its process for its job only', async () => {
  const answer = await bench.exec('attach', { process: 'shop' });
  const attached = resultOf(answer, 'attach');
  assert.equal(attached.pid, 4242);
  assert.deepEqual(attached.holders, [`job ${answer.body?.jobId}`]);
  assert.deepEqual(holders(), []);
});

test('a session holds its process until it is closed', async () => {
  const { sessionId } = await bench.session({ process: 'shop' });
  assert.deepEqual(bench.targets.attached(), [], 'naming a process attaches nothing');
  const answer = await bench.exec('attach', { sessionId });
  assert.deepEqual(resultOf(answer, 'attach').holders, [`session ${sessionId}`, `job ${answer.body?.jobId}`]);
  assert.deepEqual(holders(), [`session ${sessionId}`]);
  const shown = resultOf(await bench.exec('session', { sessionId }), 'session');
  assert.equal(shown.javaPid, 4242);
  assert.deepEqual((shown.processes as { name: string; holders: string[] }[])[0]?.holders, [
    `session ${sessionId}`,
  ]);
  await bench.call({ action: 'close_session', sessionId });
  assert.deepEqual(holders(), []);
});

test('an idle session lets its process go when it expires', async () => {
  const { sessionId } = await bench.session({ process: '4242' });
  await bench.exec('attach', { sessionId });
  bench.clock.offset += 4 * 3_600_000;
  bench.store.sweep();
  assert.deepEqual(holders(), []);
});

test('`process` of a request becomes the process of the session', async () => {
  const { sessionId } = await bench.session({ process: 'closed' });
  assert.equal(resultOf(await bench.exec('attach', { sessionId, process: 'shop' }), 'attach').pid, 4242);
  assert.equal(resultOf(await bench.exec('attach', { sessionId }), 'attach').pid, 4242);
});

test('an unknown process in the request is FAILED with the candidates', async () => {
  const { state, message } = await bench.exec('attach', { process: 'nosuch' });
  assert.equal(state, 'FAILED');
  assert.equal(
    message,
    "Exec command failed:no process is named 'nosuch'. There are: shop (4242), closed (4343)",
  );
});

test('a process that cannot be attached is status -1 in a SUCCEEDED answer', async () => {
  const answer = await bench.exec('attach', { process: 'closed' });
  assert.equal(answer.state, 'SUCCEEDED');
  assert.deepEqual(resultOf(answer, 'status'), {
    type: 'status',
    statusCode: -1,
    message: 'closed lets nobody in',
    jobId: answer.body?.jobId,
  });
  const none = await bench.exec('attach');
  assert.equal(none.state, 'SUCCEEDED');
  assert.match(String(resultOf(none, 'status').message), /There are: shop \(4242\), closed \(4343\)/);
});

test('a target that closes ends the command, with the reason', async () => {
  const ids = await bench.session({ process: 'shop' });
  await bench.call({ action: 'async_exec', sessionId: ids.sessionId, command: 'hold' });
  await sleep(30);
  await bench.targets.attached()[0]?.letGo('the process exited with code 1');
  const read = await bench.pullUntil(ids, allowsInput);
  const status = read.find(({ type }) => type === 'status');
  assert.equal(status?.statusCode, -1);
  assert.equal(
    status?.message,
    'shop (pid 4242) was let go while the command ran: the process exited with code 1',
  );
  assert.deepEqual(holders(), []);
  // The next command attaches anew.
  assert.equal(resultOf(await bench.exec('attach', { sessionId: ids.sessionId }), 'attach').pid, 4242);
});

test('stop lets the process go and ends the session', async () => {
  const ids = await bench.session({ process: 'shop' });
  await bench.exec('attach', { sessionId: ids.sessionId });
  await bench.call({ action: 'async_exec', sessionId: ids.sessionId, command: 'stop' });
  const read = await bench.pullUntil(ids, ({ type }) => type === 'status');
  const all = read.map(({ type }) => type);
  const types = all.slice(all.indexOf('command'), all.indexOf('status') + 1);
  assert.deepEqual(types, ['command', 'input_status', 'message', 'reset', 'shutdown', 'status']);
  const shutdown = read.find(({ type }) => type === 'shutdown');
  assert.equal(shutdown?.message, 'shop (pid 4242) was let go. This session ends; the agent stays.');
  assert.deepEqual(bench.targets.attached(), []);
  const answer = await bench.exec('version', { sessionId: ids.sessionId });
  assert.equal(answer.message, `session not found: ${ids.sessionId}`);
});

test('stop leaves a process that others use', async () => {
  const one = await bench.session({ process: 'shop' });
  const other = await bench.session({ process: 'shop' });
  await bench.exec('attach', { sessionId: one.sessionId });
  await bench.exec('attach', { sessionId: other.sessionId });
  const { message } = resultOf(await bench.exec('stop', { sessionId: one.sessionId }), 'shutdown');
  assert.equal(
    message,
    "shop (pid 4242) stays attached for 1 other holder ('target' lists them). This session ends; the agent stays.",
  );
  assert.deepEqual(holders(), [`session ${other.sessionId}`]);
});

test('reset asks who installs instruments, for a process that is attached', async () => {
  const asked: unknown[] = [];
  const own = await Bench.start({
    instruments: (target) => {
      const reset: TargetInstruments['reset'] = async (pattern) => {
        asked.push([target.process.pid, pattern]);
        return { classCount: 2, methodCount: 3, later: 1 };
      };
      return { reset } as TargetInstruments;
    },
  });
  await own.exec('reset', { process: 'shop' });
  assert.deepEqual(asked, []);
  const { sessionId } = await own.session({ process: 'shop' });
  await own.exec('attach', { sessionId });
  const { affect } = resultOf(await own.exec('reset -E Cart.*', { sessionId }), 'reset');
  assert.deepEqual(asked, [[4242, { text: 'Cart.*', regex: true }]]);
  const { cost, ...counts } = affect as { cost: number };
  assert.deepEqual(counts, { classCount: 2, methodCount: 3, listenerId: 0, later: 1 });
  assert.ok(Number.isInteger(cost));
  await own.close();
});

test('a background job keeps the process it began with', async () => {
  const { sessionId } = await bench.session({ process: 'shop' });
  await bench.call({ action: 'async_exec', sessionId, command: 'hold &' });
  await sleep(20);
  await bench.exec('version', { sessionId, process: 'closed' });
  await bench.call({ action: 'close_session', sessionId });
  assert.equal(bench.targets.attached()[0]?.holders.length, 1);
  assert.match(holders()[0] ?? '', /^job \d+$/);
});
