import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, createServer } from 'node:net';
import { test } from 'node:test';
import {
  askInspector,
  listenSockets,
  readProcess,
  socketInodes,
  tcpRows,
} from '../../../src/target/find/index.js';
import { LATEST, majors, nobody, startNode } from './process.js';

const major = LATEST;

test('our own sockets, found from outside', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = connect(port, '127.0.0.1');
  t.after(() => client.destroy());
  await once(client, 'connect');

  const own = await listenSockets(process.pid);
  const listener = own.find((each) => each.port === port);
  assert.equal(listener?.host, '127.0.0.1');
  assert.ok(socketInodes(process.pid)?.has(listener?.inode ?? 0));

  const rows = await tcpRows(process.pid, { port });
  const states = rows.map((row) => row.state).sort();
  assert.ok(
    states.includes('LISTEN') && states.filter((each) => each === 'ESTABLISHED').length === 2,
    states.join(),
  );
  assert.ok(rows.every((row) => row.local.port === port || row.remote.port === port));
  assert.ok(rows.filter((row) => row.state === 'LISTEN').every((row) => row.uid === process.geteuid?.()));
  const all = await tcpRows(process.pid);
  assert.ok(all.length >= rows.length);
  const listening = await tcpRows(process.pid, { listening: true });
  assert.deepEqual(
    listening.map((row) => row.inode).sort(),
    all
      .filter((row) => row.state === 'LISTEN')
      .map((row) => row.inode)
      .sort(),
  );
});

test('a process without listeners, one that is gone', async (t) => {
  const { pid, child } = await startNode(t, major);
  assert.deepEqual(await listenSockets(pid), []);
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.deepEqual(await listenSockets(pid), []);
  assert.deepEqual(await tcpRows(pid), []);
  assert.equal(socketInodes(pid), undefined);
});

for (const each of majors) {
  test(`Node ${each}: an open inspector is seen, wherever it was asked for`, async (t) => {
    const inspector = async (code: string, flags: readonly string[], env: Record<string, string> = {}) => {
      const { pid } = await startNode(t, each, code, flags, { env });
      return (await readProcess(pid, nobody))?.inspector.state;
    };
    assert.equal(await inspector('', ['--inspect=0']), 'open');
    assert.equal(await inspector('', [], { NODE_OPTIONS: '--inspect=127.0.0.1:0' }), 'open');
    assert.equal(await inspector(`require('inspector').open(0)`, ['--inspect-port=0']), 'open');
    assert.equal(await inspector('', ['--inspect-port=0']), 'closed');
    // Its own server on loopback is no inspector, though any port was plausible.
    const server = `require('http').createServer((q, r) => r.end('{"Browser": "shop"}')).listen(0, '127.0.0.1')`;
    assert.equal(await inspector(server, ['--inspect-port=0']), 'closed');
  });
}

test('a port that never answers is given up', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  t.after(() => server.close());
  server.on('connection', (socket) => {
    socket.on('error', () => undefined);
    t.after(() => socket.destroy());
  });
  await once(server, 'listening');
  const started = performance.now();
  assert.equal((await askInspector('127.0.0.1', (server.address() as AddressInfo).port)).version, undefined);
  const took = performance.now() - started;
  assert.ok(took > 200 && took < 2000, `${took} ms`);
  assert.equal((await askInspector('127.0.0.1', 1)).version, undefined);
});

test('a port that answers without end is cut', async (t) => {
  const server = createHttpServer((_, response) => {
    const fill = () => {
      while (!response.destroyed && response.write('x'.repeat(4096)));
    };
    response.on('drain', fill);
    fill();
  }).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  assert.equal((await askInspector('127.0.0.1', (server.address() as AddressInfo).port)).version, undefined);
});
