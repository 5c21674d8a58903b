import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import type { Route } from '../../src/http/index.js';
import { ask, limit, raw, run, start } from './support.js';

const MIB = 1024 * 1024;

function holding(path: string): { route: Route; held: () => number; release: () => void } {
  const waiting: (() => void)[] = [];
  return {
    held: () => waiting.length,
    release: () => {
      for (const go of waiting.splice(0)) go();
    },
    route: {
      method: 'GET',
      path,
      summary: 'Waits',
      tag: 'test',
      role: 'viewer',
      handle: () =>
        new Promise((resolve) => {
          waiting.push(() => resolve({ status: 200, body: '"released"' }));
        }),
    },
  };
}

async function until(what: () => boolean): Promise<void> {
  while (!what()) await new Promise((resolve) => setTimeout(resolve, 5));
}

test('a body over the limit is 413 before it is read: announced, in chunks, and at the exact border', async (t) => {
  limit(t, 'http-body-bytes', 1000);
  const { port } = await start(t);
  const post = (body: Buffer) => ask({ port, method: 'POST', body });
  assert.equal((await post(Buffer.alloc(1000))).status, 200);
  const refused = await post(Buffer.alloc(1001));
  assert.equal(refused.status, 413);
  assert.equal(refused.headers.connection, 'close');
  assert.equal(JSON.parse(refused.text).error.code, 'body-too-large');
  const chunk = `3e9\r\n${'x'.repeat(1001)}\r\n`;
  const head = 'POST /who HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nTransfer-Encoding: chunked\r\n\r\n';
  const text = await raw(port, head.replace('PORT', String(port)) + chunk);
  assert.match(text, /^HTTP\/1\.1 413 [\s\S]*body-too-large/);
});

test('50 MB are answered 413 while the memory stays', async (t) => {
  const { port } = await start(t);
  const before = process.memoryUsage();
  let most = 0;
  const watch = setInterval(() => {
    const { arrayBuffers, external } = process.memoryUsage();
    most = Math.max(most, arrayBuffers, external);
  }, 2);
  t.after(() => clearInterval(watch));
  for (const how of ['-H "Transfer-Encoding: chunked"', '-H "Expect:"']) {
    const command = `head -c 50000000 /dev/zero | curl -sS -o /dev/null -w '%{http_code}' ${how} --data-binary @- http://127.0.0.1:${port}/who`;
    assert.equal((await run('sh', ['-c', command])).stdout, '413', how);
  }
  const grown = most - Math.max(before.arrayBuffers, before.external);
  // The body limit is 10 MiB; the rest is room for buffers not yet collected.
  assert.ok(grown < 30 * MIB, `${Math.round(grown / MIB)} MiB more`);
});

test('Expect: 100-continue is answered, and refused before the body where it is too large', async (t) => {
  limit(t, 'http-body-bytes', 1000);
  const { port } = await start(t);
  const expecting = (length: number) =>
    `POST /who HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Length: ${length}\r\n\r\n`;
  const socket = connect(port, '127.0.0.1');
  t.after(() => socket.destroy());
  let text = '';
  socket.on('data', (part) => {
    text += String(part);
    if (text.endsWith('100 Continue\r\n\r\n')) socket.write('body');
  });
  socket.write(expecting(4));
  await once(socket, 'close');
  assert.match(text, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /);
  assert.match(text, /"size":4/);
  const refused = await raw(port, expecting(5000));
  assert.match(refused, /^HTTP\/1\.1 413 /);
  const unknown = await raw(
    port,
    `GET /who HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nExpect: magic\r\nConnection: close\r\n\r\n`,
  );
  assert.match(unknown, /^HTTP\/1\.1 417 /);
});

test('bytes that are no HTTP are a 400 in our shape, and the server goes on', async (t) => {
  const { port } = await start(t);
  const garbage = [
    '\x00\x01\x02\x03 garbage\r\n\r\n',
    'GET\r\n\r\n',
    'GET / HTTP/9.9\r\n\r\n',
    `POST /who HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n`,
    '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  ];
  for (const bytes of garbage) {
    const text = await raw(port, Buffer.from(bytes, 'latin1'));
    assert.match(text, /^HTTP\/1\.1 400 /, JSON.stringify(bytes));
    assert.equal(JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4)).error.code, 'bad-request');
  }
  const path = await raw(port, `GET /%zz HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`);
  assert.match(path, /^HTTP\/1\.1 404 /);
  assert.equal((await ask({ port })).status, 200);
});

