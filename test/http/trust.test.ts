import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Audit, createLog } from '../../src/base/index.js';
import { defaultTrust, type Token } from '../../src/http/index.js';
import { ask, curlStatus, isRoot, limit, NEEDS_ROOT, run, STRANGER_UID, scratch, start } from './support.js';

const TOKENS: Token[] = [
  { name: 'vera', secret: 'viewer-secret', role: 'viewer' },
  { name: 'otto', secret: 'operator-secret', role: 'operator' },
];
const basic = (name: string, secret: string): string =>
  `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`;

test('curl of our own user is admin by its uid', async (t) => {
  const { port } = await start(t);
  for (const host of ['127.0.0.1', 'localhost']) {
    assert.equal(await curlStatus([`http://${host}:${port}/change`]), 200, host);
  }
  const { stdout } = await run('curl', ['-sS', `http://127.0.0.1:${port}/who`]);
  const { caller } = JSON.parse(stdout) as { caller: Record<string, string> };
  assert.equal(caller.kind, 'uid');
  assert.equal(caller.role, 'admin');
  assert.equal(caller.user, `uid:${process.getuid?.()}`);
});

test('our own user is known over IPv6 and over a dual-stack listener', async (t) => {
  const six = await start(t, {
    listeners: [{ kind: 'tcp', host: '::1', port: 0, required: false }],
  });
  if (six.port === 0) {
    t.skip('this machine has no IPv6 loopback');
    return;
  }
  assert.equal(await curlStatus([`http://[::1]:${six.port}/who`]), 200);
});

