import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import http2 from 'node:http2';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Caller, RemoraError } from '../../src/base/index.js';
import { type Route, sendAnswer } from '../../src/http/index.js';
import { ask, raw, run, type Started, start } from './support.js';

const base = { summary: 'A test', tag: 'test', role: 'viewer' } as const;
const ROUTES: Route[] = [
  {
    ...base,
    method: 'POST',
    path: '/pods/:pod/files/:file',
    schemas: async () => ({ request: { type: 'object' } }),
    handle: ({ params, query, body }) => ({
      status: 201,
      contentType: 'text/plain',
      headers: { 'x-own': 'yes' },
      body: `${params.pod} ${params.file} ${query.get('q')} ${body}`,
    }),
  },
  {
    ...base,
    method: 'ANY',
    path: '/rest/*',
    handle: ({ params }) => ({ status: 200, body: params['*'] ?? '' }),
  },
  {
    ...base,
    method: 'POST',
    path: '/raw',
    raw: async (request, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' });
      for await (const chunk of request) response.write(chunk);
      response.end(request.headers['content-type']);
    },
  },
  {
    ...base,
    method: 'POST',
    path: '/bytes',
    handle: ({ body }) => ({ status: 200, contentType: 'application/octet-stream', body }),
  },
  {
    ...base,
    method: 'GET',
    path: '/fault',
    handle: () => {
      throw new TypeError('an inner secret');
    },
  },
  { ...base, method: 'GET', path: '/raw-fault', raw: () => Promise.reject(new Error('an inner secret')) },
  {
    ...base,
    method: 'GET',
    path: '/missing',
    handle: async () => {
      throw new RemoraError('pod-not-found', 'No pod is named x', { hint: 'remora ps lists them' });
    },
  },
  {
    ...base,
    method: 'GET',
    path: '/up',
    role: 'operator',
    upgrade: (_request, socket, head, caller) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: test\r\n\r\n');
      socket.end(`${caller.role} ${head}`);
    },
  },
];

test('GET and DELETE take bodies, any Content-Type goes, and parameters are decoded', async (t) => {
  const { port } = await start(t, {}, ROUTES);
  for (const method of ['GET', 'DELETE', 'PUT', 'POST', 'PATCH']) {
    for (const type of ['application/json', 'garbage;;;', 'text', '']) {
      const headers = { 'content-type': type, 'content-length': '3' };
      const { status, text } = await ask({ port, method, headers, body: 'abc' });
      assert.equal(status, 200, `${method} ${type}`);
      assert.equal(JSON.parse(text).size, 3);
    }
  }
  const found = await ask({
    port,
    method: 'POST',
    path: '/pods/a%20b/files/c?q=d',
    headers: { 'content-type': 'garbage;;;' },
    body: 'e',
  });
  assert.deepEqual([found.status, found.text, found.headers['x-own']], [201, 'a b c d e', 'yes']);
  assert.equal((await ask({ port, path: '/rest/a/b/c', method: 'DELETE', body: 'x' })).text, 'a/b/c');
});

test('what was asked properly is answered, also where garbage follows it or is in the next body', async (t) => {
  const slow: Route = {
    ...base,
    method: 'GET',
    path: '/slow',
    handle: async () => {
      await sleep(50);
      return { status: 200, body: 'slow' };
    },
  };
  const { port } = await start(t, {}, [slow]);
  const get = `GET /slow HTTP/1.1\r\nhost: localhost:${port}\r\n\r\n`;
  assert.match(await raw(port, `${get}garbage`), /^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\nslow$/);
  const post = `POST /who HTTP/1.1\r\nhost: localhost:${port}\r\ntransfer-encoding: chunked\r\n\r\nnonsense\r\n`;
  assert.doesNotMatch(await raw(port, post), /200 OK/);
});

test('raw routes own request and response, headers untouched', async (t) => {
  const { port } = await start(t, {}, ROUTES);
  const headers = { 'content-type': 'Garbage;;;' };
  assert.equal(
    (await ask({ port, method: 'POST', path: '/raw', headers, body: 'abc ' })).text,
    'abc Garbage;;;',
  );
});

test('a raw route may answer before the body has come, and without a Content-Type', async (t) => {
  const early: Route = {
    ...base,
    method: 'POST',
    path: '/early',
    raw: (request, response) => sendAnswer(request, response, { status: 202, body: '' }),
  };
  const { port } = await start(t, {}, [early]);
  const head = 'POST /early HTTP/1.1\r\nhost: localhost:PORT\r\ncontent-length: 9\r\n\r\n'.replace(
    'PORT',
    `${port}`,
  );
  const text = await raw(port, `${head}half`);
  assert.match(text, /^HTTP\/1\.1 202 Accepted\r\ncontent-length: 0\r\n/i);
  assert.match(text, /\r\nconnection: close\r\n/i);
  assert.doesNotMatch(text, /content-type/i);
  const whole = await ask({ port, path: '/early', method: 'POST', body: 'whole' });
  assert.equal(whole.status, 202);
});

