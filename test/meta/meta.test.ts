import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareAddresses } from '../../src/meta/addresses.js';
import { deviation } from '../../src/meta/balance.js';
import { healthOf } from '../../src/meta/health.js';
import { appsView, appView, clusterView, nodesView } from '../../src/meta/views.js';
import { jsonCodec, type PartitionInfo } from '../../src/store/index.js';
import { ask, raw } from '../http/support.js';
import { documentedStore } from './support/documentedStore.js';
import { BEARER, get, startMeta } from './support/meta.js';

const PREFIX = 'failed to parse request: ERR_INVALID_PARAMETERS: ';

test('the exact bytes of a new store (sections 3 and 9)', async (t) => {
  const meta = await startMeta(t);
  // Table 1 is the registry; as in a fresh Pegasus cluster the first table of one's own is 2.
  assert.equal(
    (await get(meta, '/meta/app?name=stat')).text,
    '{"general":{"app_name":"stat","app_id":"2","partition_count":"4","max_replica_count":"1"}}\n',
  );
  assert.equal(
    (await get(meta, '/meta/app?name=table&detail')).text,
    '{"general":{"app_name":"table","app_id":"1","partition_count":"1","max_replica_count":"1"},' +
      '"replicas":{"0":{"pidx":"0","ballot":"1","replica_count":"1/1","primary":"127.0.0.1:34601","secondaries":"[]"}},' +
      '"nodes":{"127.0.0.1:34601":{"node":"127.0.0.1:34601","primary":"1","secondary":"0","total":"1"},' +
      '"total":{"node":"total","primary":"1","secondary":"0","total":"1"}},' +
      '"healthy":{"fully_healthy_partition_count":"1","unhealthy_partition_count":"0",' +
      '"write_unhealthy_partition_count":"0","read_unhealthy_partition_count":"0"}}\n',
  );
  assert.equal(
    (await get(meta, '/meta/nodes')).text,
    '{"details":{"127.0.0.1:34601":{"address":"127.0.0.1:34601","status":"ALIVE"}},' +
      '"summary":{"total_node_count":"1","alive_node_count":"1","unalive_node_count":"0"}}\n',
  );
  assert.match(
    (await get(meta, '/meta/nodes?detail')).text,
    /"replica_count":"13","primary_count":"13","secondary_count":"0"/,
  );
  assert.equal(
    (await get(meta, '/meta/cluster')).text,
    '{"meta_servers":"127.0.0.1:34601","primary_meta_server":"127.0.0.1:34601","zookeeper_hosts":"embedded",' +
      `"zookeeper_root":"${meta.folder}","meta_function_level":"freezed",` +
      '"balance_operation_count":"move_pri=0,copy_pri=0,copy_sec=0,total=0",' +
      '"primary_replica_count_stddev":"0.00","total_replica_count_stddev":"0.00"}\n',
  );
  const apps = (await get(meta, '/meta/apps')).text;
  assert.match(
    apps,
    /^\{"general_info":\{"1":\{"app_id":"1","status":"AVAILABLE","app_name":"table","app_type":"pegasus","partition_count":"1","replica_count":"1","is_stateful":"true","create_time":"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.000","drop_time":"-","drop_expire":"-","envs_count":"0"\},"2":/,
  );
  assert.ok(apps.endsWith('"summary":{"total_app_count":"3"}}\n'));
  await meta.store.setEnvs('stat', { 'replica.slow_query_threshold': '100', default_ttl: '7' });
  assert.equal(
    (await get(meta, '/meta/app_envs?name=stat')).text,
    '{"default_ttl":"7","replica.slow_query_threshold":"100"}\n',
  );
});

test('errors in the words of the protocol (section 1.6)', async (t) => {
  const meta = await startMeta(t);
  const cases: [string, number, string][] = [
    ['/meta/app?name=nothing', 404, 'table not found: "nothing"'],
    ['/meta/app?name=', 404, 'table not found: ""'],
    ['/meta/app', 404, 'table not found: ""'],
    ['/meta/app?name=Stat', 404, 'table not found: "Stat"'],
    ['/meta/app?name=%EB%B2%95', 404, 'table not found: "법"'],
    ['/meta/app?name=stat&more=1', 400, ''],
    ['/meta/app?name=stat&', 400, ''],
    ['/meta/app?=', 400, ''],
    ['/meta/apps?name=stat', 400, ''],
    ['/meta/nodes?x', 400, ''],
    ['/meta/app_envs', 400, "app name shouldn't be empty"],
    ['/meta/app_envs?name=', 400, "app name shouldn't be empty"],
    ['/meta/app?name=a&name=b', 400, `${PREFIX}duplicate parameter: name`],
    ['/meta/cluster?a=1&a=2', 400, `${PREFIX}duplicate parameter: a`],
    ['/meta/cluster?%', 400, `${PREFIX}Encountered partial escape sequence at end of string`],
    ['/meta/foo', 404, 'service not found for "meta/foo"'],
    ['/meta', 404, 'service not found for "meta"'],
    ['/meta/', 404, 'service not found for "meta"'],
    ['//meta//app//x/', 404, 'service not found for "meta/app/x"'],
    ['/meta/Apps', 404, 'service not found for "meta/Apps"'],
    [
      '/meta/foo?%zz',
      400,
      `${PREFIX}The characters zz do not form a hex value. Please escape it or pass a valid hex value`,
    ],
    [
      '/meta/%zz',
      400,
      `${PREFIX}The characters zz do not form a hex value. Please escape it or pass a valid hex value`,
    ],
    [
      '/meta/%2',
      400,
      `${PREFIX}The characters 2 do not form a hex value. Please escape it or pass a valid hex value`,
    ],
  ];
  for (const [path, status, text] of cases) {
    const answer = await get(meta, path);
    assert.deepEqual([answer.status, answer.text], [status, text], path);
    assert.equal(answer.headers['content-type'], 'text/plain', path);
    assert.equal(answer.headers['content-length'], String(Buffer.byteLength(text)), path);
  }
});

test('what is let through (sections 1.2, 1.4, 1.5)', async (t) => {
  const meta = await startMeta(t);
  const plain = (await get(meta, '/meta/apps')).text;
  const detailed = (await get(meta, '/meta/apps?detail')).text;
  assert.ok(detailed.length > plain.length);
  for (const path of ['//meta///apps/', '/meta%2Fapps', '/meta/%61pps', '/meta/apps?', '/meta/apps#detail']) {
    assert.equal((await get(meta, path)).text, plain, path);
  }
  for (const query of ['detail=', 'detail=false', 'detail=0', 'detail&detail', 'd%65tail']) {
    assert.equal((await get(meta, `/meta/apps?${query}`)).text, detailed, query);
  }
  assert.equal((await get(meta, '/meta/cluster?anything&else=1')).status, 200);
  assert.equal((await get(meta, '/meta/app_envs?name=temp&more=1')).status, 200);
  assert.equal((await get(meta, '/meta/app_envs?name=nothing')).text, '{}\n');
  assert.equal((await get(meta, '/meta/app_envs?name=stat')).text, '{}\n');
  const posted = await ask({
    port: meta.port,
    method: 'POST',
    path: '/meta/apps?detail',
    body: '{"ignored":1}',
    headers: BEARER,
  });
  assert.equal(posted.text, detailed);
  const absolute = await raw(
    meta.port,
    `GET http://127.0.0.1:${meta.port}/meta//apps HTTP/1.1\r\nHost: 127.0.0.1:${meta.port}\r\nAuthorization: ${BEARER.authorization}\r\nConnection: close\r\n\r\n`,
  );
  assert.ok(absolute.startsWith('HTTP/1.1 200 OK\r\n') && absolute.endsWith(plain), absolute.slice(0, 200));
  const put = await ask({ port: meta.port, method: 'PUT', path: '/meta/apps', headers: BEARER });
  assert.equal(put.status, 405);
});

test('100 requests in one go are answered in order', async (t) => {
  const meta = await startMeta(t);
  const count = 100;
  const requests = Array.from({ length: count }, (_, index) => {
    const last = index === count - 1 ? 'Connection: close\r\n' : '';
    return `GET /meta/app?name=n${index} HTTP/1.1\r\nHost: 127.0.0.1:${meta.port}\r\nAuthorization: ${BEARER.authorization}\r\n${last}\r\n`;
  });
  const text = await raw(meta.port, requests.join(''));
  const names = [...text.matchAll(/table not found: "(n\d+)"/g)].map(([, name]) => name);
  assert.deepEqual(
    names,
    Array.from({ length: count }, (_, index) => `n${index}`),
  );
});

test('any path and query is answered by 200, 400 or 404', async (t) => {
  const meta = await startMeta(t);
  const piece = fc.oneof(
    fc.constantFrom(
      'meta',
      'app',
      'apps',
      'cluster',
      'nodes',
      'app_envs',
      '/',
      '//',
      '%2F',
      '%',
      '%zz',
      '?',
      '&',
      '=',
    ),
    fc.constantFrom('name=stat', 'detail', '%00', '%0d%0a', '+', '#', '..', '%EB', '%FF', '~'),
    fc.stringMatching(/^[!-~]{0,6}$/),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 10 }), async (pieces) => {
      const answer = await get(meta, `/meta/${pieces.join('')}`);
      assert.ok([200, 400, 404].includes(answer.status), `${answer.status} ${answer.text}`);
      if (answer.status === 200) assert.ok(answer.text.endsWith('}\n'));
      else assert.ok(answer.headers['content-type'] === 'text/plain');
    }),
    { seed: 20261122, numRuns: 600 },
  );
  assert.equal((await get(meta, '/meta/apps')).status, 200);
});

