/** Truncated, mutated and random bodies at every call: an answer of the protocol, and never a fault of ours. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { a1, type Message } from '../../src/wire/index.js';
import { openFleet } from './support/open.js';

const TOTAL = 100_000;
const CALLS = Object.values(a1.A1);

/** A generator with a fixed seed (mulberry32). */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** Whole bodies of each call, with every field set. */
const SAMPLES: Record<string, object> = {
  AgentGroup: {
    agent_group: {
      group_name: 'g',
      description: 'd\u00e9',
      tags: [{ name: 'env', value: 'prod' }, { name: 'a' }],
    },
  },
  Config: { config_detail: { config_name: 'c', agent_type: 't', description: 'd', content: 'x: 1\n\u00fc' } },
  Names: { group_name: 'default', config_name: 'c' },
  HeartBeat: {
    agent_id: 'a',
    agent_type: 'i',
    agent_version: '1',
    ip: '10.0.0.1',
    tags: { env: 'prod', os: 'l' },
    running_status: 'good',
    startup_time: 2n ** 60n,
  },
  RunningStatistics: {
    agent_id: 'a',
    running_details: { cpu: 0.5, memory: 1000n, extras: { k: 'v', l: '' } },
  },
  Alarm: { agent_id: 'a', type: 'T', detail: 'D' },
  GetConfigList: {
    agent_id: 'a',
    config_versions: new Map<string, bigint | string>([
      ['c', 3n],
      ['d', '4'],
      ['e', 'x'],
    ]),
  },
};

function sample(call: (typeof CALLS)[number]): Buffer {
  const given =
    SAMPLES[call.name] ?? SAMPLES[/(Create|Update)(AgentGroup|Config)$/.exec(call.name)?.[2] ?? 'Names'];
  const request = call.request as Message<unknown>;
  const known = Object.fromEntries(Object.entries(given ?? {}).filter(([name]) => name in request.fields));
  return request.encode({ request_id: 'id', ...known });
}

const SAMPLE_BODIES = CALLS.map((call) => ({ call, body: sample(call) }));

/** Each body mutated: bytes changed, put in, taken out, pieces of other messages put in. */
function mutate(body: Buffer, random: (below: number) => number): Buffer {
  let bytes = [...body];
  for (let count = 1 + random(2); count > 0; count--) {
    const at = random(bytes.length + 1);
    switch (random(5)) {
      case 0:
        bytes[at] = random(256);
        break;
      case 1:
        bytes.splice(at, 0, random(256));
        break;
      case 2:
        bytes.splice(at, 1 + random(3));
        break;
      case 3:
        bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
        break;
      default: {
        const other = SAMPLE_BODIES[random(SAMPLE_BODIES.length)]?.body ?? body;
        bytes = [...bytes.slice(0, at), ...other.subarray(random(other.length)), ...bytes.slice(at)];
      }
    }
  }
  return Buffer.from(bytes.map((byte) => byte & 255));
}

const CODES = new Set([
  'Accept',
  'BadRequest',
  'InvalidParameter',
  'ConfigAlreadyExist',
  'AgentGroupAlreadyExist',
  'ConfigNotExist',
  'AgentGroupNotExist',
  'AgentNotExist',
  'InternalServerError',
]);

describe('garbage', () => {
  for (const kind of ['truncated', 'mutated'] as const) {
    it(`${TOTAL} ${kind} bodies over every call`, async (t) => {
      const { direct, fleet } = await openFleet(t);
      const random = randomOf(kind === 'truncated' ? 11 : 12);
      const seen = new Map<number, number>();
      for (let count = 0; count < TOTAL; count++) {
        const { call, body } = SAMPLE_BODIES[count % SAMPLE_BODIES.length] ?? assert.fail();
        // Truncation alone would soon repeat itself: every other one is cut of a mutated body.
        const whole = kind === 'truncated' && count % 2 === 0 ? body : mutate(body, random);
        const sent = kind === 'truncated' ? whole.subarray(0, random(whole.length)) : whole;
        const answer = await direct.raw(call.method, call.path, sent);
        const head = (call.response as Message<a1.ResponseHead>).decode(answer.body as Buffer);
        const where = `${call.name} ${sent.toString('hex')}: ${answer.status} ${head.code} ${head.message}`;
        assert.ok(CODES.has(head.code), where);
        assert.equal(answer.status === 200, head.code === 'Accept', where);
        if (head.code === 'InternalServerError') assert.match(head.message, /cannot be deleted\.$/, where);
        seen.set(answer.status, (seen.get(answer.status) ?? 0) + 1);
      }
      assert.deepEqual(direct.faults, []);
      t.diagnostic(
        `answers by status: ${[...seen].map(([status, times]) => `${status}: ${times}`).join(', ')}`,
      );
      for (const status of [200, 400, 404]) assert.ok((seen.get(status) ?? 0) > 100, `some ${status}`);
      // And it all still works.
      assert.equal((await direct.call('HeartBeat', { agent_id: 'after' })).status, 200);
      assert.ok(fleet.groups.get('default'));
    });
  }

  it('of a call that decodes, encodes to what decodes to the same', () => {
    const random = randomOf(13);
    let read = 0;
    for (let count = 0; count < 20_000; count++) {
      const { call, body } = SAMPLE_BODIES[count % SAMPLE_BODIES.length] ?? assert.fail();
      const request = call.request as Message<unknown>;
      let value: object;
      try {
        value = request.decode(mutate(body, random)) as object;
      } catch {
        continue;
      }
      read += 1;
      assert.deepEqual(request.decode(request.encode(value)), value);
    }
    assert.ok(read > 2000, `${read} could be read`);
  });
});
