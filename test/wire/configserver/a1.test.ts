import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RemoraError } from '../../../src/base/index.js';
import { a1, type Message } from '../../../src/wire/index.js';
import { EXCHANGES } from './a1Bytes.js';

const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex');
const CALLS = Object.values(a1.A1);

describe('A1 messages', () => {
  for (const exchange of EXCHANGES) {
    it(`${exchange.name}: bytes and back`, () => {
      const call = CALLS.find(({ method, path }) => `${method} ${path}` === exchange.to);
      assert.ok(call);
      const response = call.response as Message<unknown>;
      assert.equal(
        response.encode(response.decode(bytes(exchange.response)) as object).toString('hex'),
        exchange.response,
      );
      if (exchange.name === 'a broken body') {
        assert.throws(() => call.request.decode(bytes(exchange.request)), isBadProtobuf);
        return;
      }
      const request = call.request as Message<unknown>;
      const value = request.decode(bytes(exchange.request)) as object;
      assert.deepEqual(request.decode(request.encode(value)), value);
    });
  }

  it('reads every field of a heartbeat', () => {
    const [exchange] = EXCHANGES;
    assert.ok(exchange);
    assert.deepEqual(a1.A1.HeartBeat.request.decode(bytes(exchange.request)), {
      request_id: 'r1',
      agent_id: 'a1',
      agent_type: 'ilogtail',
      agent_version: '1.2.0',
      ip: '10.0.0.1',
      tags: { env: 'prod' },
      running_status: 'good',
      startup_time: 100n,
    });
  });

  it('gives absent fields their zero values, and writes no zero value', () => {
    assert.deepEqual(a1.A1.GetConfigList.request.decode(Buffer.alloc(0)), {
      request_id: '',
      agent_id: '',
      config_versions: new Map(),
    });
    const empty = { config_name: '', update_status: 0, config_version: 0n, content: '' };
    assert.equal(a1.ConfigUpdateInfo.encode(empty).length, 0);
    assert.equal(a1.A1.GetConfig.response.decode(Buffer.alloc(0)).config_detail, undefined);
  });

  it('keeps 64-bit numbers whole', () => {
    for (const value of [
      0n,
      1n,
      -1n,
      2n ** 31n,
      2n ** 32n,
      -(2n ** 32n),
      2n ** 53n + 1n,
      2n ** 63n - 1n,
      -(2n ** 63n),
    ]) {
      const agent = a1.Agent.decode(a1.Agent.encode({ startup_time: value }));
      assert.equal(agent.startup_time, value);
      const held = new Map([['cfg', value]]);
      const { request } = a1.A1.GetConfigList;
      assert.deepEqual(request.decode(request.encode({ config_versions: held })).config_versions, held);
    }
  });

  it('takes config_versions as varints and as text', () => {
    const { request } = a1.A1.GetConfigList;
    const held = (hex: string) => request.decode(bytes(hex)).config_versions;
    // map<string,string>, as the document prints it: {cfg: "7"}
    assert.deepEqual(held('1a080a03636667120137'), new Map([['cfg', 7n]]));
    assert.deepEqual(held('1a070a036366671007'), new Map([['cfg', 7n]]));
    assert.deepEqual(held('1a090a036366671202' + '2d31'), new Map([['cfg', -1n]]));
    // What is no number is handed on as it is.
    assert.deepEqual(held('1a080a036366671201' + '78'), new Map([['cfg', 'x']]));
    // Value before key, no value, no key, a repeated name: the last counts.
    assert.deepEqual(held('1a0710070a03636667'), new Map([['cfg', 7n]]));
    assert.deepEqual(held('1a050a03636667'), new Map([['cfg', 0n]]));
    assert.deepEqual(held('1a021007'), new Map([['', 7n]]));
    assert.deepEqual(held('1a070a0363666710011a070a036366671002'), new Map([['cfg', 2n]]));
    assert.throws(() => held('1a070a0363'), isBadProtobuf);
    assert.throws(() => held('1a050a03ff6667'), isBadProtobuf);
  });

  it('skips fields that it does not know', () => {
    // Field 99 as varint, as text, as a group.
    const { request } = a1.A1.GetAgentGroup;
    assert.deepEqual(request.decode(bytes('9806010a0172' + '9a0602686912' + '0167' + '9b0608019c06')), {
      request_id: 'r',
      group_name: 'g',
    });
  });

  it('refuses text that is no UTF-8, at any depth', () => {
    assert.throws(() => a1.A1.GetConfig.request.decode(bytes('1201ff')), isBadProtobuf);
    assert.throws(() => a1.A1.CreateConfig.request.decode(bytes('12030a01ff')), isBadProtobuf);
    assert.throws(() => a1.A1.HeartBeat.request.decode(bytes('32060a01611201ff')), isBadProtobuf);
    assert.throws(() => a1.A1.HeartBeat.request.decode(bytes('1203eda080')), isBadProtobuf);
  });

  it('holds a tag of any name', () => {
    const tags = JSON.parse('{"__proto__":"a","constructor":"b","":"c"}') as Record<string, string>;
    const { request } = a1.A1.HeartBeat;
    const read = request.decode(request.encode({ agent_id: 'x', tags })).tags;
    assert.deepEqual(Object.entries(read).sort(), Object.entries(tags).sort());
    assert.equal(({} as Record<string, unknown>).a, undefined);
  });
});

export function isBadProtobuf(error: unknown): boolean {
  return error instanceof RemoraError && error.code === 'bad-protobuf' && error.hint !== '';
}
