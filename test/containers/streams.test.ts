/** The switchboard: whole output and input, who slows whom, ends (wire/mesos-agent.md 3.7, 3.8, 3.10). */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { setLimit } from '../../src/base/index.js';
import type { Containers, OutputReader } from '../../src/containers/index.js';
import { eventually } from '../support/index.js';
import { host, idOf, launchRoot, never, readAll, request, session, sh } from './support/host.js';

const MANY = 200_000_000;
const NODE = process.execPath;

async function open(containers: Containers, id: string, value: string): Promise<OutputReader> {
  await containers.launch(request(id, sh(value), { class: 'debug' }));
  return await containers.attachOutput(idOf(id));
}

/** Not all the same bytes, and made as fast as they are sent. */
function patterned(bytes: number): string {
  const script = `
    const fs = require("fs"); const block = Buffer.alloc(65536); let left = ${bytes}, n = 0;
    while (left > 0) { block.writeUInt32LE(n++); const size = Math.min(left, 65536);
      for (let at = 0; at < size;) at += fs.writeSync(1, block, at, size - at); left -= size; }`;
  return `exec ${NODE} -e '${script}'`;
}

function patternHash(bytes: number): string {
  const hash = createHash('sha1');
  const block = Buffer.alloc(65_536);
  for (let left = bytes, n = 0; left > 0; left -= 65_536, n += 1) {
    block.writeUInt32LE(n);
    hash.update(block.subarray(0, Math.min(left, 65_536)));
  }
  return hash.digest('hex');
}

test('200 MB of output pass whole, in chunks of 65,536 bytes at most, with bounded memory', async (t) => {
  const { containers } = host(t);
  await launchRoot(containers);
  const reader = await open(containers, 'root.s', patterned(MANY));
  const hash = createHash('sha1');
  let bytes = 0;
  let largest = 0;
  const before = Date.now();
  for await (const { data } of reader) {
    hash.update(data);
    bytes += data.length;
    largest = Math.max(largest, data.length);
  }
  t.diagnostic(`${Math.round(bytes / 1000 / (Date.now() - before))} MB/s, with a SHA-1 of it`);
  assert.equal(bytes, MANY);
  assert.equal(hash.digest('hex'), patternHash(MANY));
  assert.ok(largest <= 65_536 && largest > 0);
});

test('200 MB of input pass whole', async (t) => {
  const { containers } = host(t);
  await launchRoot(containers);
  const reader = await open(containers, 'root.s', 'sha1sum');
  const writer = await containers.attachInput(idOf('root.s'));
  const block = Buffer.alloc(65_536);
  const before = Date.now();
  for (let left = MANY, n = 0; left > 0; left -= 65_536, n += 1) {
    block.writeUInt32LE(n);
    await writer.write(block.subarray(0, Math.min(left, 65_536)));
  }
  await writer.write(Buffer.alloc(0));
  const { stdout } = await readAll(reader);
  t.diagnostic(`${Math.round(MANY / 1000 / (Date.now() - before))} MB/s into sha1sum`);
  assert.equal(stdout, `${patternHash(MANY)}  -\n`);
  await writer.ended;
});

test("a session's reader that does not read holds the process back, and our memory is bounded", async (t) => {
  const { containers } = host(t);
  await launchRoot(containers);
  const reader = await open(containers, 'root.s', `${patterned(MANY)}`);
  const iterator = reader[Symbol.asyncIterator]();
  await iterator.next();
  await sleep(500);
  global.gc?.();
  const { rss, arrayBuffers } = process.memoryUsage();
  await sleep(2500);
  const later = process.memoryUsage();
  assert.ok(later.arrayBuffers - arrayBuffers < 4_000_000, `${arrayBuffers} then ${later.arrayBuffers}`);
  assert.ok(later.rss - rss < 64_000_000, `${rss} then ${later.rss}`);
  let bytes = 65_536;
  for (let next = await iterator.next(); !next.done; next = await iterator.next())
    bytes += next.value.data.length;
  assert.ok(bytes >= MANY - 65_536, 'and nothing was lost by the wait');
});

