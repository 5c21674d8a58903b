import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { appEnvsView, appsView, appView, clusterView, nodesView } from '../../src/meta/views.js';
import { projectRoot } from '../support/index.js';
import { documentedStore } from './support/documentedStore.js';
import { get, startMeta } from './support/meta.js';

/** The examples of the document that the mission names, as they are printed there. */
interface Documented {
  readonly request: string;
  readonly response: Record<string, unknown>;
}

const documented = JSON.parse(
  readFileSync(`${projectRoot}/test/meta/transcripts/documented.json`, 'utf8'),
) as Documented[];

function example(path: string): Documented {
  const found = documented.find(({ request }) => request.split(/[ ?]/)[1] === path);
  assert.ok(found, path);
  return found;
}

const ADDRESS = /^[\w.-]+:\d+$/;

/** What a member is, with ids and addresses as names left out: they differ from cluster to cluster. */
function shapeOf(value: unknown): unknown {
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value);
    const isMap = members.every(([name]) => /^\d+$/.test(name) || ADDRESS.test(name) || name === 'total');
    if (isMap && members.length > 0) return { each: shapeOf(members[0]?.[1]) };
    return Object.fromEntries(
      members.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, each]) => [name, shapeOf(each)]),
    );
  }
  assert.equal(typeof value, 'string', 'every leaf is a string');
  const text = String(value);
  if (/^\d+$/.test(text)) return 'number';
  if (/^\d+\.\d\d$/.test(text)) return 'two decimals';
  if (/^\d+\/\d+$/.test(text)) return 'of';
  if (/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.000$/.test(text)) return 'time';
  if (/^\[.*\]$/.test(text)) return 'list';
  if (/^move_pri=-?\d+,copy_pri=-?\d+,copy_sec=-?\d+,total=-?\d+$/.test(text)) return 'balance';
  return text.split(',').every((part) => ADDRESS.test(part)) ? 'address' : 'text';
}

test('every documented example: asked as it is printed, answered in its shape', async (t) => {
  const meta = await startMeta(t);
  const { request: envsRequest } = example('/meta/app_envs');
  assert.equal(documented.length, 5);
  for (const { request, response } of documented) {
    const [, path = ''] = request.split(' ');
    const answer = await get(meta, path);
    assert.equal(answer.status, 200, request);
    assert.equal(answer.headers['content-type'], 'application/json');
    assert.ok(
      answer.text.endsWith('}\n') && !answer.text.includes(' :') && !answer.text.slice(0, -1).includes('\n'),
    );
    const got = JSON.parse(answer.text) as Record<string, unknown>;
    if (request === envsRequest) assert.deepEqual(got, response);
    // An embedded store is one engine without a host and port of its own.
    const expected = shapeOf({
      ...response,
      ...('zookeeper_hosts' in response ? { zookeeper_hosts: 'embedded' } : {}),
    });
    assert.deepEqual(shapeOf(got), expected, request);
  }
});

test('the documented cluster, as a store would describe it, is shown value by value', async () => {
  const store = documentedStore();
  const app = JSON.parse(await appView(store, 'stat', true)) as object;
  assert.deepEqual(app, example('/meta/app').response);
  // That page shows its tables before somebody set envs.
  const before = documentedStore({
    tables: async () => (await store.tables()).map((info) => ({ ...info, envs: {} })),
  });
  const apps = JSON.parse(await appsView(before, true)) as { healthy_info: object; summary: object };
  const documentedApps = example('/meta/apps').response as typeof apps;
  // That page's two examples contradict each other; by the one formula 2 of 3 replicas can be written.
  for (const row of Object.values(documentedApps.healthy_info)) row.write_unhealthy = '0';
  assert.deepEqual(apps, {
    ...documentedApps,
    summary: { ...documentedApps.summary, write_unhealthy_app_count: '0' },
  });
  assert.deepEqual(JSON.parse(await nodesView(store, true)), example('/meta/nodes').response);
  assert.deepEqual(JSON.parse(await appEnvsView(store, 'temp')), example('/meta/app_envs').response);
  const cluster = JSON.parse(await clusterView(store)) as object;
  assert.deepEqual(cluster, {
    ...example('/meta/cluster').response,
    // One primary is what a store knows; and two of three nodes are too few to move anything.
    meta_servers: '127.0.0.1:34601',
    meta_function_level: 'freezed',
  });
});
