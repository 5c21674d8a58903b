import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { setLimit } from '../../src/base/index.js';
import { eventually } from '../support/index.js';
import { allowsInput, Bench, resultOf, types, type WireResult } from './support/bench.js';

let bench: Bench;

beforeEach(async () => {
  bench = await Bench.start();
});

afterEach(() => bench.close());

async function join(sessionId: string): Promise<{ sessionId: string; consumerId: string }> {
  const { consumerId = '' } = await bench.call({ action: 'join_session', sessionId });
  return { sessionId, consumerId };
}

const isStatus = (result: WireResult) => result.type === 'status';

test('the documented flow: two consumers read the same, a late joiner reads it again', async () => {
  const first = await bench.session();
  const second = await join(first.sessionId);
  await bench.pull(second);
  await bench.call({ action: 'async_exec', sessionId: first.sessionId, command: 'many -n 3' });
  const [read1, read2] = await Promise.all([
    bench.pullUntil(first, allowsInput),
    bench.pullUntil(second, allowsInput),
  ]);
  assert.equal(read1.length, 7);
  assert.deepEqual(read1, read2);

  const late = await join(first.sessionId);
  const replay = await bench.pull(late);
  const notInput = (results: readonly WireResult[]) => results.filter(({ type }) => type !== 'input_status');
  assert.deepEqual(types(notInput(replay)).slice(0, 2), ['message', 'welcome']);
  assert.deepEqual(notInput(replay).slice(2), notInput(read1));
  assert.equal(replay.at(-1)?.inputStatus, 'ALLOW_INPUT');
  // Reading does not use the history up.
  assert.deepEqual(await bench.pull(await join(first.sessionId)), replay);
  assert.equal(
    (await bench.call({ action: 'close_session', sessionId: first.sessionId })).state,
    'SUCCEEDED',
  );
});

test('a full history reaches a late joiner whole', async () => {
  const { sessionId } = await bench.session();
  await bench.call({ action: 'async_exec', sessionId, command: 'many -n 1200' });
  await eventually(() => bench.store.runningJobs() === 0, { what: 'the job to end' });
  const late = await join(sessionId);
  const replay: WireResult[] = [];
  for (let batch = await bench.pull(late); batch.length > 0; batch = await bench.pull(late))
    replay.push(...batch);
  assert.equal(replay[0]?.inputStatus, 'DISABLED');
  // message, welcome, command, 1200 results and status were published; 1000 are kept.
  assert.deepEqual(replay[1], { type: 'dropped', count: 204, jobId: 0 });
  assert.equal(replay.length, 1003);
  assert.equal(replay.at(-1)?.inputStatus, 'ALLOW_INPUT');
});

test('a consumer that never pulls while a job makes 100,000 results costs a bounded memory', async () => {
  const { sessionId } = await bench.session();
  const idle = await join(sessionId);
  const { body } = await bench.call({ action: 'async_exec', sessionId, command: 'many -n 100000' });
  for (let waits = 0; waits < 300 && bench.store.session(sessionId)?.foreground; waits++) await sleep(50);
  assert.equal(bench.store.session(sessionId)?.foreground, undefined, 'the job has not ended');
  // Two consumers and the history, 1000 results of about 40 bytes each.
  assert.ok(bench.store.queuedBytes < 3 * 1000 * 60, `${bench.store.queuedBytes} bytes`);
  const read = await bench.pullUntil(idle, isStatus);
  assert.equal(read.find(isStatus)?.jobId, body?.jobId);
  const dropped = read.find(({ type }) => type === 'dropped');
  assert.ok(Number(dropped?.count) > 99_000);
});

test('bytes are bounded too, per queue and in all queues together', async () => {
  const { sessionId, consumerId } = await bench.session();
  try {
    setLimit('queue-bytes=100000');
    setLimit('replay-bytes=50000');
    const small = await join(sessionId);
    await bench.call({ action: 'async_exec', sessionId, command: 'big -n 100' });
    await sleep(200);
    assert.equal(bench.store.session(sessionId)?.foreground, undefined);
    const read = await bench.pullUntil(small, allowsInput);
    const numbers = read.filter(({ type }) => type === 'big').map(({ number }) => number);
    assert.ok(numbers.length >= 8 && numbers.length <= 10, `${numbers.length} kept`);
    assert.equal(numbers.at(-1), 100);

    setLimit('all-queues-bytes=120000');
    await bench.pullUntil({ sessionId, consumerId }, allowsInput);
    await bench.call({ action: 'async_exec', sessionId, command: 'big -n 100' });
    await sleep(200);
    assert.ok(bench.store.queuedBytes <= 120_000, `${bench.store.queuedBytes} bytes`);
    // Those that hoard give way, not the one that comes now.
    const other = await bench.session();
    await bench.call({ action: 'async_exec', sessionId: other.sessionId, command: 'big -n 3' });
    const all = (await bench.pullUntil(other, allowsInput)).filter(({ type }) => type === 'big');
    assert.equal(all.length, 3);
    assert.ok(bench.store.queuedBytes <= 120_000, `${bench.store.queuedBytes} bytes`);
    assert.ok((await bench.pullUntil({ sessionId, consumerId }, isStatus)).some(isStatus));
    await bench.call({ action: 'close_session', sessionId: other.sessionId });
  } finally {
    setLimit('queue-bytes=8388608');
    setLimit('replay-bytes=2097152');
    setLimit('all-queues-bytes=268435456');
  }
  await bench.call({ action: 'close_session', sessionId });
  assert.equal(bench.store.queuedBytes, 0);
});