test("another user's curl is a stranger: 401 that says whose Remora it is and how to go on", async (t) => {
  if (!isRoot) return t.skip(NEEDS_ROOT);
  const { port, calls } = await start(t, { tokens: TOKENS });
  const url = `http://127.0.0.1:${port}`;
  const { stdout } = await run('curl', ['-sSi', `${url}/who`], { uid: STRANGER_UID });
  assert.match(stdout, /^HTTP\/1\.1 401 /);
  assert.match(stdout, /www-authenticate: Basic realm="Remora of /i);
  assert.match(stdout, /content-type: text\/plain/i);
  assert.match(stdout, /This is the Remora of .*uid 0/);
  assert.match(stdout, /comes from uid 65534/);
  assert.match(stdout, /Bearer SECRET/);
  assert.equal(calls(), 0);
  assert.equal(await curlStatus([`${url}/open`], STRANGER_UID), 200);
  const bearer = ['-H', 'Authorization: Bearer viewer-secret'];
  assert.equal(await curlStatus([...bearer, `${url}/who`], STRANGER_UID), 200);
  assert.equal(calls(), 1);
});

test('what says that a request was passed on makes it a stranger’s', async (t) => {
  const { port, calls } = await start(t);
  const names = [
    'Forwarded',
    'X-Forwarded-For',
    'X-Forwarded-Host',
    'X-Forwarded-Proto',
    'X-Real-IP',
    'Via',
    'CF-Connecting-IP',
    'CF-Ray',
    'Tailscale-User-Login',
  ];
  for (const name of names) {
    const { status, text } = await ask({ port, headers: { [name]: 'x' } });
    assert.equal(status, 401, name);
    assert.match(text, new RegExp(`has the header ${name.toLowerCase()}`));
  }
  assert.equal(calls(), 0);
});

test('a Host that is not ours, or has another port, makes a stranger', async (t) => {
  const { port, calls } = await start(t, { hosts: ['remora.example'] });
  for (const host of [
    'evil.example',
    `evil.example:${port}`,
    'localhost',
    `localhost:${port + 1}`,
    '127.0.0.1',
  ]) {
    const { status } = await ask({ port, headers: { host } });
    assert.equal(status, 401, host);
  }
  assert.equal(calls(), 0);
  assert.equal((await ask({ port, headers: { host: `remora.example:${port}` } })).status, 200);
  assert.equal((await ask({ port, headers: { host: `[::1]:${port}` } })).status, 200);
});

test("a page of another site is refused on every route, also with the browser's own basic credentials", async (t) => {
  const { port, calls } = await start(t, { tokens: TOKENS });
  const foreign: Record<string, string>[] = [
    { origin: 'http://evil.example' },
    { origin: 'null' },
    { origin: `http://localhost:${port + 1}` },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ];
  for (const headers of foreign) {
    for (const path of ['/who', '/open', '/', '/healthz']) {
      const { status, text } = await ask({ port, path, headers });
      assert.equal(status, 403, `${JSON.stringify(headers)} ${path}`);
      assert.equal(JSON.parse(text).error.code, 'cross-site');
    }
    const withBasic = { ...headers, authorization: basic('vera', 'viewer-secret') };
    assert.equal((await ask({ port, headers: withBasic })).status, 403);
  }
  assert.equal(calls(), 0);
  const own = `127.0.0.1:${port}`;
  const sameSite = { origin: `http://${own}`, host: own, 'sec-fetch-site': 'same-origin' };
  assert.equal((await ask({ port, headers: sameSite })).status, 200);
  const token = { origin: 'http://evil.example', authorization: 'Bearer viewer-secret' };
  assert.equal((await ask({ port, headers: token })).status, 200);
});

test('tokens: bearer and basic give their role, wrong ones are refused, URLs are not looked at', async (t) => {
  const { port } = await start(t, { trust: 'token', tokens: TOKENS });
  const status = async (authorization: string, path = '/who'): Promise<number> =>
    (await ask({ port, path, headers: { authorization } })).status;
  assert.equal(await status('Bearer viewer-secret'), 200);
  assert.equal(await status('bearer viewer-secret'), 200);
  assert.equal(await status(basic('vera', 'viewer-secret')), 200);
  assert.equal(await status(basic('otto', 'viewer-secret')), 401);
  for (const wrong of [
    'Bearer nothing',
    'Bearer ',
    'Basic !!!',
    'Basic bm9jb2xvbg==',
    'Digest x',
    'viewer-secret',
  ]) {
    assert.equal(await status(wrong), 401, wrong);
  }
  assert.equal(await status('Bearer viewer-secret', '/change'), 403);
  const refused = await ask({ port, path: '/change', headers: { authorization: 'Bearer operator-secret' } });
  assert.equal(JSON.parse(refused.text).error.code, 'role-too-small');
  assert.equal((await ask({ port })).status, 401);
  assert.equal((await ask({ port, path: '/who?password=viewer-secret&username=vera' })).status, 401);
  assert.equal(
    (await ask({ port, path: '/open', headers: { authorization: 'Bearer wrong-one' } })).status,
    200,
  );
});

test('credentials that are wrong are not made good by the uid', async (t) => {
  const { port } = await start(t, { tokens: TOKENS });
  assert.equal((await ask({ port, headers: { authorization: 'Bearer wrong-one' } })).status, 401);
});

test('trust off: TCP knows nobody, the Unix socket does', async (t) => {
  const socketPath = join(scratch(t), 's');
  const { port } = await start(t, {
    trust: 'off',
    tokens: TOKENS,
    listeners: [
      { kind: 'tcp', host: '127.0.0.1', port: 0, required: true },
      { kind: 'unix', path: socketPath },
    ],
  });
  assert.equal((await ask({ port })).status, 401);
  assert.equal((await ask({ port, headers: { authorization: 'Bearer viewer-secret' } })).status, 401);
  assert.equal((await ask({ port, path: '/open' })).status, 200);
  const unix = await ask({ socketPath, path: '/change' });
  assert.equal(unix.status, 200);
  assert.deepEqual(JSON.parse(unix.text).caller, {
    kind: 'unix',
    user: `uid:${process.getuid?.()}`,
    role: 'admin',
    address: 'unix',
  });
});

const CALL = (url: string): string =>
  `require('http').get('${url}',{agent:false},(r)=>{console.log(r.statusCode);r.resume();r.on('end',()=>process.exit())})`;

test('a process that is one of our targets is a stranger', async (t) => {
  let target = 0;
  const { port } = await start(t, { isTarget: (pid) => pid === target });
  const script = `process.stdin.resume();process.stdin.on('end',()=>{${CALL(`http://127.0.0.1:${port}/who`)}})`;
  const attached = await run(process.execPath, ['-e', script], {
    started: (pid) => {
      target = pid;
    },
  });
  assert.equal(attached.stdout.trim(), '401');
  target = 0;
  assert.equal((await run(process.execPath, ['-e', script])).stdout.trim(), '200');
});

test('a process that listens for other machines is a stranger, one that listens on loopback is not', async (t) => {
  const { port } = await start(t);
  const script = (host: string): string =>
    `require('net').createServer().listen(0,'${host}',()=>{${CALL(`http://127.0.0.1:${port}/who`)}})`;
  assert.equal((await run(process.execPath, ['-e', script('0.0.0.0')])).stdout.trim(), '401');
  assert.equal((await run(process.execPath, ['-e', script('127.0.0.1')])).stdout.trim(), '200');
});

test('a program that passes on what others send is a stranger by its name', async (t) => {
  const which = (await run('sh', ['-c', 'command -v curl'])).stdout.trim();
  const { port } = await start(t);
  const copy = join(scratch(t), 'nginx');
  copyFileSync(realpathSync(which), copy);
  const { stdout } = await run(copy, ['-sS', `http://127.0.0.1:${port}/who`]);
  assert.match(stdout, /\(nginx\), which passes on what others send/);
});

test('a process in namespaces of its own is a stranger', async (t) => {
  if (!isRoot) return t.skip(NEEDS_ROOT);
  const { port } = await start(t);
  const { code, stdout, stderr } = await run('unshare', [
    '--mount',
    'curl',
    '-sS',
    `http://127.0.0.1:${port}/who`,
  ]);
  if (code !== 0) return t.skip(`unshare is not possible here: ${stderr.trim()}`);
  assert.match(stdout, /in another container or namespace/);
});

test('a socket that our user made and a process of another user holds is a stranger', async (t) => {
  if (!isRoot) return t.skip(NEEDS_ROOT);
  const { port } = await start(t);
  const flag = join(scratch(t), 'flag');
  writeFileSync(flag, '');
  const request = JSON.stringify(`GET /who HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`);
  const script = `const fd=require('fs').openSync('${flag}','w');
    const s=require('net').connect(${port},'127.0.0.1',()=>{process.setgid(65534);process.setuid(65534);
    require('fs').writeSync(fd,'dropped');s.write(${request})});s.on('data',(d)=>console.log(String(d).slice(9,12)))`;
  const child = run(process.execPath, ['-e', script], {
    started: () => {
      // The kernel accepts for us meanwhile; our loop only looks once the child is another user.
      const cell = new Int32Array(new SharedArrayBuffer(4));
      for (let waited = 0; waited < 2000 && readFileSync(flag, 'utf8') === ''; waited++) {
        Atomics.wait(cell, 0, 0, 10);
      }
    },
  });
  assert.equal((await child).stdout.trim(), '401');
});

test('above the row limit nobody is looked up', async (t) => {
  limit(t, 'http-trust-rows', 0);
  const { port } = await start(t);
  const { status, text } = await ask({ port });
  assert.equal(status, 401);
  assert.match(text, /too many to look yours up/);
});

test('refusals are audited, a bounded number of them in a minute', async (t) => {
  limit(t, 'http-refusals-audited', 5);
  const audit = new Audit(join(scratch(t), 'audit'), createLog({ level: 'silent' }));
  t.after(() => audit.close());
  const { port } = await start(t, { audit, trust: 'token' });
  for (let count = 0; count < 12; count++) await ask({ port, path: '/who?token=very-secret' });
  const lines = readFileSync(audit.path, 'utf8').trim().split('\n');
  // A minute may turn over in between.
  assert.ok(lines.length >= 5 && lines.length <= 10, `${lines.length} records`);
  const record = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
  assert.equal(record.action, 'http.refused');
  assert.equal(record.outcome, 'unknown-caller');
  assert.equal(record.command, 'GET /who');
  assert.ok(!readFileSync(audit.path, 'utf8').includes('very-secret'));
});

test('inside a Kubernetes pod the uid is not the default', () => {
  assert.equal(defaultTrust('uid', { KUBERNETES_SERVICE_HOST: '10.0.0.1' }), 'token');
  assert.equal(defaultTrust('uid', {}), 'uid');
  assert.equal(defaultTrust('off', { KUBERNETES_SERVICE_HOST: '10.0.0.1' }), 'off');
});
