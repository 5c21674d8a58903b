/** `/arthas-output/` over a real listener: who may see which file, how it is sent, and what no path leads to. */
import assert from 'node:assert/strict';
import { symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Risk } from '../../../src/base/index.js';
import { type OutputAccess, OutputFolder, outputRoutes } from '../../../src/diagnose/index.js';
import { scratch, start } from '../../http/support.js';

const TOKENS = (['viewer', 'operator', 'admin'] as const).map((role) => ({
  name: role,
  role,
  secret: `${role}-secret-secret-secret-secret-secret`,
}));

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

async function serve(t: TestContext, allow: readonly Risk[] = ['read', 'observe', 'change']) {
  const place = join(scratch(t), 'output');
  const folder = new OutputFolder(() => place);
  const events: OutputAccess[] = [];
  const routes = outputRoutes({ folder, allow, onAccess: (event) => events.push(event) });
  const { port } = await start(t, { trust: 'token', tokens: TOKENS }, routes);
  /** Sends the path as it is: `fetch` would tidy it. */
  const call = (
    path: string,
    role: 'viewer' | 'operator' | 'admin' | 'nobody' = 'admin',
    { method = 'GET', headers = {} }: { method?: string; headers?: Record<string, string> } = {},
  ): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const token = TOKENS.find(({ name }) => name === role)?.secret;
      const authorization = token ? { authorization: `Bearer ${token}` } : {};
      request(
        { port, host: '127.0.0.1', path, method, headers: { ...authorization, ...headers } },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers as Record<string, string>,
              body: Buffer.concat(chunks).toString(),
            }),
          );
        },
      )
        .on('error', reject)
        .end();
    });
  const write = async (name: string, text: string, risk: Risk): Promise<void> => {
    const file = await folder.create(name, { risk });
    await file.write(text);
    await file.close();
  };
  return { call, write, folder, place, events };
}

test('a file is for the role that its command asks for, and the listing shows no others', async (t) => {
  const { call, write, events } = await serve(t);
  await write('seen.txt', 'read', 'read');
  await write('flame.html', '<script>1</script>', 'observe');
  await write('heap.heapsnapshot', '{}', 'change');
  const rows: [string, number[]][] = [
    ['seen.txt', [401, 200, 200, 200]],
    ['flame.html', [401, 403, 200, 200]],
    ['heap.heapsnapshot', [401, 403, 403, 200]],
  ];
  for (const [name, statuses] of rows) {
    for (const [index, role] of (['nobody', 'viewer', 'operator', 'admin'] as const).entries()) {
      const { status, body } = await call(`/arthas-output/${name}`, role);
      assert.equal(status, statuses[index], `${name} for ${role}: ${body}`);
    }
  }
  assert.equal(events.filter(({ outcome }) => outcome === 'refused').length, 3);
  assert.equal(events.filter(({ outcome }) => outcome === 'ok').length, 6);
  const { body } = await call('/arthas-output/', 'operator');
  const listed = JSON.parse(body) as {
    files: { name: string; url: string; bytes: number }[];
    hidden: number;
  };
  assert.deepEqual(listed.files.map(({ name }) => name).sort(), ['flame.html', 'seen.txt']);
  assert.equal(listed.hidden, 1);
  const page = await call('/arthas-output/', 'admin', { headers: { accept: 'text/html' } });
  assert.match(page.headers['content-security-policy'] ?? '', /default-src 'none'/);
  assert.match(page.body, /<a href="\/arthas-output\/flame\.html">flame\.html<\/a>/);
  const redirect = await call('/arthas-output', 'viewer');
  assert.deepEqual([redirect.status, redirect.headers.location], [302, '/arthas-output/']);
});

test('what the agent does not allow it does not hand out either', async (t) => {
  const { call, write } = await serve(t, ['read', 'observe']);
  await write('heap.heapsnapshot', '{}', 'change');
  const { status, body } = await call('/arthas-output/heap.heapsnapshot');
  assert.equal(status, 403);
  assert.match(body, /--allow change/);
  assert.equal((await call('/arthas-output/heap.heapsnapshot', 'admin', { method: 'DELETE' })).status, 403);
});

