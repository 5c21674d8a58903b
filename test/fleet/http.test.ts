/** Over real HTTP, by a client that knows the protocol's document and nothing else. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { ask, raw } from '../http/support.js';
import { EXCHANGES } from '../wire/configserver/a1Bytes.js';
import {
  field,
  floatField,
  mapField,
  messages,
  numberField,
  type PRINTED,
  SeedClient,
  texts,
} from './support/seedClient.js';
import { startTestServer } from './support/server.js';

const PROTOBUF = 'application/x-protobuf';
const tag = (name: string, value: string) => Buffer.concat([field(1, name), field(2, value)]);
const group = (name: string, description: string, ...tags: Buffer[]) =>
  field(2, Buffer.concat([field(1, name), field(2, description), ...tags.map((each) => field(3, each))]));
const config = (name: string, content: string) =>
  field(
    2,
    Buffer.concat([field(1, name), field(2, 'ilogtail'), field(3, `about ${name}`), field(4, content)]),
  );
const binding = (groupName: string, configName: string) =>
  Buffer.concat([field(2, configName), field(3, groupName)]);

describe("a client of the protocol's document", () => {
  it('manages groups, configs and agents as the document says', async (t) => {
    const { port } = await startTestServer(t);
    const client = new SeedClient(port);
    const done = async (name: keyof typeof PRINTED, ...body: Buffer[]) => {
      const answer = await client.call(name, ...body);
      assert.deepEqual(
        [answer.status, answer.code, answer.contentType],
        [200, 'Accept', PROTOBUF],
        `${name}: ${answer.message}`,
      );
      assert.ok(answer.message, name);
      return answer.fields;
    };
    await done('CreateAgentGroup', group('web', 'web servers', tag('env', 'prod'), tag('role', 'web')));
    await done('UpdateAgentGroup', group('web', 'the web servers', tag('role', 'web')));
    const [got] = messages(await done('GetAgentGroup', field(2, 'web')), 4);
    assert.deepEqual([texts(got ?? [], 1), texts(got ?? [], 2)], [['web'], ['the web servers']]);
    assert.deepEqual(
      messages(got ?? [], 3).map((each) => [texts(each, 1)[0], texts(each, 2)[0]]),
      [['role', 'web']],
    );
    const groups = messages(await done('ListAgentGroups'), 4);
    assert.deepEqual(
      groups.map((each) => texts(each, 1)[0]),
      ['default', 'web'],
    );

    await done('CreateConfig', config('nginx', 'inputs: []'));
    await done('UpdateConfig', config('nginx', 'inputs: [access]'));
    const [detail] = messages(await done('GetConfig', field(2, 'nginx')), 4);
    assert.deepEqual(
      [1, 2, 3, 4].map((number) => texts(detail ?? [], number)[0]),
      ['nginx', 'ilogtail', 'about nginx', 'inputs: [access]'],
    );
    assert.equal(messages(await done('ListConfigs'), 4).length, 1);

    await done('ApplyConfigToAgentGroup', binding('web', 'nginx'));
    assert.deepEqual(texts(await done('GetAppliedConfigsForAgentGroup', field(2, 'web')), 4), ['nginx']);
    assert.deepEqual(texts(await done('GetAppliedAgentGroups', field(2, 'nginx')), 4), ['web']);

    const beat = [
      field(2, 'agent-1'),
      field(3, 'ilogtail'),
      field(4, '1.2.0'),
      field(5, '10.0.0.1'),
      mapField(6, { role: 'web' }),
      field(7, 'good'),
      numberField(8, 1_700_000_000n),
    ];
    await done('HeartBeat', ...beat);
    const details = Buffer.concat([
      floatField(1, 0.25),
      numberField(2, 4096n),
      mapField(100, { lines: '12' }),
    ]);
    await done('RunningStatistics', field(2, 'agent-1'), field(3, details));
    await done('Alarm', field(2, 'agent-1'), field(3, 'DISK'), field(4, 'full'));
    const [agent] = messages(await done('ListAgents', field(2, 'web')), 4);
    assert.ok(agent);
    assert.deepEqual(
      [1, 2, 3, 4, 5].map((number) => texts(agent, number)[0]),
      ['agent-1', 'ilogtail', '10.0.0.1', '1.2.0', 'good'],
    );
    assert.equal(agent.find(([number]) => number === 6)?.[1], 1_700_000_000n);
    const heartbeat = Number(agent.find(([number]) => number === 7)?.[1]);
    assert.ok(Math.abs(heartbeat - Date.now() / 1000) < 10);
    const pairs = (number: number) =>
      messages(agent, number).map((each) => [texts(each, 1)[0], texts(each, 2)[0]]);
    assert.deepEqual(pairs(8), [['role', 'web']]);
    assert.deepEqual(pairs(9), [
      ['CPU', '0.250000'],
      ['Memory', '4096'],
      ['lines', '12'],
    ]);

    const updates = async (held: Record<string, string>) => {
      const fields = await done('GetConfigList', field(2, 'agent-1'), mapField(3, held));
      return messages(fields, 4).map((info) => [
        texts(info, 1)[0],
        Number(info.find(([number]) => number === 2)?.[1] ?? 0),
        String(info.find(([number]) => number === 3)?.[1] ?? 0),
        texts(info, 4)[0] ?? '',
      ]);
    };
    assert.deepEqual(await updates({}), [['nginx', 1, '1', 'inputs: [access]']]);
    assert.deepEqual(await updates({ nginx: '1' }), [['nginx', 0, '0', '']]);
    assert.deepEqual(await updates({ nginx: '0' }), [['nginx', 3, '1', 'inputs: [access]']]);
    await done('RemoveConfigFromAgentGroup', binding('web', 'nginx'));
    assert.deepEqual(await updates({ nginx: '1' }), [['nginx', 2, '0', '']]);
    await done('DeleteConfig', field(2, 'nginx'));
    await done('DeleteAgentGroup', field(2, 'web'));
    const gone = await client.call('GetConfig', field(2, 'nginx'));
    assert.deepEqual(
      [gone.status, gone.code, gone.message],
      [404, 'ConfigNotExist', "Config nginx doesn't exist."],
    );
  });

  it('gets every byte example back, with and without the slash, whatever Content-Type it sends', async (t) => {
    for (const slash of ['', '/']) {
      const { port } = await startTestServer(t);
      const fresh = EXCHANGES.filter(({ to }) => to.endsWith('/ListAgentGroups'));
      for (const [index, { to, request, status, response, name }] of [...fresh, ...EXCHANGES].entries()) {
        const types = [
          'application/x-protobuf',
          'application/x-protouf',
          'application/json',
          'garbage;;;',
          undefined,
        ];
        const type = types[index % types.length];
        const client = new SeedClient(port, type === undefined ? {} : { 'content-type': type });
        const [method = '', path = ''] = to.split(' ');
        const answer = await client.send(
          method,
          path + slash + (index % 2 ? '?a=b' : ''),
          Buffer.from(request, 'hex'),
        );
        assert.deepEqual(
          [answer.status, answer.body.toString('hex'), answer.contentType],
          [status, response, PROTOBUF],
          name,
        );
      }
    }
  });
});

describe('HTTP of the ConfigServer', () => {
  it('answers what is no call by 404 page not found', async (t) => {
    const { port } = await startTestServer(t);
    const client = new SeedClient(port);
    for (const [method, path] of [
      ['POST', '/User/ListConfigs'],
      ['GET', '/User/CreateConfig'],
      ['GET', '/Agent/HeartBeat'],
      ['PATCH', '/User/UpdateConfig'],
      ['HEAD', '/User/ListConfigs'],
      ['OPTIONS', '/User/ListConfigs'],
      ['POST', '/Agent/Heartbeat'],
      ['GET', '/User/listConfigs'],
      ['GET', '/User/Nothing'],
      ['GET', '/User/Nothing/deeper/'],
      ['GET', '/User/ListConfigs//'],
      ['GET', '/User/'],
      ['POST', '/Agent/'],
      ['HEAD', '/Agent/HeartBeat/'],
    ] as const) {
      const answer = await client.send(method, path, Buffer.alloc(0));
      assert.deepEqual([answer.status, answer.contentType], [404, 'text/plain'], `${method} ${path}`);
      if (method !== 'HEAD') assert.equal(String(answer.body), '404 page not found');
    }
    // What is not below the two folders is not the protocol's.
    const outside = await client.send('GET', '/user/ListConfigs', Buffer.alloc(0));
    assert.equal(outside.contentType, 'application/json; charset=utf-8');
  });

  it('takes a chunked body, no body, and one that waits for 100 Continue, on a GET', async (t) => {
    const { port } = await startTestServer(t);
    const head = `GET /User/GetAgentGroup/ HTTP/1.1\r\nHost: localhost:${port}\r\nConnection: close\r\n`;
    const body = Buffer.concat([field(1, 'x'), field(2, 'default')]).toString('latin1');
    const chunked = await raw(
      port,
      Buffer.from(
        `${head}Transfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
        'latin1',
      ),
    );
    assert.match(chunked, /^HTTP\/1.1 200 [\s\S]*Default agent group/);
    const expecting = await raw(
      port,
      Buffer.from(`${head}Expect: 100-continue\r\nContent-Length: ${body.length}\r\n\r\n${body}`, 'latin1'),
    );
    assert.match(expecting, /^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 /);
    assert.match(
      await raw(port, `${head}\r\n`),
      /^HTTP\/1.1 400 [\s\S]*Agent group need parameter groupName\./,
    );
  });

  it('refuses in the shape of the protocol: too large, no credentials, too small a role', async (t) => {
    const tokens = [
      { name: 'eve', secret: 'viewer-secret', role: 'viewer' },
      { name: 'otto', secret: 'operator-secret', role: 'operator' },
    ] as const;
    const { port, auditFile } = await startTestServer(t, { trust: 'token', tokens });
    const as = (secret: string) => new SeedClient(port, { authorization: `Bearer ${secret}` });
    const unknown = await new SeedClient(port).send('GET', '/User/ListConfigs', Buffer.alloc(0));
    assert.deepEqual([unknown.status, unknown.code, unknown.contentType], [401, 'BadRequest', PROTOBUF]);
    assert.match(unknown.message ?? '', /^This is the Remora of .* It does not know you/);
    assert.equal((await as('viewer-secret').call('ListConfigs')).status, 200);
    const refused = await as('viewer-secret').send('POST', '/User/CreateConfig', config('c', 'x'));
    assert.deepEqual([refused.status, refused.code], [403, 'BadRequest']);
    assert.match(refused.message ?? '', /eve has the role viewer, and this needs operator/);
    assert.equal((await as('viewer-secret').send('POST', '/Agent/HeartBeat', field(2, 'a'))).status, 403);
    assert.equal((await as('operator-secret').call('HeartBeat', field(2, 'a'))).status, 200);
    assert.equal((await as('operator-secret').call('CreateConfig', config('c', 'x'))).status, 200);
    const large = await as('operator-secret').send('POST', '/Agent/HeartBeat/', Buffer.alloc(70_000));
    assert.deepEqual([large.status, large.code], [413, 'BadRequest']);
    assert.match(large.message ?? '', /larger than 65536 bytes.*--limit fleet-call-bytes=N/);
    const audited = readFileSync(auditFile, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const created = audited.find(({ action }) => action === 'fleet.CreateConfig');
    assert.deepEqual(
      [created?.user, created?.outcome, created?.detail],
      ['otto', 'ok', { config: 'c', version: 0 }],
    );
    assert.ok(
      audited.some(
        ({ action, command }) => action === 'http.refused' && command === 'POST /User/CreateConfig',
      ),
    );
  });

  it('takes the largest config that its limit lets through, whatever is in it', async (t) => {
    const { port } = await startTestServer(t);
    const client = new SeedClient(port);
    for (const [name, content] of [
      ['plain', 'x'.repeat(780_000)],
      ['controls', '\u0001'.repeat(600_000)],
      ['wide', '\u{1f980}'.repeat(190_000)],
    ] as const) {
      const made = await client.call('CreateConfig', config(name, content));
      assert.deepEqual([made.status, made.message], [200, 'Add config success'], name);
      const [detail] = messages((await client.call('GetConfig', field(2, name))).fields, 4);
      assert.ok(texts(detail ?? [], 4)[0] === content, name);
    }
    const over = await client.send('POST', '/User/CreateConfig', config('over', 'x'.repeat(800_000)));
    assert.equal(over.status, 413);
  });

  it('does not take a heartbeat of a later shape for one of this', async (t) => {
    const { port } = await startTestServer(t);
    const client = new SeedClient(port);
    // As the published agents 1.5 and later send it: attributes in field 4, tags as list in 5, the interval in 8.
    const body = '0a027231120261311a08694c6f677461696c22110a05312e382e381a0831302e302e302e312a0470726f64400a';
    const answer = await client.send('POST', '/Agent/HeartBeat', Buffer.from(body, 'hex'));
    assert.deepEqual([answer.status, answer.code, answer.id], [400, 'InvalidParameter', 'r1']);
    assert.match(answer.message ?? '', /later shape of the protocol/);
    assert.equal(messages((await client.call('ListAgents', field(2, 'default'))).fields, 4).length, 0);
  });

  it('reads alarms and old versions, which the protocol has no call for', async (t) => {
    const { port } = await startTestServer(t);
    const client = new SeedClient(port);
    for (const [agent, detail] of [
      ['a', 'one'],
      ['b', 'two'],
      ['a', 'three'],
    ] as const) {
      await client.call('Alarm', field(2, agent), field(3, 'T'), field(4, detail));
    }
    const get = async (path: string) => {
      const { status, text } = await ask({ port, path });
      return { status, body: JSON.parse(text) as Record<string, Record<string, unknown>[]> };
    };
    const details = async (query: string) =>
      (await get(`/remora/fleet/alarms${query}`)).body.alarms?.map(({ agent, detail }) => [agent, detail]);
    assert.deepEqual(await details(''), [
      ['a', 'three'],
      ['b', 'two'],
      ['a', 'one'],
    ]);
    assert.deepEqual(await details('?agent=a'), [
      ['a', 'three'],
      ['a', 'one'],
    ]);
    assert.deepEqual(await details('?limit=1'), [['a', 'three']]);
    for (const limit of ['0', '-1', 'x', '1.5', '1001', '']) {
      const { status, body } = await get(`/remora/fleet/alarms?limit=${limit}`);
      assert.deepEqual(
        [status, (body.error as unknown as { code: string }).code],
        [400, 'parameter-invalid'],
        limit,
      );
    }
    await client.call('CreateConfig', config('c', 'first'));
    await client.call('DeleteConfig', field(2, 'c'));
    const { versions } = (await get('/remora/fleet/versions?config=c')).body;
    assert.deepEqual(
      versions?.map(({ version, deleted, content }) => [version, deleted, content]),
      [
        [0, false, 'first'],
        [1, true, 'first'],
      ],
    );
    assert.equal((await get('/remora/fleet/versions?config=absent')).status, 404);
    assert.equal((await get('/remora/fleet/versions')).status, 400);
  });

  it('shows its calls on the index page and in openapi.json', async (t) => {
    const { port } = await startTestServer(t);
    const { text } = await ask({ port, path: '/', headers: { accept: 'text/html' } });
    assert.match(text, /POST \/Agent\/HeartBeat/);
    const { paths } = JSON.parse((await ask({ port, path: '/openapi.json' })).text) as {
      paths: Record<string, object>;
    };
    assert.ok(paths['/User/ListAgents']);
  });
});