test('a result above result-bytes is replaced by one that says so', async () => {
  try {
    setLimit('result-bytes=5000');
    const dropped = resultOf(await bench.exec('big'), 'dropped');
    assert.equal(dropped.count, 1);
    assert.match(String(dropped.reason), /^a big result of 10\d+ bytes is above the limit result-bytes$/);
  } finally {
    setLimit('result-bytes=16777216');
  }
});

test('1,000 sessions at once, and one more is told why not', async () => {
  const ids: string[] = [];
  for (let round = 0; round < 20; round++) {
    const opened = await Promise.all(
      Array.from({ length: 50 }, () => bench.call({ action: 'init_session' })),
    );
    ids.push(...opened.map(({ sessionId = '' }) => sessionId));
  }
  assert.equal(new Set(ids).size, 1000);
  const refused = await bench.call({ action: 'init_session' });
  assert.equal(refused.state, 'FAILED');
  assert.match(
    refused.message ?? '',
    /^there are 1000 sessions, which is the limit\. .*--limit diagnose-sessions=N$/,
  );
  assert.match((await bench.exec('version')).message ?? '', /there are 1000 sessions/);
  const info = await bench.call({ action: 'session_info', sessionId: ids[777] });
  assert.equal(info.state, 'SUCCEEDED');
  assert.equal((await bench.exec('version', { sessionId: ids[500] })).state, 'SUCCEEDED');
  await bench.call({ action: 'close_session', sessionId: ids[0] });
  assert.equal((await bench.exec('version')).state, 'SUCCEEDED');
});

test('a session without a request for 3 hours is closed, unless a foreground job runs', async () => {
  const [idle, used, busy] = [await bench.session(), await bench.session(), await bench.session()];
  await bench.call({ action: 'async_exec', sessionId: busy.sessionId, command: 'tick' });
  bench.clock.offset += 3 * 3_600_000 - 5000;
  bench.store.sweep();
  assert.equal((await bench.call({ action: 'session_info', sessionId: used.sessionId })).state, 'SUCCEEDED');
  bench.clock.offset += 6000;
  bench.store.sweep();
  const answer = await bench.call({ action: 'session_info', sessionId: idle.sessionId });
  assert.equal(answer.message, `session not found: ${idle.sessionId}`);
  for (const { sessionId } of [used, busy]) {
    assert.equal((await bench.call({ action: 'session_info', sessionId })).state, 'SUCCEEDED');
  }
});

test('a consumer inside a poll is not idle', async () => {
  const ids = await bench.session();
  const poll = bench.call({ action: 'pull_results', ...ids });
  await sleep(50);
  bench.clock.offset += 600_000;
  bench.store.sweep();
  assert.equal((await poll).state, 'SUCCEEDED');
  assert.equal((await bench.call({ action: 'pull_results', ...ids })).state, 'SUCCEEDED');
});

test('closing a session ends its poll and its foreground job; a background job goes on', async () => {
  const ids = await bench.session();
  const { sessionId } = ids;
  const background = await bench.call({ action: 'async_exec', sessionId, command: 'tick &' });
  await bench.call({ action: 'async_exec', sessionId, command: 'tick -i 10000' });
  await bench.pullUntil(ids, ({ type }) => type === 'command');
  while ((await bench.store.session(sessionId)?.consumer(ids.consumerId))?.queue.empty === false)
    await bench.pull(ids);
  const poll = bench.call({ action: 'pull_results', ...ids });
  await sleep(20);
  const start = performance.now();
  await bench.call({ action: 'close_session', sessionId });
  assert.equal((await poll).state, 'SUCCEEDED');
  assert.ok(performance.now() - start < 500);
  const jobs = resultOf(await bench.exec('jobs'), 'jobs').jobs as { jobId: number; session: string }[];
  assert.deepEqual(
    jobs.map(({ jobId }) => jobId),
    [background.body?.jobId],
  );
  assert.equal(jobs[0]?.session, sessionId.slice(0, 8));
});

test('consumers and jobs of a session are bounded', async () => {
  const { sessionId } = await bench.session();
  for (let joined = 1; joined < 50; joined++) await join(sessionId);
  const refused = await bench.call({ action: 'join_session', sessionId });
  assert.match(refused.message ?? '', /^the session has 50 consumers, which is the limit/);
  for (let jobs = 0; jobs < 20; jobs++)
    await bench.call({ action: 'async_exec', sessionId, command: 'tick -i 9999 &' });
  const full = await bench.exec('version', { sessionId });
  assert.match(
    full.message ?? '',
    /^Exec command failed:this session has 20 running jobs, which is the limit\. 'jobs'/,
  );
  assert.equal((await bench.exec('version')).state, 'SUCCEEDED');
});