test('pages run their own script in an origin of their own; other types are saved or shown as text', async (t) => {
  const { call, write } = await serve(t);
  for (const name of [
    'a.html',
    'a.txt',
    'a.md',
    'a.collapsed',
    'a.cpuprofile',
    'a.heapsnapshot',
    'a.pb.gz',
    'a.svg',
    'a',
  ])
    await write(name, '<script>alert(1)</script>', 'observe');
  const html = await call('/arthas-output/a.html');
  assert.equal(html.headers['content-type'], 'text/html; charset=utf-8');
  assert.equal(html.headers['content-disposition'], 'inline; filename="a.html"');
  const policy = html.headers['content-security-policy'] ?? '';
  assert.match(policy, /^default-src 'none'; script-src 'unsafe-inline'/);
  assert.match(policy, /sandbox allow-scripts$/);
  assert.doesNotMatch(policy, /allow-same-origin|connect-src|allow-top-navigation/);
  const kinds: [string, string, string][] = [
    ['a.txt', 'text/plain; charset=utf-8', 'inline'],
    ['a.md', 'text/plain; charset=utf-8', 'inline'],
    ['a.collapsed', 'text/plain; charset=utf-8', 'inline'],
    ['a.cpuprofile', 'application/json', 'attachment'],
    ['a.heapsnapshot', 'application/json', 'attachment'],
    ['a.pb.gz', 'application/octet-stream', 'attachment'],
    ['a.svg', 'application/octet-stream', 'attachment'],
    ['a', 'application/octet-stream', 'attachment'],
  ];
  for (const [name, type, disposition] of kinds) {
    const { headers, body } = await call(`/arthas-output/${name}`);
    assert.equal(headers['content-type'], type, name);
    assert.equal(headers['content-disposition'], `${disposition}; filename="${name}"`);
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.match(headers['content-security-policy'] ?? '', /default-src 'none'.*sandbox$/);
    assert.equal(body, '<script>alert(1)</script>');
  }
});

test('no path leads out of the folder, over a link, or to an unfinished file', async (t) => {
  const { call, write, folder, place } = await serve(t);
  await write('in.txt', 'inside', 'observe');
  writeFileSync(join(place, 'secret.txt'), 'secret');
  symlinkSync(join(place, 'secret.txt'), join(place, 'observe', 'link.txt'));
  const open = await folder.create('open.txt');
  await open.write('unfinished');
  const paths = [
    ...[
      '../secret.txt',
      '..%2fsecret.txt',
      '%2e%2e/secret.txt',
      '%2e%2e%2fsecret.txt',
      '..%5csecret.txt',
      '//secret.txt',
    ],
    ...[
      'observe/in.txt',
      './in.txt',
      'in.txt/',
      'in.txt%00',
      '%',
      '%zz',
      'link.txt',
      'open.txt',
      '.open.txt.1-1.part',
    ],
  ];
  for (const path of paths) {
    for (const method of ['GET', 'HEAD', 'DELETE']) {
      const { status, body } = await call(`/arthas-output/${path}`, 'admin', { method });
      assert.ok([400, 404].includes(status), `${method} ${path}: ${status}`);
      assert.doesNotMatch(body, /secret\b(?!\.txt)|inside|unfinished/);
    }
  }
  await open.abort();
});

test('a broken download goes on where it stopped; HEAD tells the size', async (t) => {
  const { call, write } = await serve(t);
  await write('big.pb.gz', '0123456789', 'observe');
  const head = await call('/arthas-output/big.pb.gz', 'operator', { method: 'HEAD' });
  assert.deepEqual([head.status, head.headers['content-length'], head.body], [200, '10', '']);
  const ranges: [string, number, string][] = [
    ['bytes=4-', 206, '456789'],
    ['bytes=4-5', 206, '45'],
    ['bytes=9-100', 206, '9'],
    ['bytes=10-', 200, '0123456789'],
    ['bytes=-3', 200, '0123456789'],
    ['bytes=0-1,3-4', 200, '0123456789'],
    ['lines=1-2', 200, '0123456789'],
  ];
  for (const [range, status, body] of ranges) {
    const answer = await call('/arthas-output/big.pb.gz', 'operator', { headers: { range } });
    assert.deepEqual([answer.status, answer.body], [status, body], range);
  }
  await write('empty.txt', '', 'observe');
  const empty = await call('/arthas-output/empty.txt');
  assert.deepEqual([empty.status, empty.headers['content-length'], empty.body], [200, '0', '']);
});

test('a file is removed by who may read it', async (t) => {
  const { call, write, folder, events } = await serve(t);
  await write('heap.heapsnapshot', '{}', 'change');
  assert.equal(
    (await call('/arthas-output/heap.heapsnapshot', 'operator', { method: 'DELETE' })).status,
    403,
  );
  assert.equal((await call('/arthas-output/heap.heapsnapshot', 'admin', { method: 'DELETE' })).status, 200);
  assert.deepEqual(await folder.list(), []);
  assert.equal((await call('/arthas-output/heap.heapsnapshot', 'admin', { method: 'DELETE' })).status, 404);
  assert.deepEqual(
    events.map(({ what, outcome }) => [what, outcome]),
    [
      ['remove', 'refused'],
      ['remove', 'ok'],
    ],
  );
});