test('a further reader that does not read is cut, says why, and neither loses nor stops the others', async (t) => {
  const { containers } = host(t);
  await launchRoot(containers);
  const own = await open(containers, 'root.s', patterned(MANY));
  const slow = (await containers.attachOutput(idOf('root.s')))[Symbol.asyncIterator]();
  const keeping = containers.attachOutput(idOf('root.s')).then(async (reader) => {
    let bytes = 0;
    for await (const { data } of reader) bytes += data.length;
    return bytes;
  });
  assert.equal((await slow.next()).done, false);
  let bytes = 0;
  const before = Date.now();
  for await (const { data } of own) bytes += data.length;
  const took = Date.now() - before;
  assert.equal(bytes, MANY);
  assert.equal(await keeping, MANY);
  assert.ok(took >= 1500 && took < 15_000, `it held the others back for ${took} ms`);
  await assert.rejects(slow.next(), { code: 'reader-too-slow' });
});

test('readers are bounded, and a closed one frees its place', async (t) => {
  setLimit('container-readers=2');
  t.after(() => setLimit('container-readers=50'));
  const { containers } = host(t);
  await launchRoot(containers);
  const first = await open(containers, 'root.s', 'cat');
  await containers.attachOutput(idOf('root.s'));
  await assert.rejects(containers.attachOutput(idOf('root.s')), { code: 'container-limit' });
  first.close();
  await containers.attachOutput(idOf('root.s'));
});

test('there is one writer at a time; a released slot is free at once and the input stays open', async (t) => {
  const { containers } = host(t);
  await launchRoot(containers);
  const reader = await open(containers, 'root.s', 'cat');
  const first = await containers.attachInput(idOf('root.s'));
  await assert.rejects(containers.attachInput(idOf('root.s')), {
    code: 'input-taken',
    message: 'Multiple input connections are not allowed',
  });
  await first.write(Buffer.from('a'));
  first.release();
  const second = await containers.attachInput(idOf('root.s'));
  await second.write(Buffer.from('b'));
  first.release();
  await assert.rejects(containers.attachInput(idOf('root.s')), { code: 'input-taken' }, 'not ours any more');
  await second.write(Buffer.alloc(0));
  assert.equal((await readAll(reader)).stdout, 'ab');
  await second.ended;
});

test('input after its end, and to a process that has closed it, is refused and ends nothing', async (t) => {
  const { containers } = host(t);
  await launchRoot(containers);
  const reader = await open(containers, 'root.s', 'cat; echo end; sleep 0.3');
  const writer = await containers.attachInput(idOf('root.s'));
  await writer.write(Buffer.alloc(0));
  await writer.write(Buffer.alloc(0));
  await assert.rejects(writer.write(Buffer.from('x')), {
    code: 'input-failed',
    message: /^Failed writing to stdin: /,
  });
  assert.equal((await readAll(reader)).stdout, 'end\n');
  const closed = await open(containers, 'root.c', 'exec <&-; echo closed; sleep 1');
  const input = await containers.attachInput(idOf('root.c'));
  for await (const { data } of closed) {
    if (String(data) !== 'closed\n') continue;
    await assert.rejects(input.write(Buffer.from('x')), { code: 'input-failed' });
    await assert.rejects(input.write(Buffer.from('y')), { code: 'input-failed' });
  }
  assert.deepEqual(await containers.wait(idOf('root.c'), never), { exitStatus: 0 });
});

test('a write waits until the process has taken it', async (t) => {
  const { containers } = host(t);
  await launchRoot(containers);
  const reader = await open(containers, 'root.s', 'sleep 0.5; wc -c');
  const writer = await containers.attachInput(idOf('root.s'));
  let done = false;
  const write = writer.write(Buffer.alloc(300_000)).then(() => {
    done = true;
  });
  await sleep(200);
  assert.equal(done, false);
  await write;
  await writer.write(Buffer.alloc(0));
  assert.equal((await readAll(reader)).stdout.trim(), '300000');
});

test('a container whose reader does not read and whose input nobody takes can be destroyed; both sides are told', async (t) => {
  const { containers } = host(t);
  await launchRoot(containers);
  const reader = await open(containers, 'root.s', 'cat /dev/zero & sleep 1000');
  const iterator = reader[Symbol.asyncIterator]();
  await iterator.next();
  const writer = await containers.attachInput(idOf('root.s'));
  const stuck = assert.rejects(writer.write(Buffer.alloc(10_000_000)), { code: 'input-failed' });
  await sleep(200);
  const end = containers.wait(idOf('root.s'), never);
  await containers.destroy(idOf('root.s'));
  assert.deepEqual(await end, { exitStatus: 9 });
  await stuck;
  await writer.ended;
  let bytes = 0;
  for (let next = await iterator.next(); !next.done; next = await iterator.next())
    bytes += next.value.data.length;
  assert.ok(bytes > 0 && bytes < 10_000_000, `what waited is still given: ${bytes}`);
  await assert.rejects(writer.write(Buffer.from('x')), { code: 'input-failed' });
  writer.resize({ rows: 1, columns: 1 });
  await assert.rejects(containers.attachInput(idOf('root.s')), { code: 'container-gone' });
});

