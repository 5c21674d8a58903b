import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AuditRecord } from '../../src/base/index.js';
import { tableRoutes } from '../../src/meta/index.js';
import { ask, start } from '../http/support.js';
import { BEARER, BY_TOKEN, startMeta } from './support/meta.js';

test('envs are set by an admin, checked, audited, and at work at once', async (t) => {
  const { store, port: metaPort } = await startMeta(t);
  const records: AuditRecord[] = [];
  const { port } = await start(
    t,
    BY_TOKEN,
    tableRoutes(store, { write: (record) => void records.push(record) }),
  );
  const post = (body: unknown) =>
    ask({
      port,
      method: 'POST',
      path: '/remora/tables/envs',
      headers: BEARER,
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  const set = await post({ table: 'stat', envs: { default_ttl: '60', 'business.info': 'for tests' } });
  assert.equal(set.status, 200, set.text);
  const shown = await ask({ port: metaPort, path: '/meta/app_envs?name=stat', headers: BEARER });
  assert.equal(shown.text, '{"business.info":"for tests","default_ttl":"60"}\n');
  const { tables } = JSON.parse((await ask({ port, path: '/remora/tables', headers: BEARER })).text) as {
    tables: { spec: { name: string }; envs: object }[];
  };
  assert.deepEqual(tables.find(({ spec }) => spec.name === 'stat')?.envs, {
    default_ttl: '60',
    'business.info': 'for tests',
  });
  const refused: [unknown, number, RegExp][] = [
    [{ table: 'stat', envs: { default_ttl: '-1' } }, 400, /invalid value '-1', should be '>= 0'/],
    [{ table: 'stat', envs: { nope: '1' } }, 400, /app_env 'nope' is not supported/],
    [{ table: 'nothing', envs: {} }, 404, /There is no table 'nothing'/],
    [{ table: 'stat', envs: { default_ttl: 5 } }, 400, /is no text/],
    [{ table: 'stat', envs: ['a'] }, 400, /The body is not/],
    [{ table: 'stat' }, 400, /The body is not/],
    ['null', 400, /The body is not/],
    ['{', 400, /no JSON/],
    ['', 400, /no JSON/],
  ];
  for (const [body, status, text] of refused) {
    const answer = await post(body);
    assert.equal(answer.status, status, answer.text);
    assert.match(answer.text, text);
  }
  assert.equal(
    (await ask({ port: metaPort, path: '/meta/app_envs?name=stat', headers: BEARER })).text,
    shown.text,
  );
  assert.deepEqual(
    records.map(({ action, outcome }) => `${action} ${outcome}`),
    [
      'table.set-envs ok',
      'table.set-envs bad-env',
      'table.set-envs bad-env',
      'table.set-envs table-not-found',
    ],
  );
  assert.deepEqual(records[0]?.detail, {
    table: 'stat',
    envs: { default_ttl: '60', 'business.info': 'for tests' },
  });
});
