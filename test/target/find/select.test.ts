import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RemoraError } from '../../../src/base/index.js';
import { findProcess } from '../../../src/target/find/index.js';
import type { ProcessInfo } from '../../../src/target/index.js';

const CONTAINER = 'a1b2c3d4'.repeat(8);

function info(pid: number, name: string, more: Partial<ProcessInfo> = {}): ProcessInfo {
  return {
    pid,
    startTicks: pid,
    startTime: 0,
    uid: 1000,
    user: 'ann',
    name,
    command: ['node', `${name}.js`],
    cwd: '/',
    exe: '/usr/bin/node',
    nodeVersion: '20.20.2',
    uptimeMs: 1,
    cpuPercent: 0,
    rssBytes: 1,
    inspector: { state: 'closed' },
    attachable: true,
    own: false,
    attached: false,
    ...more,
  };
}

const RULES = { uid: 1000 };
const HOST = [
  info(100, 'shop#1'),
  info(200, 'shop#2'),
  info(300, 'api', { container: CONTAINER }),
  info(400, 'remora', { own: true }),
  info(500, 'batch', { uid: 0, user: 'root' }),
  info(600, 'ns-app', { container: 'ns:4026532000' }),
];

function refusal(selector: string | undefined, processes: readonly ProcessInfo[] = HOST): RemoraError {
  try {
    findProcess(selector, processes, RULES);
  } catch (error) {
    assert.ok(error instanceof RemoraError);
    return error;
  }
  return assert.fail('it was found');
}

const pidsIn = (error: RemoraError) => (error.details.candidates as { pid: number }[]).map(({ pid }) => pid);

test('by container, pid, name and name#n', () => {
  assert.equal(findProcess(CONTAINER, HOST, RULES).pid, 300);
  assert.equal(findProcess(CONTAINER.slice(0, 12), HOST, RULES).pid, 300);
  assert.equal(findProcess('ns:4026532000', HOST, RULES).pid, 600);
  assert.equal(findProcess(' 200 ', HOST, RULES).pid, 200);
  assert.equal(findProcess('api', HOST, RULES).pid, 300);
  assert.equal(findProcess('shop#2', HOST, RULES).pid, 200);
  assert.equal(findProcess('remora', HOST, RULES).pid, 400);
  assert.equal(findProcess('batch', HOST, RULES).pid, 500);
});

test('an ambiguous name lists who could be meant', () => {
  const error = refusal('shop');
  assert.equal(error.code, 'process-ambiguous');
  assert.deepEqual(pidsIn(error), [100, 200]);
  assert.match(error.text, /'shop' is 2 processes: shop#1 \(pid 100\), shop#2 \(pid 200\)\. Name one/);
  const twins = [info(1, 'a', { container: CONTAINER }), info(2, 'b', { container: CONTAINER })];
  assert.deepEqual(pidsIn(refusal(CONTAINER, twins)), [1, 2]);
});

test('an unknown name lists near ones', () => {
  const error = refusal('chop');
  assert.equal(error.code, 'process-not-found');
  assert.deepEqual(pidsIn(error), [100, 200]);
  assert.match(error.text, /no Node\.js process is called 'chop'\. Did you mean shop#1 \(pid 100\)/);
  assert.match(refusal('999').message, /no Node\.js process has pid 999/);
  assert.equal(refusal(CONTAINER.slice(0, 11)).code, 'process-not-found');
  assert.equal(refusal('x'.repeat(100_000)).code, 'process-not-found');
});

test('without a name: the only attached, else the only one of this user', () => {
  assert.equal(findProcess(undefined, [...HOST, info(7, 'x', { attached: true, uid: 0 })], RULES).pid, 7);
  const two = [info(7, 'x', { attached: true }), info(8, 'y', { attached: true }), info(9, 'z')];
  assert.deepEqual(pidsIn(refusal(undefined, two)), [7, 8]);
  assert.equal(
    findProcess('', [info(1, 'a', { own: true }), info(2, 'b'), info(3, 'c', { uid: 0 })], RULES).pid,
    2,
  );
  assert.deepEqual(pidsIn(refusal(undefined)), [100, 200, 300, 600]);
  const none = refusal(undefined, [info(1, 'a', { own: true }), info(3, 'c', { uid: 0 })]);
  assert.equal(none.code, 'no-process');
  assert.notEqual(none.hint, '');
});
