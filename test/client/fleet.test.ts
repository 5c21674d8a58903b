import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { FleetClient, RemoraError } from '../../src/client/index.js';
import { a1 } from '../../src/wire/index.js';
import { startTestServer } from '../fleet/support/server.js';

type Test = { after(fn: () => Promise<void> | void): void };

async function against(test: Test, listener: RequestListener): Promise<FleetClient> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = new FleetClient({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
  test.after(() => {
    client.close();
    server.closeAllConnections();
    server.close();
  });
  return client;
}

const answers =
  (status: number, contentType: string, body: string | Buffer): RequestListener =>
  (request, response) => {
    request.resume();
    response.writeHead(status, { 'content-type': contentType }).end(body);
  };

async function failure(call: Promise<unknown>): Promise<RemoraError> {
  const error = await call.then(
    () => assert.fail('it was taken for a success'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof RemoraError, String(error));
  return error;
}

const PROTOBUF = 'application/x-protobuf';
const head = (value: { response_id?: string; code?: string; message?: string }) =>
  a1.A1.ListConfigs.response.encode(value);

describe('FleetClient', () => {
  it('does everything that a server can', async (t) => {
    const { port } = await startTestServer(t);
    const client = new FleetClient({ url: `http://127.0.0.1:${port}/` });
    t.after(() => client.close());
    await client.createGroup({ name: 'g', tags: [{ name: 'a', value: 'b' }] });
    assert.deepEqual(await client.group('g'), {
      name: 'g',
      description: '',
      tags: [{ name: 'a', value: 'b' }],
    });
    await client.updateGroup({ name: 'g', description: 'd', tags: [{ name: 'a', value: 'c' }] });
    assert.deepEqual((await client.listGroups()).map(({ name, description }) => [name, description])[1], [
      'g',
      'd',
    ]);
    await client.createConfig({ name: 'c', content: 'one' });
    await client.updateConfig({ name: 'c', content: 'two', agentType: 't', description: 'd' });
    const config = { name: 'c', content: 'two', agentType: 't', description: 'd' };
    assert.deepEqual([await client.config('c'), await client.listConfigs()], [config, [config]]);
    await client.apply('c', 'g');
    assert.deepEqual([await client.configsOf('g'), await client.groupsOf('c')], [['c'], ['g']]);
    const agent = {
      id: 'x',
      type: 't',
      version: '1',
      ip: '::1',
      tags: { a: 'c' },
      status: 's',
      startupTime: 2n ** 60n + 1n,
    };
    await client.heartbeat(agent);
    await client.report('x', { cpu: 0.5, memory: 2n ** 60n + 1n, extras: { CPU: 'mine', more: '1' } });
    await client.alarm('x', { type: 'T', detail: 'D' });
    const [seen] = await client.agents('g');
    assert.ok(seen && Math.abs(seen.heartbeatTime - Date.now()) < 5000);
    assert.deepEqual(
      { ...seen, heartbeatTime: 0 },
      {
        ...agent,
        heartbeatTime: 0,
        liveness: 'online',
        details: { CPU: '0.500000', Memory: '1152921504606846977', more: '1' },
      },
    );
    assert.deepEqual(await client.updates('x', { c: 0n, other: 1n }), [
      { name: 'other', status: 'DELETED', version: 0n, content: '' },
      { name: 'c', status: 'MODIFIED', version: 1n, content: 'two' },
    ]);
    assert.deepEqual(
      (await client.alarms({ agent: 'x' })).map(({ type, detail }) => [type, detail]),
      [['T', 'D']],
    );
    assert.deepEqual(
      (await client.versions('c')).map(({ version, content }) => [version, content]),
      [
        [0, 'one'],
        [1, 'two'],
      ],
    );
    await client.remove('c', 'g');
    await client.deleteConfig('c');
    await client.deleteGroup('g');
    const error = await failure(client.config('c'));
    assert.deepEqual(
      [error.code, error.message, error.details.status],
      ['config-not-exist', "Config c doesn't exist.", 404],
    );
    assert.notEqual(error.hint, '');
  });

  it('tells what is no config server', async (t) => {
    const cases: [RequestListener, string, RegExp][] = [
      [
        answers(200, 'text/html', '<p>'),
        'bad-answer',
        /is no config server of shape A1: it answered text\/html/,
      ],
      [answers(404, 'text/plain', '404 page not found'), 'bad-answer', /no config server/],
      [answers(200, PROTOBUF, Buffer.from('0a1041', 'hex')), 'bad-answer', /is no message of that shape/],
      [
        answers(200, PROTOBUF, head({ response_id: 'other', code: 'Accept' })),
        'bad-answer',
        /it answered another call/,
      ],
      [answers(500, 'application/json', '{"error":{"code":"internal","message":"m"}}'), 'internal', /^m$/],
      [answers(502, 'text/html', '<p>'), 'bad-answer', /HTTP status 502/],
      [(request) => request.socket.destroy(), 'connection-lost', /closed the connection/],
    ];
    for (const [listener, code, text] of cases) {
      const error = await failure((await against(t, listener)).listConfigs());
      assert.equal(error.code, code, error.message);
      assert.match(error.message, text);
    }
  });

  it('hands on what the server refuses, by its own code', async (t) => {
    const cases: [number, string, string, string][] = [
      [503, 'ServerBusy', 'wait', 'server-busy'],
      [400, 'AgentGroupAlreadyExist', 'there', 'agent-group-already-exist'],
      [403, 'BadRequest', 'too small a role', 'forbidden'],
      [200, 'BadRequest', 'an odd server', 'bad-request'],
    ];
    for (const [status, code, message, expected] of cases) {
      const error = await failure(
        (await against(t, answers(status, PROTOBUF, head({ code, message })))).listGroups(),
      );
      assert.deepEqual([error.code, error.message, error.details.code], [expected, message, code]);
    }
    const unknown = await failure(
      (await against(t, answers(401, PROTOBUF, head({ code: 'BadRequest' })))).listGroups(),
    );
    assert.equal(unknown.code, 'not-signed-in');
  });

  it('gives up in time, and when told', async (t) => {
    const client = await against(t, () => undefined);
    assert.equal((await failure(client.listConfigs({ timeoutMs: 50 }))).code, 'timed-out');
    const abort = new AbortController();
    const call = failure(client.listConfigs({ signal: abort.signal }));
    abort.abort();
    assert.equal((await call).code, 'aborted');
  });
});
