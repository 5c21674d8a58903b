import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { counters, createLog, RemoraError } from '../../src/base/index.js';
import { createHttp, type HttpOptions, type Listener } from '../../src/http/index.js';
import { ask, curlStatus, raw, run, scratch, start } from './support.js';

const silent = createLog({ level: 'silent' });
const refuse = (options: Partial<HttpOptions>, code: string, text: RegExp) =>
  assert.rejects(
    createHttp({ routes: [], listeners: [], trust: 'uid', log: silent, ...options }),
    (error) => {
      assert.ok(error instanceof RemoraError);
      assert.equal(error.code, code);
      assert.match(error.text, text);
      return true;
    },
  );
const tcp = (host: string, port: number, required = true): Extract<Listener, { kind: 'tcp' }> => ({
  kind: 'tcp',
  host,
  port,
  required,
});

test('an address that others reach needs TLS and credentials, and says so', async (t) => {
  const tokens = [{ name: 'a', secret: 'long-enough', role: 'viewer' }] as const;
  await refuse({ listeners: [tcp('0.0.0.0', 0)] }, 'open-address', /no TLS and no credentials.*--insecure/);
  await refuse({ listeners: [tcp('::', 0)], tokens }, 'open-address', /no TLS\./);
  await refuse({ listeners: [tcp('192.0.2.1', 0)], tokens, trust: 'off' }, 'open-address', /credentials/);
  await refuse({ listeners: [{ ...tcp('127.0.0.1', 0), tls: true }] }, 'no-certificate', /--tls-cert/);
  const { port, logged } = await start(t, { listeners: [tcp('0.0.0.0', 0)], insecure: true });
  assert.equal(await curlStatus([`http://127.0.0.1:${port}/who`]), 401);
  assert.equal(await curlStatus([`http://127.0.0.1:${port}/open`]), 200);
  assert.ok(logged().some(({ msg }) => /--insecure: anyone who reaches 0\.0\.0\.0/.test(String(msg))));
});

test('with TLS and a token an open address serves those who have the token', async (t) => {
  const folder = scratch(t);
  const [key, cert] = [join(folder, 'key'), join(folder, 'cert')];
  const made = await run('openssl', [
    ...'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=localhost'.split(
      ' ',
    ),
    ...['-keyout', key, '-out', cert],
  ]);
  if (made.code !== 0) return t.skip(`openssl cannot make a certificate here: ${made.stderr}`);
  const read = async (path: string) => (await run('cat', [path])).stdout;
  const { port } = await start(t, {
    listeners: [tcp('0.0.0.0', 0)],
    tls: { key: await read(key), cert: await read(cert) },
    tokens: [{ name: 'a', secret: 'long-enough', role: 'viewer' }],
  });
  const url = `https://127.0.0.1:${port}/who`;
  assert.equal(await curlStatus(['-k', url]), 401);
  assert.equal(await curlStatus(['-k', '-H', 'Authorization: Bearer long-enough', url]), 200);
  assert.equal(await curlStatus(['-k', '-u', 'a:long-enough', '-d', 'x', url]), 200);
});