test('headers over the limit are 431', async (t) => {
  const { port } = await start(t);
  const text = await raw(port, `GET /who HTTP/1.1\r\nHost: x\r\nX-Long: ${'y'.repeat(90_000)}\r\n\r\n`);
  assert.match(text, /^HTTP\/1\.1 431 [\s\S]*headers-too-large/);
  const { status } = await ask({ port, headers: { 'x-long': 'y'.repeat(70_000) } });
  assert.equal(status, 200);
});

test('headers that do not come are 408, and so is silence', async (t) => {
  limit(t, 'http-headers-ms', 300);
  const { port } = await start(t);
  const slow = await raw(port, 'GET /who HTTP/1.1\r\nHost: x\r\nX-Half');
  assert.match(slow, /^HTTP\/1\.1 408 [\s\S]*headers-too-slow/);
  assert.match(await raw(port, ''), /^HTTP\/1\.1 408 /);
});

test('a body that does not come is 408', async (t) => {
  limit(t, 'http-body-ms', 200);
  limit(t, 'http-linger-ms', 50);
  const { port } = await start(t);
  const text = await raw(
    port,
    `POST /who HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Length: 10\r\n\r\nhalf`,
  );
  assert.match(text, /^HTTP\/1\.1 408 [\s\S]*body-too-slow/);
});

test('connections over the limit are told so', async (t) => {
  limit(t, 'http-connections', 3);
  const { port } = await start(t);
  const sockets = await Promise.all(
    [1, 2, 3].map(async () => {
      const socket = connect(port, '127.0.0.1');
      socket.write('GET /who');
      await once(socket, 'connect');
      return socket;
    }),
  );
  t.after(() => {
    for (const socket of sockets) socket.destroy();
  });
  assert.match(await raw(port, ''), /^HTTP\/1\.1 503 [\s\S]*too-many-connections/);
  for (const socket of sockets.splice(0)) {
    socket.destroy();
    await once(socket, 'close');
  }
  let status = 0;
  while (status !== 200) status = (await ask({ port }).catch(() => ({ status: 0 }))).status;
});

test('requests in flight over the limit are 503 with Retry-After; health is still answered', async (t) => {
  limit(t, 'http-requests-in-flight', 2);
  const hold = holding('/hold');
  const { port } = await start(t, {}, [hold.route]);
  const first = ask({ port, path: '/hold' });
  const second = ask({ port, path: '/hold' });
  await until(() => hold.held() === 2);
  const refused = await ask({ port });
  assert.equal(refused.status, 503);
  assert.equal(refused.headers['retry-after'], '1');
  assert.equal((await ask({ port, path: '/healthz' })).status, 200);
  hold.release();
  assert.deepEqual([(await first).status, (await second).status], [200, 200]);
  assert.equal((await ask({ port })).status, 200);
});

test('a garbled second request does not write into the answer of the first', async (t) => {
  const { port } = await start(t, {}, [
    {
      method: 'GET',
      path: '/stream',
      summary: 'A stream',
      tag: 'test',
      role: 'viewer',
      raw: (_request, response) => {
        response.writeHead(200);
        response.write('first part');
      },
    },
  ]);
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.on('error', () => {});
  socket.on('data', (part) => {
    text += String(part);
    if (text.includes('first part')) socket.write('\x00\x01 garbage\r\n\r\n');
  });
  socket.write(`GET /stream HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
  await once(socket, 'close');
  assert.equal(text.match(/HTTP\/1\.1/g)?.length, 1);
});

test('a client that goes aborts the signal of its request', async (t) => {
  let aborted = false;
  let started = false;
  const { port } = await start(t, {}, [
    {
      method: 'POST',
      path: '/wait',
      summary: 'Waits for its end',
      tag: 'test',
      role: 'viewer',
      handle: ({ signal }) =>
        new Promise((resolve) => {
          started = true;
          signal.addEventListener('abort', () => {
            aborted = true;
            resolve({ status: 200, body: '' });
          });
        }),
    },
  ]);
  const child = spawn('curl', ['-sS', '-d', 'x', `http://127.0.0.1:${port}/wait`], { stdio: 'ignore' });
  await until(() => started);
  child.kill('SIGKILL');
  await until(() => aborted);
});