test('errors have our shape; a fault of ours shows its request id and nothing more', async (t) => {
  const { port, logged } = await start(t, {}, ROUTES);
  const missing = await ask({ port, path: '/missing' });
  assert.equal(missing.status, 404);
  assert.deepEqual(JSON.parse(missing.text).error, {
    code: 'pod-not-found',
    message: 'No pod is named x',
    hint: 'remora ps lists them',
  });
  for (const path of ['/fault', '/raw-fault']) {
    const { status, text, headers } = await ask({ port, path });
    assert.equal(status, 500);
    assert.ok(!text.includes('inner secret'));
    const { requestId, error } = JSON.parse(text) as { requestId: string; error: { code: string } };
    assert.equal(error.code, 'internal');
    assert.equal(headers['x-request-id'], requestId);
    const line = logged().find((entry) => entry.requestId === requestId);
    assert.match(JSON.stringify(line), /an inner secret/);
  }
  const nowhere = await ask({ port, path: '/nowhere?x=1' });
  assert.equal(nowhere.status, 404);
  assert.match(JSON.parse(nowhere.text).error.hint, /GET \/ lists every path/);
  const method = await ask({ port, path: '/fault', method: 'PUT' });
  assert.deepEqual([method.status, method.headers.allow], [405, 'GET']);
});

test('one connection carries many requests, pipelined ones in order', async (t) => {
  const { port } = await start(t);
  const head = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${more}\r\n`;
  const text = await raw(port, `${head('/who')}${head('/nowhere')}${head('/open', 'Connection: close\r\n')}`);
  assert.deepEqual(text.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 200', 'HTTP/1.1 404', 'HTTP/1.1 200']);
});

const VERA: Caller = { kind: 'internal', user: 'vera', role: 'viewer', address: 'tunnel' };

/** An HTTP/2 session whose requests come as those of a tunnelled caller. */
async function tunnel(t: TestContext, http: Started['http']): Promise<http2.ClientHttp2Session> {
  const server = http2.createServer((request, response) =>
    http.serve(request as unknown as IncomingMessage, response as unknown as ServerResponse, VERA),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const session = http2.connect(
    `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
  );
  t.after(() => {
    session.destroy();
    server.close();
  });
  return session;
}

test('bytes come back as they are, small and large, over HTTP/1.1 and HTTP/2', async (t) => {
  const { http, port } = await start(t, {}, ROUTES);
  const bytes = (size: number): Buffer =>
    Buffer.from(Array.from({ length: size }, (_, index) => index & 255));
  const session = await tunnel(t, http);
  for (const size of [0, 1, 256, 4096, 4097, 100_000]) {
    const sent = bytes(size);
    const answer = await fetch(`http://127.0.0.1:${port}/bytes`, { method: 'POST', body: sent });
    assert.ok(sent.equals(Buffer.from(await answer.arrayBuffer())), `${size} bytes`);
    const stream = session.request({ ':path': '/bytes', ':method': 'POST' });
    stream.end(sent);
    const parts: Buffer[] = [];
    for await (const part of stream as AsyncIterable<Buffer>) parts.push(part);
    assert.ok(sent.equals(Buffer.concat(parts)), `${size} bytes over HTTP/2`);
  }
});

test('an upgrade goes to its route; a request that only offers one is served as it is', async (t) => {
  const { port } = await start(t, {}, ROUTES);
  const up = `Host: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: test\r\n`;
  assert.match(await raw(port, `GET /up HTTP/1.1\r\n${up}\r\nhead`), /101 [\s\S]*\r\n\r\nadmin head$/);
  const stranger = await raw(port, `GET /up HTTP/1.1\r\n${up}X-Forwarded-For: x\r\n\r\n`);
  assert.match(stranger, /^HTTP\/1\.1 401 [\s\S]*www-authenticate/);
  const url = `http://127.0.0.1:${port}/who`;
  const { stdout } = await run('curl', [
    '-sS',
    '-H',
    'Connection: Upgrade',
    '-H',
    'Upgrade: h2c',
    '-d',
    'abc',
    url,
    url,
  ]);
  assert.equal(stdout.match(/"size":3/g)?.length, 2);
  const large = 'x'.repeat(300_000);
  const head = `POST /who HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nContent-Length: ${large.length}\r\n\r\n`;
  const socket = connect(port, '127.0.0.1');
  t.after(() => socket.destroy());
  socket.write(head + large);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  assert.match(String(answer), /^HTTP\/1\.1 200 [\s\S]*"size":300000/);
});