test('garbage is FAILED, and the next request is served', async () => {
  for (const body of [
    '{',
    '[]',
    'nul',
    '\u0000',
    '{"action":}',
    '"x"',
    '{"action":{"a":1}}',
    '{"action":"exec"',
  ]) {
    const response = await bench.post(body);
    assert.equal(response.status, 200, body);
    const { state, message } = (await response.json()) as { state: string; message: string };
    assert.equal(state, 'FAILED', body);
    assert.match(message, /^Process request error: |^unknown action: \{"a":1\}/, body);
  }
  assert.equal((await bench.exec('version')).state, 'SUCCEEDED');
  assert.deepEqual(bench.faults, []);
});

test('a line that is too long is refused', async () => {
  const { message } = await bench.exec(`echo ${'x'.repeat(70_000)}`);
  assert.match(message ?? '', /the command line has 70005 characters, the limit is 65536/);
});

test('a batch ends early when its results are long lists', async () => {
  const ids = await bench.session();
  await bench.call({ action: 'async_exec', sessionId: ids.sessionId, command: 'rows -n 4' });
  await sleep(50);
  // `command` and ALLOW_INTERRUPT count 1 each, then 60 rows each.
  assert.deepEqual(types(await bench.pull(ids)), ['command', 'input_status', 'rows', 'rows']);
  assert.deepEqual(types(await bench.pull(ids)), ['rows', 'rows']);
  assert.deepEqual(types(await bench.pull(ids)), ['status', 'input_status']);
});

test('a client that goes away ends its exec; what its poll had taken is not lost', async () => {
  const gone = new AbortController();
  const call = fetch(bench.url, {
    method: 'POST',
    body: '{"action":"exec","command":"tick"}',
    signal: gone.signal,
  }).catch(() => {});
  await sleep(80);
  assert.equal(bench.store.runningJobs(), 1);
  gone.abort();
  await call;
  await sleep(50);
  assert.equal(bench.store.runningJobs(), 0);

  const ids = await bench.session();
  const leaving = new AbortController();
  const poll = fetch(bench.url, {
    method: 'POST',
    body: JSON.stringify({ action: 'pull_results', ...ids }),
    signal: leaving.signal,
  }).catch(() => {});
  await sleep(30);
  await bench.exec('version', { sessionId: ids.sessionId });
  leaving.abort();
  await poll;
  await sleep(30);
  assert.equal((await bench.pull(ids)).length, 2);
});

test('a command that ignores the interrupt is left behind after the grace, and says so', async () => {
  const ids = await bench.session();
  await bench.call({ action: 'async_exec', sessionId: ids.sessionId, command: 'deaf' });
  await sleep(20);
  const start = performance.now();
  const answer = await bench.call({ action: 'interrupt_job', sessionId: ids.sessionId });
  const ms = performance.now() - start;
  assert.equal(answer.body?.jobStatus, 'TERMINATED');
  assert.ok(ms > 900 && ms < 1500, `took ${ms} ms`);
  const read = await bench.pullUntil(ids, allowsInput);
  assert.match(
    String(read.find(({ type }) => type === 'message')?.message),
    /^'deaf' did not stop within 1000 ms/,
  );
  assert.equal(read.find(isStatus)?.statusCode, 0);
});

test('a job that runs for job-timeout ends with status -10', async () => {
  bench.store.options.set('job-timeout', '1s');
  const { state, body } = await bench.exec('tick -i 30000');
  assert.equal(state, 'SUCCEEDED');
  assert.deepEqual(body?.results?.at(-1), {
    type: 'status',
    statusCode: -10,
    message: "the job ran for 1s, the limit that 'options job-timeout' sets",
    jobId: body?.jobId,
  });
});

test('an endless fast job does not starve others', async () => {
  const { sessionId } = await bench.session();
  await bench.call({ action: 'async_exec', sessionId, command: 'many -n 100000000' });
  const start = performance.now();
  assert.equal((await bench.exec('version')).state, 'SUCCEEDED');
  assert.ok(performance.now() - start < 1000);
  assert.equal((await bench.call({ action: 'interrupt_job', sessionId })).state, 'SUCCEEDED');
});

test('how commands fail', async () => {
  const said = await bench.exec('fail');
  assert.deepEqual(
    [resultOf(said, 'status').statusCode, resultOf(said, 'status').message],
    [-1, 'it said no'],
  );
  const crashed = resultOf(await bench.exec('crash'), 'status');
  assert.equal(crashed.statusCode, 1);
  assert.equal(
    crashed.message,
    'Error during processing the command: internal-fault, message:a fault of ours',
  );
  assert.equal(bench.faults.length, 1);
});

test('the store closes: jobs end with -10', async () => {
  const running = bench.exec('tick -i 60000');
  await sleep(50);
  await bench.store.close();
  assert.equal(resultOf(await running, 'status').statusCode, -10);
  assert.match((await bench.exec('version')).message ?? '', /this agent is closing/);
});
