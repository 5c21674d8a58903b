import assert from 'node:assert/strict';
import { once } from 'node:events';
import { closeSync, copyFileSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { signalVerdict } from '../../../src/target/find/index.js';
import { signalTree } from '../../../src/target/find/signalTree.js';
import { nodeBinary } from '../../support/nodes.js';
import { idling, LATEST, majors, scratch, start, startNode } from './process.js';

/** What the evidence measured, 2.9: code of the target, then the verdict and the signals in libuv's tree. */
const CASES: readonly [string, string, string, readonly number[]][] = [
  ['no handler', '', 'send', []],
  ['its own handler', `process.on('SIGUSR1', () => {})`, 'own-handler', [10]],
  [
    'handlers of SIGTERM and SIGHUP only',
    `process.on('SIGTERM', () => {}); process.on('SIGHUP', () => {})`,
    'send',
    [1, 15],
  ],
  [
    'a handler among many',
    `for (const s of ['SIGUSR1','SIGTERM','SIGHUP','SIGINT','SIGUSR2','SIGWINCH','SIGCONT']) process.on(s, () => {})`,
    'own-handler',
    [1, 2, 10, 12, 15, 18, 28],
  ],
  [
    'a child, SIGUSR1 and SIGINT',
    `require('child_process').spawn('sleep', ['20'], {stdio: 'ignore'}).unref(); process.on('SIGUSR1', () => {}); process.on('SIGINT', () => {})`,
    'own-handler',
    [2, 10, 17],
  ],
  [
    'a handler added and removed',
    `const f = () => {}; process.on('SIGUSR1', f); process.off('SIGUSR1', f)`,
    'would-kill',
    [],
  ],
];

for (const major of majors) {
  test(`Node ${major}: what SIGUSR1 would do`, async (t) => {
    for (const [name, code, verdict, signals] of CASES) {
      await t.test(name, async (t) => {
        const { pid, child } = await startNode(t, major, code);
        const judged = await signalVerdict(pid);
        assert.equal(judged.verdict, verdict, judged.why);
        assert.deepEqual(await signalTree(pid), { signals });
        assert.equal(child.exitCode, null);
      });
    }
    await t.test('a handler in a worker thread, which Node ignores', async (t) => {
      const { pid } = await start(t, [
        nodeBinary(major),
        '-e',
        `new (require('worker_threads').Worker)("process.on('SIGUSR1', () => {}); setInterval(() => {}, 1000); require('worker_threads').parentPort.postMessage(1)", {eval: true}).on('message', () => process.stdout.write('ready'))`,
      ]);
      assert.equal((await signalVerdict(pid)).verdict, 'send');
    });
    await t.test('the verdict is true: a send opens the inspector, a would-kill kills', async (t) => {
      const kept = await startNode(t, major, '', ['--inspect-port=0']);
      assert.equal((await signalVerdict(kept.pid)).verdict, 'send');
      kept.child.kill('SIGUSR1');
      let text = '';
      for await (const chunk of kept.child.stderr ?? []) {
        text += String(chunk);
        if (text.includes('Debugger listening')) break;
      }
      assert.match(text, /Debugger listening/);
      const lost = await startNode(t, major, CASES[5]?.[1]);
      assert.equal((await signalVerdict(lost.pid)).verdict, 'would-kill');
      lost.child.kill('SIGUSR1');
      assert.deepEqual(await once(lost.child, 'exit'), [null, 'SIGUSR1']);
    });
  });
}

const disabling: (readonly [number, readonly string[]])[] = [
  ...majors.filter((major) => major >= 22).map((major) => [major, ['--disable-sigusr1']] as const),
  ...majors
    .filter((major) => major >= 20)
    .map((major) => [major, [major >= 24 ? '--permission' : '--experimental-permission']] as const),
];
for (const [major, flags] of disabling) {
  test(`Node ${major} ${flags.join(' ')}: SIGUSR1 would do nothing`, async (t) => {
    const { pid, child } = await startNode(t, major, '', flags);
    const judged = await signalVerdict(pid);
    assert.equal(judged.verdict, 'ignored', judged.why);
    child.kill('SIGUSR1');
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(child.exitCode ?? child.signalCode, null);
  });
}

test('a stripped build is judged by the shape of its data', async (t) => {
  const binary = join(scratch(t), 'node');
  copyFileSync(nodeBinary(LATEST), binary);
  dropSymbolTable(binary);
  for (const [name, code, verdict, signals] of CASES) {
    const { pid, child } = await start(t, [binary, '-e', idling(code)]);
    assert.deepEqual(await signalTree(pid), { signals }, name);
    assert.equal((await signalVerdict(pid)).verdict, verdict, name);
    child.kill('SIGKILL');
  }
});

test('a process that is gone is unknown', async (t) => {
  const { pid, child } = await startNode(t, LATEST);
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.deepEqual(await signalVerdict(pid), { verdict: 'unknown', why: 'the process is gone' });
});

test('a program that is not Node.js is not sent a signal', async (t) => {
  const { pid } = await start(t, ['sh', '-c', 'echo ready; sleep 20; true']);
  assert.equal((await signalVerdict(pid)).verdict, 'would-kill');
  const trapping = await start(t, ['sh', '-c', 'trap : USR1; echo ready; while :; do sleep 1; done']);
  assert.equal((await signalVerdict(trapping.pid)).verdict, 'unknown');
});

/** What strip(1) does, as far as a reader of the file sees: no .symtab any more. */
function dropSymbolTable(path: string): void {
  const fd = openSync(path, 'r+');
  const header = Buffer.alloc(64);
  readSync(fd, header, 0, 64, 0);
  const start = Number(header.readBigUInt64LE(40));
  for (let at = 0; at < header.readUInt16LE(60); at++) {
    const type = Buffer.alloc(4);
    readSync(fd, type, 0, 4, start + at * 64 + 4);
    if (type.readUInt32LE() === 2) writeSync(fd, Buffer.alloc(4), 0, 4, start + at * 64 + 4);
  }
  closeSync(fd);
}