test('health by the formulas of section 3.3.1', () => {
  const of = (primary: boolean, secondaries: number, maxReplicaCount: number): string => {
    const partition: PartitionInfo = {
      index: 0,
      ballot: 1,
      maxReplicaCount,
      primary: primary ? 'p:1' : undefined,
      secondaries: Array.from({ length: secondaries }, (_, index) => `s:${index}`),
    };
    const { fullyHealthy, unhealthy, writeUnhealthy, readUnhealthy } = healthOf([partition]);
    return `${fullyHealthy}${unhealthy}${writeUnhealthy}${readUnhealthy}`;
  };
  assert.equal(of(true, 2, 3), '1000');
  assert.equal(of(true, 1, 3), '0100', '2 of 3 is unhealthy only');
  assert.equal(of(true, 0, 3), '0110', '1 of 3 cannot be written');
  assert.equal(of(true, 0, 1), '1000', 'a lone primary may be enough');
  assert.equal(of(false, 3, 3), '0111', 'nothing goes without a primary');
  assert.equal(of(false, 0, 3), '0111');
  assert.equal(of(true, 3, 3), '1000');
  assert.deepEqual(healthOf([]), {
    partitions: 0,
    fullyHealthy: 0,
    unhealthy: 0,
    writeUnhealthy: 0,
    readUnhealthy: 0,
  });
});

