/** Connections: pipelining, early answers, clients that go (shared/wire/mesos-agent.md 1.4). */
import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { encodeRecord, mesosJson } from '../../../src/wire/index.js';
import { limit } from '../../http/support.js';
import { ApiBench, calls, type Headers, JSON_TYPE, RECORDIO_TYPE, until } from '../support/apiBench.js';
import { MemoryContainers } from '../support/memoryContainers.js';

const child = { container_id: { value: 'c', parent: { value: 'p' } } };

interface Raw {
  readonly socket: Socket;
  text(): string;
  readonly closed: Promise<void>;
}

function open(t: TestContext, port: number): Raw {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  t.after(() => socket.destroy());
  let text = '';
  socket.on('data', (piece) => {
    text += piece.toString('latin1');
  });
  socket.on('error', () => {});
  const closed = new Promise<void>((resolve) => {
    socket.on('end', resolve);
    socket.on('close', () => resolve());
  });
  return { socket, text: () => text, closed };
}

function post(port: number, call: object, more = ''): string {
  const body = JSON.stringify(call);
  return (
    `POST /api/v1 HTTP/1.1\r\nHost: localhost:${port}\r\nContent-Type: application/json\r\n${more}` +
    `Content-Length: ${body.length}\r\n\r\n${body}`
  );
}

async function bench(t: TestContext): Promise<[ApiBench, MemoryContainers]> {
  const containers = new MemoryContainers();
  return [await ApiBench.start(t, containers), containers];
}

const HEALTH = { type: 'GET_HEALTH' };

describe('connections', () => {
  it('are kept, also after an error; answers to pipelined calls keep their order', async (t) => {
    const [{ port }] = await bench(t);
    const { socket, text } = open(t, port);
    socket.write(
      post(port, HEALTH) + post(port, { type: 'NOPE' }) + post(port, { type: 'GET_LOGGING_LEVEL' }),
    );
    await until(() => text().includes('"level":0'));
    const order = ['get_health', "Expecting 'type' to be present", 'get_logging_level'].map((part) =>
      text().indexOf(part),
    );
    assert.ok(order.every((at) => at > 0));
    assert.deepEqual(
      order,
      order.toSorted((a, b) => a - b),
    );
    socket.write(post(port, HEALTH));
    await until(() => text().split('get_health').length === 3);
  });

  it('a stream blocks the calls behind it until it has ended', async (t) => {
    const [{ port }, containers] = await bench(t);
    const { socket, text } = open(t, port);
    socket.write(post(port, calls.session(child, 'x')) + post(port, HEALTH));
    await until(() => containers.held.get('p.c')?.readers.length === 1);
    containers.write('p.c', 'stdout', 'hi');
    await until(() => text().includes('aGk='));
    assert.ok(!text().includes('healthy'));
    containers.end('p.c');
    await until(() => text().includes('healthy'));
    assert.match(text(), /\r\n0\r\n\r\nHTTP\/1.1 200 OK/);
  });

  it('Connection: close is honoured', async (t) => {
    const [{ port }] = await bench(t);
    const { socket, text, closed } = open(t, port);
    socket.write(post(port, HEALTH, 'Connection: close\r\n'));
    await closed;
    assert.match(text(), /"healthy":true/);
  });

  it('Expect: 100-continue', async (t) => {
    const [{ port }] = await bench(t);
    const { socket, text } = open(t, port);
    const [head = '', body = ''] = post(port, HEALTH, 'Expect: 100-continue\r\n').split(/(?<=\r\n\r\n)/);
    socket.write(head);
    await until(() => text().startsWith('HTTP/1.1 100 Continue'));
    socket.write(body);
    await until(() => text().includes('"healthy":true'));
  });
});

describe('clients that go', () => {
  for (const how of ['end', 'destroy'] as const) {
    it(`while they wait: ${how}`, async (t) => {
      const [{ port }, containers] = await bench(t);
      await containers.launch({
        id: child.container_id,
        class: 'default',
        caller: { kind: 'internal', user: 'test', role: 'admin', address: 'internal' },
      });
      const { socket } = open(t, port);
      socket.write(post(port, { type: 'WAIT_CONTAINER', wait_container: child }));
      await until(() => containers.waiting === 1);
      socket[how]();
      await until(() => containers.waiting === 0);
      assert.equal(containers.get('p.c').termination, undefined);
    });
  }

  it('in the midst of a body', async (t) => {
    const [api, containers] = await bench(t);
    const { socket, closed } = open(t, api.port);
    socket.write(post(api.port, calls.session(child, 'x')).slice(0, -5));
    await new Promise((resolve) => setTimeout(resolve, 50));
    socket.end();
    await closed;
    assert.equal(containers.held.size, 0);
    assert.equal((await api.call({ type: 'GET_HEALTH' })).status, 200);
  });

  it('in the midst of a first record', async (t) => {
    const [api] = await bench(t);
    const { request } = await api.input([]);
    request.on('error', () => {});
    request.write('500\n{"type":');
    await new Promise((resolve) => setTimeout(resolve, 50));
    request.destroy();
    assert.equal((await api.call({ type: 'GET_HEALTH' })).status, 200);
  });
});

describe('answers before the end of the body', () => {
  const records = { 'content-type': RECORDIO_TYPE, 'message-content-type': JSON_TYPE };

  it('arrive whole at a client that writes on', async (t) => {
    const [api] = await bench(t);
    const { request, answer } = api.open({ headers: { ...records, 'transfer-encoding': 'chunked' } });
    request.on('error', () => {});
    const record = encodeRecord(mesosJson.serialize('Call', calls.attach(child.container_id)));
    request.write(record);
    const timer = setInterval(() => request.write(Buffer.alloc(65_536)), 1);
    const { status, text, complete } = await answer;
    clearInterval(timer);
    assert.deepEqual([status, text, complete], [404, 'Container p.c cannot be found', true]);
    request.destroy();
  });

  it('a call that does not come in time is 408', async (t) => {
    limit(t, 'container-call-ms', 50);
    const [api] = await bench(t);
    const slow: Headers[] = [
      { 'content-type': JSON_TYPE, 'content-length': '20' },
      { ...records, 'transfer-encoding': 'chunked' },
    ];
    for (const headers of slow) {
      const { request, answer } = api.open({ headers });
      request.on('error', () => {});
      request.flushHeaders();
      const { status, text } = await answer;
      assert.deepEqual([status, text], [408, 'The call did not arrive within 50 ms']);
      request.destroy();
    }
  });

  it('a record larger than the limit ends the stream at its count', async (t) => {
    limit(t, 'container-record-bytes', 1000);
    const [api, containers] = await bench(t);
    await containers.launch({
      id: child.container_id,
      class: 'debug',
      caller: { kind: 'internal', user: 'test', role: 'admin', address: 'internal' },
    });
    const { request, answer } = await api.input([calls.attach(child.container_id), calls.stdin('a')]);
    request.write('1001\n');
    const { status, text } = await answer;
    assert.equal(status, 500);
    assert.equal(
      text,
      "Decoder failure: Failed to decode length '1001': a record may have 1000 bytes at most",
    );
    assert.equal(Buffer.concat(containers.get('p.c').input).toString(), 'a');
    request.destroy();
  });
});
