import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import { RemoraError } from '../../../src/base/index.js';
import { type Call, encodeRecord, type MesosEncoding, mesosCodec } from '../../../src/wire/index.js';
import { limit } from '../../http/support.js';
import { ApiBench, calls, JSON_TYPE, MEDIA_TYPES, RECORDIO_TYPE, until } from '../support/apiBench.js';
import { MemoryContainers } from '../support/memoryContainers.js';

const child = { container_id: { value: 'c', parent: { value: 'p' } } };
const id = child.container_id;
const ENCODINGS: readonly MesosEncoding[] = ['json', 'protobuf'];
const LAUNCH: Call = {
  type: 'LAUNCH_NESTED_CONTAINER_SESSION',
  launch_nested_container_session: { ...child, command: { value: 'x' } },
};
const OUTPUT: Call = { type: 'ATTACH_CONTAINER_OUTPUT', attach_container_output: child };

async function withSession(containers: MemoryContainers, command = 'x', tty = false): Promise<void> {
  await containers.launch({
    id,
    class: 'debug',
    command: { value: command },
    container: tty ? { type: 'MESOS', tty_info: {} } : undefined,
    caller: { kind: 'internal', user: 'test', role: 'admin', address: 'internal' },
  });
}

for (const encoding of ENCODINGS) {
  describe(`sessions, ${encoding}`, () => {
    it('the head leaves at once, records as they come, and the end with the container', async (t) => {
      const containers = new MemoryContainers();
      const bench = await ApiBench.start(t, containers);
      const session = await bench.stream(LAUNCH, encoding);
      assert.equal(session.head.statusCode, 200);
      assert.equal(session.head.headers['content-type'], RECORDIO_TYPE);
      assert.equal(session.head.headers['message-content-type'], MEDIA_TYPES[encoding]);
      assert.equal(session.head.headers['transfer-encoding'], 'chunked');
      assert.deepEqual(session.records, []);
      containers.write('p.c', 'stdout', 'output');
      containers.write('p.c', 'stderr', 'error');
      containers.write('p.c', 'stdout', '');
      await until(() => session.records.length === 2);
      assert.deepEqual(session.records, [
        { type: 'DATA', data: { type: 'STDOUT', data: Buffer.from('output') } },
        { type: 'DATA', data: { type: 'STDERR', data: Buffer.from('error') } },
      ]);
      containers.end('p.c', 2560);
      const { complete, bytes } = await session.answer;
      assert.ok(complete);
      if (encoding === 'json') {
        assert.equal(
          bytes.toString(),
          '58\n{"type":"DATA","data":{"type":"STDOUT","data":"b3V0cHV0"}}' +
            '58\n{"type":"DATA","data":{"type":"STDERR","data":"ZXJyb3I="}}',
        );
      }
      const { wait_container } = await bench.object(
        { type: 'WAIT_CONTAINER', wait_container: child },
        encoding,
      );
      assert.deepEqual(wait_container, { exit_status: 2560 });
    });

    it('the form without Accept: application/recordio has the same records', async (t) => {
      const containers = new MemoryContainers();
      const bench = await ApiBench.start(t, containers);
      const codec = await mesosCodec(encoding);
      for (const accept of [codec.mediaType, ...(encoding === 'json' ? ['*/*'] : [])]) {
        const { request, response, answer } = bench.open({
          headers: { 'content-type': codec.mediaType, accept },
        });
        request.end(codec.serialize('Call', LAUNCH));
        const head = await response;
        assert.equal(head.headers['content-type'], codec.mediaType);
        assert.equal(head.headers['message-content-type'], undefined);
        containers.write('p.c', 'stdout', 'hi\n');
        containers.end('p.c');
        const { bytes } = await answer;
        const record = codec.serialize('ProcessIO', {
          type: 'DATA',
          data: { type: 'STDOUT', data: Buffer.from('hi\n') },
        });
        assert.deepEqual(bytes, encodeRecord(record));
      }
    });

    it('an id in use: 202, empty, and the container there is untouched', async (t) => {
      const containers = new MemoryContainers();
      const bench = await ApiBench.start(t, containers);
      await withSession(containers);
      const answer = await bench.call(LAUNCH, encoding);
      assert.deepEqual([answer.status, answer.text], [202, '']);
      assert.equal(answer.headers['content-type'], undefined);
      assert.equal(answer.headers['content-length'], '0');
      assert.equal(containers.get('p.c').termination, undefined);
    });

    it('input: what is sent arrives, the slot is free before the answer, the container lives on', async (t) => {
      const containers = new MemoryContainers();
      const bench = await ApiBench.start(t, containers);
      await withSession(containers, 'x', true);
      const probe = await bench.input([calls.attach(id)], encoding);
      probe.request.end();
      const first = await probe.answer;
      assert.deepEqual([first.status, first.text, first.headers['content-type']], [200, '', undefined]);
      const second = await bench.input(
        [
          calls.attach(id),
          calls.io({
            type: 'CONTROL',
            control: { type: 'TTY_INFO', tty_info: { window_size: { rows: 0, columns: 0 } } },
          }),
          calls.io({
            type: 'CONTROL',
            control: { type: 'TTY_INFO', tty_info: { window_size: { rows: 24, columns: 80 } } },
          }),
          calls.stdin('hi\n'),
          calls.io({
            type: 'CONTROL',
            control: { type: 'HEARTBEAT', heartbeat: { interval: { nanoseconds: 3e10 } } },
          }),
          calls.stdin('there'),
          calls.stdin(''),
        ],
        encoding,
      );
      second.request.end();
      assert.equal((await second.answer).status, 200);
      const held = containers.get('p.c');
      assert.equal(Buffer.concat(held.input).toString(), 'hi\nthere');
      assert.deepEqual(held.sizes, [
        { rows: 0, columns: 0 },
        { rows: 24, columns: 80 },
      ]);
      assert.ok(held.closedInput);
      assert.equal(held.taken, false);
      assert.equal(held.termination, undefined);
    });
  });
}