test('a taken port is a warning that names its owner, unless it was asked for', async (t) => {
  const owner = spawn(
    process.execPath,
    [
      '-e',
      "require('net').createServer().listen(0,'127.0.0.1',function(){console.log(this.address().port)})",
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  t.after(() => owner.kill());
  const [line] = (await once(owner.stdout, 'data')) as [Buffer];
  const port = Number(String(line));
  const { http, logged } = await start(t, {
    listeners: [tcp('127.0.0.1', port, false), tcp('127.0.0.1', 0)],
  });
  assert.equal(http.addresses.length, 1);
  const warning = logged().find(({ code }) => code === 'port-taken');
  assert.match(
    String(warning?.msg),
    new RegExp(`127\\.0\\.0\\.1:${port} is taken by process ${owner.pid} \\(node`),
  );
  await refuse(
    { listeners: [tcp('127.0.0.1', port)] },
    'port-taken',
    new RegExp(`process ${owner.pid} \\(node`),
  );
});

test('a listener that fails leaves none of the others open', async () => {
  const before = counters.list().find(({ name }) => name === 'http.connections')?.value;
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const address = taken.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const free = createServer().listen(0, '127.0.0.1');
  await once(free, 'listening');
  const freeAddress = free.address();
  const freePort = typeof freeAddress === 'object' && freeAddress ? freeAddress.port : 0;
  free.close();
  await once(free, 'close');
  await refuse({ listeners: [tcp('127.0.0.1', freePort), tcp('127.0.0.1', port)] }, 'port-taken', /is taken/);
  taken.close();
  await once(taken, 'close');
  assert.equal(await raw(freePort, ''), '');
  assert.equal(counters.list().find(({ name }) => name === 'http.connections')?.value, before);
});

test('a Unix socket is 0600 in a private folder; a dead one is replaced, a live one and a plain file are not', async (t) => {
  const folder = scratch(t);
  const path = join(folder, 's');
  const dead = spawn(
    process.execPath,
    ['-e', `require('net').createServer().listen(${JSON.stringify(path)},()=>console.log('up'))`],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  await once(dead.stdout, 'data');
  dead.kill('SIGKILL');
  await once(dead, 'exit');
  assert.ok(existsSync(path));
  const { http } = await start(t, { listeners: [{ kind: 'unix', path }] });
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.equal((await ask({ socketPath: path, path: '/change' })).status, 200);
  await refuse(
    { listeners: [{ kind: 'unix', path }] },
    'socket-in-use',
    new RegExp(`process ${process.pid} \\(`),
  );
  await http.close(0);
  assert.ok(!existsSync(path));
  writeFileSync(path, 'mine');
  await refuse({ listeners: [{ kind: 'unix', path }] }, 'not-a-socket', /no socket/);
  const open = join(folder, 'open');
  mkdirSync(open);
  chmodSync(open, 0o755);
  await refuse({ listeners: [{ kind: 'unix', path: join(open, 's') }] }, 'unsafe-folder', /0755, not 0700/);
});

test('tokens that cannot be told apart or guessed at once are refused', async () => {
  const token = (name: string, secret: string) => ({ name, secret, role: 'viewer' }) as const;
  await refuse({ tokens: [token('a', 'short')] }, 'bad-token', /shorter than 8/);
  await refuse(
    { tokens: [token('a', 'long-enough'), token('a', 'long-enough2')] },
    'bad-token',
    /two of that name/,
  );
  await refuse({ tokens: [token('a:b', 'long-enough')] }, 'bad-token', /colon/);
});

test('at shutdown streams end with their last record, open calls are answered, and nothing new is taken', async (t) => {
  const streams: { end: (text: string) => void }[] = [];
  let release = (): void => {};
  const { http, port } = await start(t, {}, [
    {
      method: 'GET',
      path: '/stream',
      summary: 'A stream',
      tag: 'test',
      role: 'viewer',
      raw: (_request, response) => {
        response.writeHead(200);
        response.write('first ');
        streams.push(response);
      },
    },
    {
      method: 'GET',
      path: '/hold',
      summary: 'Waits',
      tag: 'test',
      role: 'viewer',
      handle: () =>
        new Promise((resolve) => {
          release = () => resolve({ status: 200, body: '"held"' });
        }),
    },
  ]);
  let hook = '';
  http.onDrain(() => {
    hook += 'ran';
    for (const stream of streams) stream.end('last');
    release();
  });
  http.onDrain(() => {
    throw new Error('one that fails');
  });
  const stream = ask({ port, path: '/stream' });
  const hold = ask({ port, path: '/hold' });
  const idle = raw(port, `GET /open HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
  while (streams.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  const gauge = () => counters.list().find(({ name }) => name === 'http.in-flight')?.value;
  while (gauge() !== 2) await new Promise((resolve) => setTimeout(resolve, 5));
  await Promise.all([http.close(10_000), http.close(10_000)]);
  assert.equal(hook, 'ran');
  assert.equal((await stream).text, 'first last');
  assert.equal((await hold).text, '"held"');
  assert.match(await idle, /^HTTP\/1\.1 200 /);
  assert.equal(await raw(port, 'GET / HTTP/1.1\r\n\r\n'), '');
});

test('what does not end is cut after the grace', async (t) => {
  const { http, port, logged } = await start(t, {}, [
    {
      method: 'GET',
      path: '/forever',
      summary: 'A stream without end',
      tag: 'test',
      role: 'viewer',
      raw: (_request, response) => {
        response.writeHead(200);
        response.write('first');
      },
    },
  ]);
  const text = raw(port, `GET /forever HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
  const gauge = () => counters.list().find(({ name }) => name === 'http.in-flight')?.value;
  while (gauge() !== 1) await new Promise((resolve) => setTimeout(resolve, 5));
  await http.close(50);
  assert.match(await text, /first/);
  assert.ok(logged().some(({ msg }) => msg === 'open requests were cut'));
});
