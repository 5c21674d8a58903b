import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ClientCertificates } from '../../src/http/clientCertificates.js';
import { run, scratch, start } from './support.js';

/** A key and a certificate, signed by `authority` or by itself. */
async function certificate(folder: string, name: string, authority?: string): Promise<void> {
  const at = (ending: string, of = name) => join(folder, `${of}.${ending}`);
  const key = 'ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1'.split(' ');
  const by = authority ? ['-CA', at('pem', authority), '-CAkey', at('key', authority)] : [];
  const common = name.split('-')[0];
  const made = await run('openssl', [
    ...['req', '-x509', '-newkey', ...key, '-subj', `/CN=${common}`, ...by],
    ...['-keyout', at('key'), '-out', at('pem')],
  ]);
  assert.equal(made.code, 0, `openssl cannot make a certificate here: ${made.stderr}`);
}

test('a client is known by a certificate of our authority, and by nothing less', async (t) => {
  const folder = scratch(t);
  await certificate(folder, 'authority');
  await certificate(folder, 'other');
  await certificate(folder, 'localhost');
  await certificate(folder, 'watcher', 'authority');
  await certificate(folder, 'boss', 'authority');
  await certificate(folder, 'guest', 'authority');
  await certificate(folder, 'boss-forged', 'other');
  const file = (name: string) => join(folder, name);
  const { port } = await start(t, {
    listeners: [{ kind: 'tcp', host: '0.0.0.0', port: 0, required: true }],
    tls: {
      key: readFileSync(file('localhost.key')),
      cert: readFileSync(file('localhost.pem')),
      clientCa: readFileSync(file('authority.pem')),
    },
    clients: [
      { name: 'watcher', role: 'viewer' },
      { name: 'boss', role: 'admin' },
    ],
  });
  const ask = async (name: string | undefined, path: string, ...more: string[]): Promise<number> => {
    const own = name ? ['--cert', file(`${name}.pem`), '--key', file(`${name}.key`)] : [];
    const url = `https://127.0.0.1:${port}${path}`;
    const got = await run('curl', [
      '-sS',
      '-k',
      '-o',
      file('body'),
      '-w',
      '%{http_code}',
      ...own,
      ...more,
      url,
    ]);
    return Number(got.stdout);
  };
  assert.equal(await ask('watcher', '/who'), 200);
  assert.equal(await ask('watcher', '/change'), 403);
  assert.equal(await ask('boss', '/change'), 200);
  assert.equal(await ask('boss-forged', '/who'), 401);
  assert.equal(await ask('guest', '/who'), 401);
  assert.equal(await ask(undefined, '/who'), 401);
  assert.equal(await ask('boss', '/who', '-H', 'X-Forwarded-For: 192.0.2.1'), 401);
  assert.equal(await ask('boss', '/who', '-H', 'Host: elsewhere.example'), 401);
  assert.equal(await ask('boss', '/who', '-H', 'Origin: https://elsewhere.example'), 403);
});

test('names of clients are checked where they are given', () => {
  const bad = { code: 'bad-client' };
  assert.throws(() => new ClientCertificates([{ name: '', role: 'viewer' }]), bad);
  const twice = [
    { name: 'a', role: 'viewer' },
    { name: 'a', role: 'admin' },
  ] as const;
  assert.throws(() => new ClientCertificates(twice), bad);
});