test('nodes stand in order of address and port', () => {
  const sorted = [
    '9.0.0.1:5',
    '10.0.0.2:34801',
    '10.0.0.2:34900',
    '10.0.0.10:1',
    'a.example:2',
    'a.example:10',
    'b:1',
  ];
  assert.deepEqual(sorted.toReversed().sort(compareAddresses), sorted);
});

test('deviations of replicas (section 3.6)', () => {
  const node = (primaries: number, secondaries: number, isAlive = true) => ({
    primaries,
    secondaries,
    isAlive,
  });
  const primaries = (each: { primaries: number }): number => each.primaries;
  assert.equal(deviation([], primaries), 0);
  assert.equal(deviation([node(5, 0)], primaries), 0, 'one node is no sample');
  assert.equal(deviation([node(4, 0), node(2, 0)], primaries), 1);
  assert.equal(
    deviation([node(4, 0), node(2, 0), node(0, 0)], primaries),
    1,
    'a node without replicas does not count',
  );
  assert.equal(deviation([node(4, 0), node(0, 4)], primaries), 2, 'one without primaries does');
  assert.equal(deviation([node(1, 0), node(2, 0), node(2, 0)], primaries), 0.47);
  assert.equal(
    deviation([node(4, 0), node(2, 0), node(3, 0, false)], primaries),
    1.41,
    'n - 1 while a dead one holds some',
  );
  assert.equal(deviation([node(4, 0), node(2, 0), node(0, 3, false)], primaries), 1, 'but not of these');
});

