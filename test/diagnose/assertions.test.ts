/**
 * The 34 assertions of wire/arthas.md section 7, numbered as there. Where DESIGN 4 decided to deviate, the deviation is
 * tested, and the reference's own behaviour under `compat: "arthas-4"`.
 * Over 400 lines: the list is one, and is read beside the sheet.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { diagnoseRoutes } from '../../src/diagnose/index.js';
import { eventually } from '../support/index.js';
import { allowsInput, Bench, resultOf, types } from './support/bench.js';
import { connectionHeader, sorted, took } from './support/measure.js';

const ARTHAS_4 = { compat: 'arthas-4' };
let bench: Bench;

before(async () => {
  bench = await Bench.start();
});

after(() => bench.close());

test('1: another method is refused with 200', async () => {
  for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
    const response = await fetch(bench.url, { method });
    assert.equal(response.status, 200);
    assert.equal(await response.text(), `{"message":"Unsupported http method: ${method}","state":"REFUSED"}`);
  }
  assert.equal((await fetch(bench.url, { method: 'HEAD' })).status, 200);
});

test('2: an empty body fails with its text', async () => {
  for (const body of ['', '  \n']) {
    const answer = await (await bench.post(body)).text();
    const message = 'Process request error: parse request failed: request body is empty';
    assert.equal(answer, `{"message":"${message}","state":"FAILED"}`);
  }
});

test('3: an action is trimmed and upper-cased', async () => {
  const answer = await bench.call({ action: ' Exec ', command: 'version' });
  assert.equal(answer.state, 'SUCCEEDED');
  assert.deepEqual(types(answer.body?.results), ['version', 'status']);
  for (const result of answer.body?.results ?? []) assert.equal(result.jobId, answer.body?.jobId);
});

test('4: an unknown action fails with the text as sent', async () => {
  for (const action of ['nope', 'constructor', '__proto__']) {
    assert.deepEqual(await bench.call({ action }), { state: 'FAILED', message: `unknown action: ${action}` });
  }
});

test('5: commas between members may be missing, as in the documentation', async () => {
  const body = `{
    "action": "exec",
    "requestId": "req112"
    "consumerId": "955dbd1325334a84972b0f3ac19de4f7_2"
    "command": "version",
    "execTimeout": "10000"
  }`;
  const answer = (await (await bench.post(body)).json()) as { state: string; requestId: string };
  assert.equal(answer.state, 'SUCCEEDED');
  assert.equal(answer.requestId, 'req112');
});

test('6: an empty requestId is echoed', async () => {
  assert.equal((await bench.exec('version', { requestId: '' })).requestId, '');
  assert.equal((await bench.call({ action: 'nope', requestId: '' })).requestId, '');
});

test('7: an endless command is interrupted at execTimeout', async () => {
  const [answer, ms] = await took(bench.exec('tick', { execTimeout: '250' }));
  assert.equal(answer.state, 'INTERRUPTED');
  assert.equal(answer.message, 'The job is exceeded time limit, force interrupt');
  assert.equal(answer.body?.timeExpired, true);
  assert.strictEqual(answer.body?.timeout, 250);
  assert.equal(answer.body?.jobStatus, 'TERMINATED');
  const results = answer.body?.results ?? [];
  assert.equal(results[0]?.type, 'tick');
  assert.deepEqual(results.at(-1), { type: 'status', statusCode: 0, jobId: answer.body?.jobId });
  assert.ok(ms >= 249 && ms < 450, `took ${ms} ms`);
});

test('8: execTimeout 0 is the default of 30 s', async () => {
  // Not waited for: a time-out of 0 would end this job at once, as -1 would.
  for (const execTimeout of [0, -1, null]) {
    const answer = await bench.exec('timed -i 60', { execTimeout });
    assert.equal(answer.state, 'SUCCEEDED');
    assert.equal(answer.body?.timeExpired, false);
  }
});

test('9: an unknown command fails with 200 and its line only', async () => {
  const response = await bench.post('{"action":"exec","command":"nosuch -x"}');
  assert.equal(response.status, 200);
  const answer = (await response.json()) as Record<string, unknown>;
  assert.equal(answer.state, 'FAILED');
  assert.equal(answer.message, 'Exec command failed:nosuch: command not found');
  assert.deepEqual(answer.body, { command: 'nosuch -x' });
});

test('10: --help gives help, then status -10', async () => {
  for (const line of ['options --help', 'options -h', 'need --help', 'need --he']) {
    const { state, body } = await bench.exec(line);
    assert.equal(state, 'SUCCEEDED');
    assert.deepEqual(types(body?.results), ['help', 'status']);
    assert.match(JSON.stringify(body?.results?.[0]), new RegExp(`"name":"${line.split(' ')[0]}"`));
    assert.deepEqual(body?.results?.[1], { type: 'status', statusCode: -10, jobId: body?.jobId });
  }
});

test('11: a missing argument is status -10 in a SUCCEEDED answer', async () => {
  const { state, body } = await bench.exec('need');
  assert.equal(state, 'SUCCEEDED');
  const message = "The argument 'class-pattern' is required";
  assert.deepEqual(body?.results, [{ type: 'status', statusCode: -10, message, jobId: body?.jobId }]);
});

test('12: the first poll of a new session reads the greeting', async () => {
  const ids = await bench.call({ action: 'init_session' });
  assert.match(ids.sessionId ?? '', /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.match(ids.consumerId ?? '', /^[0-9a-f]{32}_1$/);
  const results = await bench.pull({ sessionId: ids.sessionId ?? '', consumerId: ids.consumerId ?? '' });
  assert.deepEqual(types(results), ['message', 'welcome', 'input_status']);
  assert.equal(results[0]?.message, 'Welcome to remora!');
  assert.match(String(results[1]?.time), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$/);
  assert.equal(results[2]?.inputStatus, 'ALLOW_INPUT');
  assert.ok(results.every((result) => result.jobId === 0));
});

test('13: a joined consumer reads DISABLED first and the input status of now last', async () => {
  const { sessionId } = await bench.session();
  await bench.call({ action: 'async_exec', sessionId, command: 'tick -i 1000' });
  const { consumerId = '' } = await bench.call({ action: 'join_session', sessionId });
  assert.match(consumerId, /_2$/);
  const results = await bench.pull({ sessionId, consumerId });
  assert.deepEqual(types(results.slice(0, 3)), ['input_status', 'message', 'welcome']);
  assert.equal(results[0]?.inputStatus, 'DISABLED');
  assert.equal(results.at(-1)?.inputStatus, 'ALLOW_INTERRUPT');
  await bench.call({ action: 'close_session', sessionId });
});

test('14: a poll with nothing to read lasts 2 s', async () => {
  const ids = await bench.session();
  const [answer, ms] = await took(bench.call({ action: 'pull_results', ...ids }));
  assert.deepEqual(answer, { state: 'SUCCEEDED', ...ids, body: { results: [] } });
  assert.ok(ms > 1800 && ms < 2200, `took ${ms} ms`);
});

test('15: 45 quick results come as 20, 20, 5', async () => {
  const ids = await bench.session();
  // `command` and ALLOW_INTERRUPT before them, `status` and ALLOW_INPUT after them.
  await bench.call({ action: 'async_exec', sessionId: ids.sessionId, command: 'many -n 41' });
  await sleep(50);
  const sizes = [];
  for (let poll = 0; poll < 3; poll++) sizes.push((await bench.pull(ids)).length);
  assert.deepEqual(sizes, [20, 20, 5]);
});

test('16: a second poll of the same consumer returns empty after 0.5 s', async () => {
  const ids = await bench.session();
  const first = took(bench.pull(ids));
  await sleep(50);
  const [second, ms] = await took(bench.call({ action: 'pull_results', ...ids }));
  assert.deepEqual(second, { state: 'SUCCEEDED', ...ids, body: { results: [] } });
  assert.ok(ms > 450 && ms < 700, `took ${ms} ms`);
  assert.ok((await first)[1] > 1800);
});

test('17: compat: of 60 unread results exactly the newest 50 are kept, and nothing says so', async () => {
  const ids = await bench.session(ARTHAS_4);
  await bench.call({ action: 'async_exec', sessionId: ids.sessionId, command: 'many -n 60' });
  await sleep(50);
  const results = await bench.pullUntil(ids, allowsInput);
  assert.equal(results.length, 50);
  const numbers = results.filter(({ type }) => type === 'many').map(({ number }) => number);
  assert.deepEqual(
    numbers,
    Array.from({ length: 48 }, (_, at) => at + 13),
  );
  assert.ok(!types(results).includes('dropped'));
});

test('17, deviation: 60 unread results are all there; of 1500 the newest 1000, with a count', async () => {
  const ids = await bench.session();
  await bench.call({ action: 'async_exec', sessionId: ids.sessionId, command: 'many -n 60' });
  await sleep(50);
  assert.equal((await bench.pullUntil(ids, allowsInput)).length, 64);

  await bench.call({ action: 'async_exec', sessionId: ids.sessionId, command: 'many -n 1500' });
  await eventually(() => bench.store.runningJobs() === 0, { what: 'the job to end' });
  const results = await bench.pullUntil(ids, allowsInput);
  assert.equal(results[0]?.type, 'dropped');
  assert.equal(results.length, 1001);
  // `command`, ALLOW_INTERRUPT and results until 1000 are left, of which the last two are the end.
  assert.equal(results[0]?.count, 504);
  assert.equal(results[1]?.number, 503);
  assert.deepEqual(types(results.slice(-2)), ['status', 'input_status']);
});

test('18: compat: a job that nobody reads for over a second is interrupted', async () => {
  const ids = await bench.session(ARTHAS_4);
  await bench.call({ action: 'async_exec', sessionId: ids.sessionId, command: 'tick -i 15' });
  await sleep(1600);
  const results = await bench.pullUntil(ids, allowsInput);
  const messages = results.filter(({ type }) => type === 'message').map(({ message }) => message);
  assert.deepEqual(messages, ['all consumers are unhealthy, current job was interrupted.']);
  assert.deepEqual(types(results.slice(-2)), ['status', 'input_status']);
  assert.equal(results.at(-2)?.statusCode, 0);
});

test('18, deviation: a job that nobody reads goes on', async () => {
  const { sessionId } = await bench.session();
  await bench.call({ action: 'async_exec', sessionId, command: 'tick -i 1' });
  await sleep(1400);
  const answer = await bench.call({ action: 'async_exec', sessionId, command: 'version' });
  assert.equal(answer.message, 'Another job is running.');
  await bench.call({ action: 'close_session', sessionId });
});

test('19: a second async_exec is refused', async () => {
  const { sessionId } = await bench.session();
  const first = await bench.call({ action: 'async_exec', sessionId, command: 'tick' });
  assert.deepEqual(first, {
    state: 'SCHEDULED',
    sessionId,
    body: { command: 'tick', jobId: first.body?.jobId, jobStatus: 'READY' },
  });
  const second = await bench.call({ action: 'async_exec', sessionId, command: 'version' });
  const message = 'Another job is running.';
  const refusal = { state: 'REFUSED', message, sessionId, body: { command: 'version' } };
  assert.deepEqual(second, refusal);
  // 20: exec on a busy session
  assert.deepEqual(await bench.exec('version', { sessionId }), refusal);
  await bench.call({ action: 'close_session', sessionId });
});

test('20: exec on a session that runs an exec is refused', async () => {
  const { sessionId } = await bench.session();
  const running = bench.exec('tick', { sessionId, execTimeout: 300 });
  await sleep(100);
  assert.equal((await bench.exec('version', { sessionId })).message, 'Another job is running.');
  assert.equal((await running).state, 'INTERRUPTED');
});

test('21: interrupt_job when idle and when busy', async () => {
  const ids = await bench.session();
  const { sessionId } = ids;
  const idle = await bench.call({ action: 'interrupt_job', sessionId });
  assert.deepEqual(idle, { state: 'FAILED', message: 'no foreground job is running' });
  const { body } = await bench.call({ action: 'async_exec', sessionId, command: 'tick -i 20' });
  await sleep(60);
  const answer = await bench.call({ action: 'interrupt_job', sessionId });
  assert.deepEqual(answer, { state: 'SUCCEEDED', body: { jobId: body?.jobId, jobStatus: 'TERMINATED' } });
  const results = await bench.pullUntil(ids, allowsInput);
  assert.deepEqual(results.at(-2), { type: 'status', statusCode: 0, jobId: body?.jobId });
  assert.equal(results.at(-1)?.inputStatus, 'ALLOW_INPUT');
});

test('22: the order of the stream', async () => {
  const ids = await bench.session();
  await bench.call({ action: 'async_exec', sessionId: ids.sessionId, command: 'many -n 2' });
  const results = await bench.pullUntil(ids, allowsInput);
  assert.deepEqual(types(results), ['command', 'input_status', 'many', 'many', 'status', 'input_status']);
  const { jobId } = results[2] ?? {};
  assert.deepEqual(results[0], { type: 'command', state: 'SCHEDULED', command: 'many -n 2', jobId });
  assert.equal(results[1]?.inputStatus, 'ALLOW_INTERRUPT');
});

test('23: results of exec on a session go to the answer, its input status to the readers', async () => {
  const ids = await bench.session();
  const { body } = await bench.exec('many -n 3', { sessionId: ids.sessionId });
  assert.deepEqual(types(body?.results), ['many', 'many', 'many', 'status']);
  const results = await bench.pullUntil(ids, allowsInput);
  const inputs = results.map(({ inputStatus }) => inputStatus);
  assert.deepEqual(inputs, ['ALLOW_INTERRUPT', 'ALLOW_INPUT']);
});

test('24: close_session answers its state alone, and then the session is unknown', async () => {
  const { sessionId } = await bench.session();
  const response = await bench.post(JSON.stringify({ action: 'close_session', sessionId }));
  assert.equal(await response.text(), '{"state":"SUCCEEDED"}');
  for (const action of ['close_session', 'pull_results', 'session_info', 'exec']) {
    const answer = await bench.call({ action, sessionId, command: 'version' });
    assert.deepEqual(answer, { state: 'FAILED', message: `session not found: ${sessionId}` });
  }
});

test('25: session_info has three numbers', async () => {
  const { sessionId } = await bench.session({ process: 'shop' });
  const { body } = await bench.call({ action: 'session_info', sessionId });
  assert.equal(body?.pid, 4242);
  assert.ok(Number.isInteger(body?.createTime) && Number.isInteger(body?.lastAccessTime));
  assert.ok((body?.lastAccessTime ?? 0) >= (body?.createTime ?? Number.NaN));
});

test('26: compat: of 510 results of an exec 500 come, and no status', async () => {
  const results = (await bench.exec('many -n 510', ARTHAS_4)).body?.results ?? [];
  assert.equal(results.length, 500);
  assert.equal(results.at(-1)?.number, 500);
});

test('26, deviation: the first 1000 come, then the count of the rest, then the status', async () => {
  const some = (await bench.exec('many -n 510')).body?.results ?? [];
  assert.equal(some.length, 511);
  assert.equal(some.at(-1)?.type, 'status');
  const { body } = await bench.exec('many -n 1234');
  assert.equal(body?.results?.length, 1002);
  assert.deepEqual(body?.results?.slice(-2), [
    { type: 'dropped', count: 234, jobId: body?.jobId },
    { type: 'status', statusCode: 0, jobId: body?.jobId },
  ]);
});

test('27: a consumer that does not pull for 5 minutes is dropped', async () => {
  const own = await Bench.start();
  const ids = await own.session();
  own.clock.offset += 299_000;
  own.store.sweep();
  await own.pull(ids);
  own.clock.offset += 300_500;
  own.store.sweep();
  const answer = await own.call({ action: 'pull_results', ...ids });
  assert.deepEqual(answer, { state: 'FAILED', message: `consumer not found: ${ids.consumerId}` });
  await own.close();
});

test('28: no null members, sorted keys; deviations: kept alive, no cookie', async () => {
  const bodies = [
    '{"action":"exec","command":"help","requestId":"r"}',
    '{"action":"init_session"}',
    '{"action":"exec","command":"options --help"}',
    '{"action":"nope"}',
  ];
  for (const body of bodies) {
    const response = await bench.post(body);
    assert.equal(response.headers.get('content-type'), 'application/json; charset=utf-8');
    assert.equal(response.headers.get('set-cookie'), null);
    const text = await response.text();
    assert.ok(!text.includes(':null'), text);
    assert.equal(text, JSON.stringify(sorted(JSON.parse(text))));
  }
  assert.equal(await connectionHeader(bench.url), 'keep-alive');
});

test("29 and 30, deviation: who may call is the listener's business, by the role of the route", (t) => {
  for (const route of diagnoseRoutes(bench.store)) assert.equal(route.role, 'viewer', route.path);
  t.diagnostic('a password in a URL is not taken; 401, Basic and Bearer are tested with the http room');
});

test('31: a command that ends by itself ends with status 0 and no message', async () => {
  const { body } = await bench.exec('many -n 1');
  assert.deepEqual(body?.results?.at(-1), { type: 'status', statusCode: 0, jobId: body?.jobId });
});

test('32: n results, the end one interval after the last, with a message', async () => {
  const [{ body }, ms] = await took(bench.exec('timed -n 1 -i 200'));
  assert.deepEqual(types(body?.results), ['timed', 'status']);
  assert.equal(body?.results?.[1]?.message, 'Process ends after 1 time(s).');
  assert.ok(ms > 190 && ms < 350, `took ${ms} ms`);
});

test('33: compat: a pipe changes nothing', async () => {
  const { body } = await bench.exec('version | grep x | nosuchpipe', ARTHAS_4);
  assert.deepEqual(types(body?.results), ['version', 'status']);
});

test('33, deviation: results unchanged, and one text with the lines that passed', async () => {
  const none = await bench.exec('version | grep x');
  assert.deepEqual(none.body?.results, [
    { type: 'version', version: '1.2.3', jobId: none.body?.jobId },
    { type: 'text', text: '', jobId: none.body?.jobId },
    { type: 'status', statusCode: 0, jobId: none.body?.jobId },
  ]);
  const one = await bench.exec('version | grep 1.2');
  assert.equal(one.body?.results?.[1]?.text, '1.2.3');
});

test('34: a background job frees the input at once and its results keep coming', async () => {
  const ids = await bench.session();
  const { body } = await bench.call({
    action: 'async_exec',
    sessionId: ids.sessionId,
    command: 'tick -i 20 &',
  });
  const begin = await bench.pullUntil(ids, allowsInput);
  const inputs = begin.map(({ inputStatus }) => inputStatus).filter((status) => status !== undefined);
  assert.deepEqual(inputs, ['ALLOW_INTERRUPT', 'ALLOW_INPUT']);
  assert.ok(!types(begin).includes('status'));
  assert.ok((await bench.pull(ids)).some(({ type }) => type === 'tick'));
  assert.equal((await bench.exec('version', { sessionId: ids.sessionId })).state, 'SUCCEEDED');
  // Deviation: it can be listed and killed over HTTP.
  const listed = await bench.exec('jobs', { sessionId: ids.sessionId });
  const [row] = resultOf(listed, 'jobs').jobs as { jobId: number; line: string; background: boolean }[];
  assert.deepEqual([row?.jobId, row?.line, row?.background], [body?.jobId, 'tick -i 20 &', true]);
  const killed = await bench.exec(`kill ${body?.jobId}`, { sessionId: ids.sessionId });
  assert.equal(killed.body?.results?.[0]?.message, `kill job ${body?.jobId} success`);
  const end = await bench.pullUntil(ids, ({ type }) => type === 'status');
  const status = end.find(({ type }) => type === 'status');
  assert.deepEqual(status, { type: 'status', statusCode: -10, jobId: body?.jobId });
});
