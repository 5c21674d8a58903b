import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { metaAlias, metaRoutes } from '../../src/meta/index.js';
import { ENV_KEYS, jsonCodec, openLmdbStore } from '../../src/store/index.js';
import { ask, scratch, start } from '../http/support.js';
import { projectRoot } from '../support/index.js';
import { BEARER, BY_TOKEN } from './support/meta.js';

const page = readFileSync(join(projectRoot, 'docs', 'cluster.md'), 'utf8');

test('what docs/cluster.md prints is what a server answers', async (t) => {
  const folder = join(scratch(t), 'data');
  const store = await openLmdbStore({ folder, address: '127.0.0.1:34601' });
  t.after(() => store.close());
  const envs = { default_ttl: '86400', 'replica.slow_query_threshold': '100' };
  await store.log({ name: 'audit', kind: 'log', partitions: 4, envs }, jsonCodec());
  const { port } = await start(t, { ...BY_TOKEN, aliases: [metaAlias()] }, metaRoutes(store));
  const calls = [...page.matchAll(/^\$ curl -s '127\.0\.0\.1:34601(\/meta\/\S*)'\n(.*)$/gm)];
  assert.ok(calls.length >= 9);
  for (const [, path = '', printed = ''] of calls) {
    const { text } = await ask({ port, path, headers: BEARER });
    const answered = text
      .replaceAll(/"create_time":"[^"]*"/g, '"create_time":"2026-11-22 07:40:01.000"')
      .replace(folder, '/var/lib/remora/store')
      .trimEnd();
    assert.equal(answered, printed, path);
  }
});

test('docs/cluster.md names every env', () => {
  for (const key of ENV_KEYS) assert.ok(page.includes(`\`${key}\``), key);
});