test('states that no store of one node has', async () => {
  const none = documentedStore({ tables: async () => [], nodes: async () => [] });
  assert.equal(await appsView(none, true), '{"general_info":{},"summary":{"total_app_count":"0"}}\n');
  assert.equal(await appsView(none, false), '{"general_info":{},"summary":{"total_app_count":"0"}}\n');
  assert.equal(
    await nodesView(none, true),
    '{"details":{},"summary":{"total_node_count":"0","alive_node_count":"0","unalive_node_count":"0"}}\n',
  );
  const [first] = await documentedStore().tables();
  assert.ok(first);
  for (const status of ['creating', 'dropping'] as const) {
    const busy = documentedStore({ tables: async () => [{ ...first, status }] });
    await assert.rejects(appView(busy, 'stat', false), { message: `ERR_BUSY_${status.toUpperCase()}` });
    assert.equal(await appsView(busy, true), '{"general_info":{},"summary":{"total_app_count":"0"}}\n');
  }
  const nodes = ['1.1.1.1:1', '1.1.1.2:1', '1.1.1.3:1', '1.1.1.4:1'].map((address, index) => ({
    address,
    status: index === 3 ? ('UNALIVE' as const) : ('ALIVE' as const),
  }));
  assert.match(
    await clusterView(documentedStore({ nodes: async () => nodes })),
    /"meta_function_level":"steady"/,
  );
  const half = nodes.map((node, index) => ({
    ...node,
    status: index > 0 ? ('UNALIVE' as const) : ('ALIVE' as const),
  }));
  assert.match(
    await clusterView(documentedStore({ nodes: async () => half })),
    /"meta_function_level":"freezed"/,
  );
  const lost: PartitionInfo = {
    index: 0,
    ballot: 9,
    maxReplicaCount: 3,
    primary: undefined,
    secondaries: [],
  };
  assert.match(
    await appView(documentedStore({ partitions: async () => [lost] }), 'stat', true),
    /"0":\{"pidx":"0","ballot":"9","replica_count":"0\/3","primary":"-","secondaries":"\[\]"\}/,
  );
});

test('numbers follow the tables', async (t) => {
  const meta = await startMeta(t);
  const { text } = await get(meta, '/meta/apps?detail');
  const { summary, healthy_info } = JSON.parse(text) as { summary: object; healthy_info: object };
  assert.deepEqual(summary, {
    total_app_count: '3',
    fully_healthy_app_count: '3',
    unhealthy_app_count: '0',
    write_unhealthy_app_count: '0',
    read_unhealthy_app_count: '0',
  });
  assert.deepEqual(Object.keys(healthy_info), ['1', '2', '3']);
  await meta.store.log({ name: 'more', kind: 'log', partitions: 16 }, jsonCodec());
  const app = await get(meta, '/meta/app?name=more&detail');
  assert.match(app.text, /"total":\{"node":"total","primary":"16","secondary":"0","total":"16"\}/);
});

test('a closed store is 503, not a wrong answer', async (t) => {
  const meta = await startMeta(t);
  await meta.store.close();
  for (const path of [
    '/meta/apps',
    '/meta/app?name=stat',
    '/meta/cluster',
    '/meta/nodes',
    '/meta/app_envs?name=stat',
  ]) {
    const { status, text } = await get(meta, path);
    assert.deepEqual([status, text], [503, 'The tables are closed'], path);
  }
});
