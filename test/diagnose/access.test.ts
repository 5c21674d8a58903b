import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { Bench, resultOf } from './support/bench.js';

let bench: Bench;

beforeEach(async () => {
  bench = await Bench.start();
});

afterEach(() => bench.close());

test('a viewer reads, an operator observes, an admin changes', async () => {
  const open = await Bench.start({ allow: ['read', 'observe', 'change'] });
  const allowed = async (role: 'none' | 'viewer' | 'operator' | 'admin') => {
    open.role = role;
    const states = [];
    for (const line of ['version', 'hold', 'patch', 'options job-timeout 2d', 'options job-timeout']) {
      states.push((await open.exec(line, { process: 'shop', execTimeout: 30 })).state !== 'FAILED');
    }
    return states;
  };
  assert.deepEqual(await allowed('none'), [false, false, false, false, false]);
  assert.deepEqual(await allowed('viewer'), [true, false, false, false, true]);
  assert.deepEqual(await allowed('operator'), [true, true, false, false, true]);
  assert.deepEqual(await allowed('admin'), [true, true, true, true, true]);
  await open.close();
});

test('the refusal names the role; help is free', async () => {
  bench.role = 'viewer';
  const { state, message } = await bench.exec('hold');
  assert.equal(state, 'FAILED');
  assert.equal(
    message,
    "Exec command failed:command not permitted: 'hold' needs the role operator, and this caller has viewer. Call with credentials of that role",
  );
  assert.equal(resultOf(await bench.exec('patch --help'), 'status').statusCode, -10);
});

test("above the agent's ceiling even an admin is refused, and told the flag", async () => {
  const { message } = await bench.exec('patch');
  assert.equal(
    message,
    "Exec command failed:command not permitted: 'patch' is of risk 'change', which this agent does not allow. Start the agent with --allow change",
  );
});

test('the role is that of the caller of each request, also on a shared session', async () => {
  const { sessionId } = await bench.session();
  bench.role = 'viewer';
  const { state, message } = await bench.call({ action: 'async_exec', sessionId, command: 'hold' });
  assert.equal(state, 'FAILED');
  assert.match(message ?? '', /^Async exec command failed:command not permitted/);
});

test('a viewer kills jobs of its own session only', async () => {
  const { sessionId } = await bench.session();
  const { body } = await bench.call({ action: 'async_exec', sessionId, command: 'tick -i 5000 &' });
  bench.role = 'viewer';
  const refused = resultOf(await bench.exec(`kill ${body?.jobId}`), 'status');
  assert.equal(refused.statusCode, -1);
  assert.match(String(refused.message), /doesn't belong to this session; the role operator may kill it/);
  assert.equal(resultOf(await bench.exec(`kill %${body?.jobId}`, { sessionId }), 'status').statusCode, 0);
});

test('every command leaves its trace for the audit', async () => {
  bench.user = 'eve';
  const { body } = await bench.exec('hold', { process: 'shop', execTimeout: 30 });
  await bench.exec('patch');
  await bench.exec('fail');
  const lines = bench.events.map(({ command, outcome, caller, risk }) => [
    command,
    outcome,
    caller.user,
    risk,
  ]);
  assert.deepEqual(lines, [
    ['hold', 'started', 'eve', 'observe'],
    ['hold', 'interrupted', 'eve', 'observe'],
    ['patch', 'refused', 'eve', 'change'],
    ['fail', 'started', 'eve', 'read'],
    ['fail', 'failed', 'eve', 'read'],
  ]);
  const end = bench.events[1];
  assert.equal(end?.jobId, body?.jobId);
  assert.equal(end?.process?.pid, 4242);
  assert.equal(end?.statusCode, 0);
  assert.ok((end?.durationMs ?? -1) >= 25);
  assert.match(bench.events[2]?.reason ?? '', /--allow change/);
});

test('history is of the caller alone', async () => {
  await bench.exec('echo of-eve');
  bench.user = 'uid:2000';
  const { history } = resultOf(await bench.exec('history'), 'history');
  assert.deepEqual(history, ['history']);
});