describe('sessions end with their call', () => {
  it('the client resets', async (t) => {
    const containers = new MemoryContainers();
    const bench = await ApiBench.start(t, containers);
    const session = await bench.stream(LAUNCH);
    session.head.destroy();
    await until(() => containers.get('p.c').termination?.exitStatus === 9);
  });

  for (const unread of [false, true]) {
    it(`the client closes only its half${unread ? ', and reads nothing' : ''}`, async (t) => {
      const containers = new MemoryContainers();
      const bench = await ApiBench.start(t, containers);
      const socket = connect({ port: bench.port, host: '127.0.0.1', allowHalfOpen: true });
      t.after(() => socket.destroy());
      socket.on('error', () => {});
      const body = JSON.stringify(LAUNCH);
      socket.write(
        `POST /api/v1 HTTP/1.1\r\nHost: localhost:${bench.port}\r\nContent-Type: application/json\r\n` +
          `Content-Length: ${body.length}\r\n\r\n${body}`,
      );
      await until(() => containers.held.get('p.c')?.readers.length === 1);
      if (unread) containers.write('p.c', 'stdout', Buffer.alloc(32 << 20));
      socket.end();
      const started = performance.now();
      await until(() => containers.get('p.c').termination?.exitStatus === 9);
      assert.ok(performance.now() - started < 2000);
      assert.ok(containers.get('p.c').readers[0]?.closed);
    });
  }

  it('the client goes while it is being started', async (t) => {
    const containers = new MemoryContainers();
    let start = (): void => {};
    let asked = false;
    containers.beforeLaunch = () =>
      new Promise((resolve) => {
        asked = true;
        start = resolve;
      });
    const bench = await ApiBench.start(t, containers);
    const { request } = bench.open({ headers: { 'content-type': JSON_TYPE } });
    request.on('error', () => {});
    request.end(JSON.stringify(LAUNCH));
    await until(() => asked);
    await new Promise((resolve) => setTimeout(resolve, 50));
    request.destroy();
    await new Promise((resolve) => setTimeout(resolve, 50));
    start();
    await until(() => containers.held.get('p.c')?.termination?.exitStatus === 9);
  });

  it('the attach after the launch fails: the container is ended, and the answer is that of the attach', async (t) => {
    const containers = new MemoryContainers();
    containers.failures.attachOutput = new RemoraError('whatever', 'Unsupported');
    const bench = await ApiBench.start(t, containers);
    const answer = await bench.call(LAUNCH);
    assert.deepEqual([answer.status, answer.text], [500, 'Unsupported']);
    assert.equal(containers.get('p.c').termination?.exitStatus, 9);
  });

  it('a reader that was cut for being slow gets no last chunk, and the session ends', async (t) => {
    const containers = new MemoryContainers();
    const bench = await ApiBench.start(t, containers);
    const session = await bench.stream(LAUNCH);
    containers.get('p.c').readers[0]?.push(new RemoraError('reader-too-slow', 'too slow'));
    const { complete } = await session.answer;
    assert.equal(complete, false);
    assert.equal(containers.get('p.c').termination?.exitStatus, 9);
  });

  it('closing the API cuts what is open, without a last chunk', async (t) => {
    const containers = new MemoryContainers();
    const bench = await ApiBench.start(t, containers);
    await withSession(containers);
    const output = await bench.stream(OUTPUT);
    const waiting = bench.call({ type: 'WAIT_CONTAINER', wait_container: child });
    waiting.catch(() => {});
    await until(() => containers.waiting === 1);
    bench.close();
    assert.equal((await output.answer).complete, false);
    await assert.rejects(waiting);
    const late = await bench.call({ type: 'GET_HEALTH' });
    assert.equal(late.status, 503);
  });
});

