import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RemoraError } from '../../../src/base/index.js';
import { a1, type Message } from '../../../src/wire/index.js';
import { EXCHANGES } from './a1Bytes.js';

const TIMES = 100_000;

/** A small seeded generator (xorshift), so that a failure can be had again. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** Bytes of every message there is, as they go over the wire. */
const BODIES = EXCHANGES.flatMap(({ request, response }) => [request, response])
  .filter((hex) => hex !== '')
  .map((hex) => Buffer.from(hex, 'hex'));

/** Cut anywhere, or with up to four bytes changed. */
function damaged(random: (below: number) => number): Buffer {
  const body = Buffer.from(BODIES[random(BODIES.length)] as Buffer);
  if (random(2) === 0) return body.subarray(0, random(body.length + 1));
  for (let times = 1 + random(4); times > 0; times -= 1) body[random(body.length)] = random(256);
  return body;
}

describe('A1 messages, cut or damaged', () => {
  for (const [index, { name, request, response }] of Object.values(a1.A1).entries()) {
    for (const [part, message] of Object.entries({ request, response }) as [string, Message<unknown>][]) {
      it(`${name}, ${part}: ${TIMES} times read, or refused as protobuf`, (t) => {
        const { stackTraceLimit } = Error;
        // To collect the stacks of a million refusals would take minutes.
        Error.stackTraceLimit = 0;
        t.after(() => {
          Error.stackTraceLimit = stackTraceLimit;
        });
        const random = numbers(index * 2 + (part === 'request' ? 1 : 2));
        let read = 0;
        for (let time = 0; time < TIMES; time += 1) {
          const bytes = damaged(random);
          try {
            message.decode(bytes);
            read += 1;
          } catch (error) {
            if (!(error instanceof RemoraError)) assert.fail(`${bytes.toString('hex')}: ${String(error)}`);
          }
        }
        assert.ok(read > 0 && read < TIMES, `${read} of ${TIMES} were read`);
      });
    }
  }
});