test('a request of a tunnel is served for the caller that it came with, over HTTP/2 too', async (t) => {
  const { http } = await start(t, {}, ROUTES);
  const session = await tunnel(t, http);
  const call = async (path: string, body?: string): Promise<[number, string]> => {
    const stream = session.request({ ':path': path, ':method': body === undefined ? 'GET' : 'POST' });
    stream.end(body);
    let text = '';
    let status = 0;
    stream.on('response', (headers) => {
      status = Number(headers[':status']);
    });
    stream.on('data', (part: Buffer) => {
      text += String(part);
    });
    await once(stream, 'end');
    return [status, text];
  };
  const [status, text] = await call('/who', 'abc');
  assert.equal(status, 200);
  assert.deepEqual(JSON.parse(text), { caller: VERA, method: 'POST', size: 3 });
  assert.equal((await call('/who'))[0], 200);
  assert.equal((await call('/change', 'abc'))[0], 403);
  assert.equal((await call('/nowhere'))[0], 404);
  assert.equal((await call('/pods/a/files/b?q=c', 'd'))[1], 'a b c d');
});

test('the index page stands alone and lists every route', async (t) => {
  const { port } = await start(t, { version: '1.2.3' }, ROUTES);
  const accept = { accept: 'text/html' };
  const { status, headers, text } = await ask({ port, path: '/', headers: accept });
  assert.equal(status, 200);
  assert.match(headers['content-type'] ?? '', /^text\/html/);
  assert.match(text, /Remora 1\.2\.3/);
  for (const route of ROUTES) assert.ok(text.includes(route.path), route.path);
  assert.ok(text.includes(`http://127.0.0.1:${port}`));
  assert.doesNotMatch(text, /<(script|link|img|iframe)|src=|url\(/);
  assert.match(text, /color-scheme: light dark/);
  assert.equal((await ask({ port, path: '/', method: 'HEAD' })).text, '');
  const list = await ask({ port, path: '/' });
  assert.equal(list.headers['content-type'], 'application/json');
  for (const { path } of ROUTES) assert.ok(path in (JSON.parse(list.text) as object), path);
});

test('/openapi.json is an OpenAPI 3.1 document of every route', async (t) => {
  const { port } = await start(t, {}, ROUTES);
  const { text } = await ask({ port, path: '/openapi.json' });
  const document = JSON.parse(text) as {
    openapi: string;
    info: Record<string, string>;
    paths: Record<string, Record<string, Record<string, unknown>>>;
    components: { schemas: Record<string, unknown>; securitySchemes: Record<string, unknown> };
  };
  assert.match(document.openapi, /^3\.1\./);
  assert.ok(document.info.title && document.info.version);
  const ids = new Set<unknown>();
  let operations = 0;
  for (const [path, item] of Object.entries(document.paths)) {
    assert.match(path, /^\//);
    const named = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => name);
    for (const [method, operation] of Object.entries(item)) {
      operations++;
      assert.match(method, /^(get|post|put|delete)$/);
      assert.ok(!ids.has(operation.operationId));
      ids.add(operation.operationId);
      const parameters = (operation.parameters ?? []) as { name: string; in: string; required: boolean }[];
      assert.deepEqual(
        parameters.map(({ name }) => name),
        named,
      );
      assert.ok(parameters.every((parameter) => parameter.in === 'path' && parameter.required));
      for (const response of Object.values(operation.responses as Record<string, { description?: string }>)) {
        assert.ok(response.description);
      }
    }
  }
  assert.equal(operations, ROUTES.length + 6);
  for (const [, name] of text.matchAll(/#\/components\/schemas\/(\w+)/g)) {
    assert.ok(document.components.schemas[name ?? '']);
  }
  assert.deepEqual(document.paths['/who']?.get?.['x-remora-role'], 'viewer');
});

test('health, and a room that has a route of its own in place of ours', async (t) => {
  const own: Route = {
    ...base,
    method: 'GET',
    path: '/',
    role: 'none',
    handle: () => ({ status: 200, body: 'the console' }),
  };
  const { port } = await start(t, {}, [own]);
  assert.equal(JSON.parse((await ask({ port, path: '/healthz' })).text).status, 'ok');
  assert.equal((await ask({ port, path: '/' })).text, 'the console');
});