test('a reader that goes away does not hold its container up', async (t) => {
  const { containers } = host(t);
  await launchRoot(containers);
  const own = await open(containers, 'root.s', `head -c 50000000 /dev/zero; echo end >&2`);
  const other = await containers.attachOutput(idOf('root.s'));
  for await (const { data } of own) {
    assert.ok(data.length > 0);
    break;
  }
  let bytes = 0;
  for await (const { stream, data } of other) if (stream === 'stdout') bytes += data.length;
  assert.equal(bytes, 50_000_000);
});

test('a flood of single bytes costs no more memory than its bound', async (t) => {
  const { containers } = host(t);
  await launchRoot(containers);
  const script = 'const fs = require("fs"); for (let n = 0; n < 300000; n++) fs.writeSync(1 + (n & 1), "x")';
  const reader = await open(containers, 'root.s', `exec ${NODE} -e '${script}'`);
  await sleep(1000);
  let chunks = 0;
  let bytes = 0;
  for await (const { data } of reader) {
    chunks += 1;
    bytes += data.length;
    assert.ok(data.length > 0, 'never empty');
  }
  assert.equal(bytes, 300_000);
  t.diagnostic(`${bytes} writes of one byte arrived in ${chunks} pieces`);
});

test('/dev/stdout and /dev/stderr can be opened, as programs do', async (t) => {
  const { containers } = host(t);
  await launchRoot(containers);
  const result = await session(containers, 'root.s', sh('echo out > /dev/stdout; echo err > /dev/stderr'));
  assert.deepEqual(result, { stdout: 'out\n', stderr: 'err\n', termination: { exitStatus: 0 } });
});

test('a container without terminal cannot be attached to unless it was asked for', async (t) => {
  const { containers } = host(t);
  await launchRoot(containers);
  await assert.rejects(containers.attachOutput(idOf('root')), {
    code: 'not-attachable',
    message: 'I/O switchboard server was disabled for this container',
  });
  await assert.rejects(containers.attachInput(idOf('nobody')), {
    code: 'container-not-found',
    message: 'Container nobody cannot be found',
  });
  await assert.rejects(containers.attachInput(idOf('root.x')), {
    code: 'container-gone',
    message: 'Unknown container root.x',
  });
  await containers.launch(request('root.a', sh('cat; echo end >&2'), { attachable: true }));
  const reader = await containers.attachOutput(idOf('root.a'));
  const writer = await containers.attachInput(idOf('root.a'));
  await writer.write(Buffer.from('x'));
  await writer.write(Buffer.alloc(0));
  assert.deepEqual(await readAll(reader), { stdout: 'x', stderr: 'end\n' });
  assert.deepEqual(await containers.wait(idOf('root.a'), never), { exitStatus: 0 });
});

test('the sandbox has the output, bounded: a session ends there, others keep one old file', async (t) => {
  setLimit('sandbox-log-bytes=100000');
  t.after(() => setLimit('sandbox-log-bytes=16777216'));
  const { containers, folder } = host(t);
  await launchRoot(containers);
  const sandbox = (id: string): string => join(folder, 'sandboxes', 'root', 'containers', id);
  const size = (id: string, name: string): number => statSync(join(sandbox(id), name)).size;
  await session(containers, 'root.s', sh('head -c 300000 /dev/zero; echo x >&2'));
  assert.equal(size('s', 'stdout'), 100_000);
  assert.equal(readFileSync(join(sandbox('s'), 'stderr'), 'utf8'), 'x\n');
  await containers.launch(request('root.a', sh('head -c 250000 /dev/zero; echo last'), { attachable: true }));
  await containers.wait(idOf('root.a'), never);
  assert.ok(size('a', 'stdout') < 200_000 && size('a', 'stdout.1') >= 100_000);
  await containers.launch(request('root.f', sh('head -c 250000 /dev/zero; sleep 30')));
  await eventually(() => size('f', 'stdout.1') > 0 && size('f', 'stdout') === 0, {
    what: 'the file to be cut',
  });
  assert.equal(size('f', 'stdout.1'), 100_000, 'the end of what was there');
});
