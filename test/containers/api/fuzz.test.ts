import assert from 'node:assert/strict';
import { Agent, request as httpRequest } from 'node:http';
import { describe, it } from 'node:test';
import { encodeRecord, type MesosEncoding, mesosCodec } from '../../../src/wire/index.js';
import { limit } from '../../http/support.js';
import { VECTORS } from '../../wire/mesos/vectors.js';
import { ApiBench, calls, MEDIA_TYPES, RECORDIO_TYPE } from '../support/apiBench.js';
import { MemoryContainers } from '../support/memoryContainers.js';

const ROUNDS = 4000;
/** Refused calls end their connections, and looking up who opens each of them costs more than all the rest. */
const HTTP = {
  trust: 'token',
  tokens: [{ name: 'fuzz', secret: 'hunter2hunter2', role: 'operator' }],
} as const;
const authorization = 'Bearer hunter2hunter2';
const id = { value: 'c', parent: { value: 'p' } };

function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function damage(bytes: Buffer, next: (below: number) => number): Buffer {
  const copy = Buffer.from(bytes);
  for (let count = next(3); count > 0; count--) copy[next(copy.length)] = next(256);
  return copy.subarray(0, next(2) ? copy.length : next(copy.length + 1));
}

interface Given {
  readonly status: number;
  readonly type: string | undefined;
  readonly text: string;
}

function post(agent: Agent, port: number, headers: Record<string, string>, body: Buffer): Promise<Given> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ port, host: '127.0.0.1', path: '/api/v1', method: 'POST', headers, agent });
    request.on('error', reject);
    request.on('response', (response) => {
      let text = '';
      response.on('data', (piece: Buffer) => {
        // A stream that began has done what is asked here.
        if (response.headers['transfer-encoding'] && text === '') response.destroy();
        text += piece.toString('latin1');
      });
      response.on('error', () => {});
      response.on('close', () =>
        resolve({ status: response.statusCode ?? 0, type: response.headers['content-type'], text }),
      );
    });
    request.end(body);
  });
}

/** Statuses that the protocol has; 413 is our own. */
const STATUSES = new Set([200, 202, 400, 404, 406, 409, 413, 415, 500, 501]);

for (const encoding of ['json', 'protobuf'] as const satisfies MesosEncoding[]) {
  describe(`damaged requests over HTTP, ${encoding}`, () => {
    it(`${ROUNDS} calls: the protocol's answer, never a fault of ours, and it goes on`, async (t) => {
      // A WAIT that was damaged into another container's would wait for ever.
      const containers = new MemoryContainers();
      limit(t, 'container-heartbeat-ms', 20);
      const bench = await ApiBench.start(t, containers, { http: HTTP });
      const codec = await mesosCodec(encoding);
      const bodies = VECTORS.filter(({ kind }) => kind === 'Call').map(({ kind, value }) =>
        codec.serialize(kind, value),
      );
      const agent = new Agent({ keepAlive: true, maxSockets: 4 });
      t.after(() => agent.destroy());
      const next = random(20261122);
      const seen = new Map<number, number>();
      for (let round = 0; round < ROUNDS; round += 8) {
        const batch = Array.from({ length: 8 }, () => {
          const whole = damage(bodies[next(bodies.length)] ?? Buffer.alloc(0), next);
          const streamed = next(3) === 0;
          const headers: Record<string, string> = streamed
            ? { authorization, 'content-type': RECORDIO_TYPE, 'message-content-type': MEDIA_TYPES[encoding] }
            : { authorization, 'content-type': MEDIA_TYPES[encoding] };
          const body = streamed ? damage(encodeRecord(whole), next) : whole;
          return post(agent, bench.port, headers, body);
        });
        const ends = setInterval(() => {
          for (const name of containers.held.keys()) containers.end(name);
        }, 1);
        for (const { status, type, text } of await Promise.all(batch)) {
          seen.set(status, (seen.get(status) ?? 0) + 1);
          assert.ok(STATUSES.has(status), `${status} ${text}`);
          assert.doesNotMatch(text, /A fault in/);
          if (status >= 400) assert.equal(type, 'text/plain; charset=utf-8');
        }
        clearInterval(ends);
      }
      assert.equal((await bench.call({ type: 'GET_HEALTH' }, encoding, { authorization })).status, 200);
      assert.ok((seen.get(400) ?? 0) > ROUNDS / 4, `${[...seen]}: too tame`);
      t.diagnostic(`statuses: ${[...seen].map(([status, count]) => `${status} × ${count}`).join(', ')}`);
    });

    it('1,000 damaged streams of input: an answer each, the slot is free, and the container lives', async (t) => {
      const containers = new MemoryContainers();
      const bench = await ApiBench.start(t, containers, { http: HTTP });
      await containers.launch({
        id,
        class: 'debug',
        caller: { kind: 'internal', user: 'test', role: 'admin', address: 'internal' },
      });
      const codec = await mesosCodec(encoding);
      const records = [calls.attach(id), calls.stdin('one'), calls.stdin('two'), calls.stdin('')];
      const [first = Buffer.alloc(0), ...rest] = records.map((call) =>
        encodeRecord(codec.serialize('Call', call)),
      );
      const stream = Buffer.concat(rest);
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      t.after(() => agent.destroy());
      const next = random(7);
      const headers = {
        authorization,
        'content-type': RECORDIO_TYPE,
        'message-content-type': MEDIA_TYPES[encoding],
        'transfer-encoding': 'chunked',
      };
      const seen = new Set<number>();
      for (let round = 0; round < 1000; round++) {
        const body = Buffer.concat([first, damage(stream, next)]);
        const { status, text } = await post(agent, bench.port, headers, body);
        seen.add(status);
        assert.ok([200, 400, 500].includes(status), `${status} ${text}`);
        assert.doesNotMatch(text, /A fault in/);
        assert.equal(containers.get('p.c').taken, false);
      }
      assert.deepEqual([...seen].sort(), [200, 400, 500]);
      assert.equal(containers.get('p.c').termination, undefined);
    });
  });
}