describe('output', () => {
  it('several readers, each with all that comes after its attach; one that leaves disturbs nobody', async (t) => {
    const containers = new MemoryContainers();
    const bench = await ApiBench.start(t, containers);
    await withSession(containers);
    const first = await bench.stream(OUTPUT, 'json');
    containers.write('p.c', 'stdout', 'one ');
    await until(() => first.text() === 'one ');
    const second = await bench.stream(OUTPUT, 'protobuf');
    containers.write('p.c', 'stdout', 'two ');
    await until(() => second.text() === 'two ');
    first.head.destroy();
    containers.write('p.c', 'stdout', 'three');
    containers.end('p.c');
    assert.ok((await second.answer).complete);
    assert.equal(second.text(), 'two three');
    assert.equal(containers.get('p.c').termination?.exitStatus, 0);
  });

  it('heartbeats, also beside output', async (t) => {
    limit(t, 'container-heartbeat-ms', 20);
    const containers = new MemoryContainers();
    const bench = await ApiBench.start(t, containers);
    const session = await bench.stream(LAUNCH);
    await until(() => session.records.length >= 3);
    containers.write('p.c', 'stdout', 'x');
    await until(() => session.text() === 'x');
    const beat = {
      type: 'CONTROL',
      control: { type: 'HEARTBEAT', heartbeat: { interval: { nanoseconds: 20_000_000 } } },
    };
    assert.deepEqual(session.records[0], beat);
    containers.end('p.c');
    assert.ok((await session.answer).complete);
  });

  it('gzip is never used on a stream', async (t) => {
    const containers = new MemoryContainers();
    const bench = await ApiBench.start(t, containers);
    const session = await bench.stream(LAUNCH, 'json', { 'accept-encoding': 'gzip' });
    containers.write('p.c', 'stdout', Buffer.alloc(100_000));
    containers.end('p.c');
    await session.answer;
    assert.equal(session.head.headers['content-encoding'], undefined);
    assert.equal(session.text().length, 100_000);
  });

  it('a container without streams, a finished one, and one that never was', async (t) => {
    const containers = new MemoryContainers();
    const bench = await ApiBench.start(t, containers);
    const none = await bench.call(OUTPUT);
    assert.deepEqual([none.status, none.text], [404, 'Container p.c cannot be found']);
    await bench.call({ type: 'LAUNCH_CONTAINER', launch_container: { container_id: { value: 'p' } } });
    const never = await bench.call(OUTPUT);
    assert.deepEqual([never.status, never.text], [500, 'Unknown container p.c']);
    await withSession(containers);
    containers.end('p.c');
    const over = await bench.call(OUTPUT);
    assert.deepEqual([over.status, over.text], [500, 'Unknown container p.c']);
    const root: Call = {
      type: 'ATTACH_CONTAINER_OUTPUT',
      attach_container_output: { container_id: { value: 'p' } },
    };
    const plain = await bench.call(root);
    const text = 'I/O switchboard server was disabled for this container';
    assert.deepEqual([plain.status, plain.text], [500, text]);
  });
});
