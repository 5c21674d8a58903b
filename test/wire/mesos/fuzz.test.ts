import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RemoraError } from '../../../src/base/index.js';
import { parseJson, printJson } from '../../../src/wire/mesos/jsonForm.js';
import { MESSAGES } from '../../../src/wire/mesos/messages.js';
import { parseProtobuf, writeProtobuf } from '../../../src/wire/mesos/protobufForm.js';
import { type MessageType, type MessageValue, messageType } from '../../../src/wire/mesos/schema.js';
import { fullMessage } from './fullMessage.js';

// Most of the time would go into stacks of errors that nobody reads.
Error.stackTraceLimit = 0;
const SEED = 20261122;
const ROUNDS = 100_000;
/** The JSON form is the same code for all messages; those that travel get the full number. */
const JSON_ROUNDS = 2_000;
const TRAVELLING = ['Call', 'Response', 'ProcessIO'];

/** Mulberry32: small, fast, the same on every machine. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Cut off, one to four bytes changed, or a part left out or doubled. */
function damage(bytes: Buffer, next: (below: number) => number): Buffer {
  if (bytes.length === 0) return Buffer.from([next(256)]);
  switch (next(4)) {
    case 0:
      return bytes.subarray(0, next(bytes.length));
    case 1: {
      const from = next(bytes.length);
      const to = from + next(bytes.length - from);
      return Buffer.concat([bytes.subarray(0, next(2) ? from : to), bytes.subarray(to)]);
    }
    case 2: {
      const from = next(bytes.length);
      return Buffer.concat([bytes, bytes.subarray(from)]);
    }
    default: {
      const copy = Buffer.from(bytes);
      for (let count = 1 + next(4); count > 0; count--) copy[next(copy.length)] = next(256);
      return copy;
    }
  }
}

type Parse = (type: MessageType, bytes: Buffer) => MessageValue;
type Write = (type: MessageType, value: MessageValue) => Buffer;

/** How many of the damaged messages could be read all the same. */
function attack(type: MessageType, rounds: number, parse: Parse, write: Write): number {
  const next = random(SEED + type.name.length);
  const good = write(type, fullMessage(type));
  let read = 0;
  for (let round = 0; round < rounds; round++) {
    const bytes = damage(good, next);
    try {
      const value = parse(type, bytes);
      read++;
      // What could be read can be written, and is then read as the same.
      if (read % 50 === 0) {
        const written = write(type, value);
        assert.deepEqual(write(type, parse(type, written)), written);
      }
    } catch (error) {
      if (!(error instanceof RemoraError) || error.code !== 'undecodable') {
        assert.fail(`${type.name} ${bytes.toString('hex').slice(0, 400)}: ${String(error).slice(0, 400)}`);
      }
    }
  }
  return read;
}

const writeJson: Write = (type, value) => Buffer.from(printJson(type, value));

describe('every message, whole', () => {
  for (const name of Object.keys(MESSAGES)) {
    it(`${name} goes through both forms unchanged`, () => {
      const type = messageType(name);
      const value = fullMessage(type);
      assert.deepEqual(parseProtobuf(type, writeProtobuf(type, value)), value);
      assert.deepEqual(parseJson(type, writeJson(type, value)), value);
    });
  }
});

describe(`every message, ${ROUNDS} times cut or damaged`, () => {
  for (const name of Object.keys(MESSAGES)) {
    const type = messageType(name);
    it(`${name}: protobuf`, () => {
      const read = attack(type, ROUNDS, parseProtobuf, writeProtobuf);
      // A message without fields takes any field, and most damage is to what nobody looks at.
      if (type.fields.some(({ label }) => label === 'required')) assert.ok(read < ROUNDS);
    });
    const rounds = TRAVELLING.includes(name) ? ROUNDS : JSON_ROUNDS;
    it(`${name}: JSON, ${rounds} times`, () => {
      assert.ok(attack(type, rounds, parseJson, writeJson) < rounds);
    });
  }
});
