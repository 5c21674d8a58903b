import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { inputRecord } from '../../src/wire/mesos/inputRecord.js';

/** The sheet's vectors (mesos-agent.md 8). */
const VECTORS: [payload: string, hex: string, json: string][] = [
  [
    'hi\n',
    '0812520f08021a0b080112070801120368690a',
    '{"type":"ATTACH_CONTAINER_INPUT","attach_container_input":{"type":"PROCESS_IO","process_io":{"type":"DATA","data":{"type":"STDIN","data":"aGkK"}}}}',
  ],
  [
    '',
    '0812520c08021a080801120408011200',
    '{"type":"ATTACH_CONTAINER_INPUT","attach_container_input":{"type":"PROCESS_IO","process_io":{"type":"DATA","data":{"type":"STDIN","data":""}}}}',
  ],
];

/** The message of a record, after its length was checked. */
function messageOf(pieces: readonly Buffer[]): Buffer {
  const record = Buffer.concat(pieces);
  const end = record.indexOf(0x0a);
  const message = record.subarray(end + 1);
  assert.equal(Number(record.toString('latin1', 0, end)), message.length);
  return message;
}

/** Reads the length at `at` and steps over it. */
function lengthAt(bytes: Buffer, at: number): [length: number, next: number] {
  let length = 0;
  for (let shift = 0, index = at; ; shift += 7, index += 1) {
    const byte = bytes[index] ?? 0;
    length += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return [length, index + 1];
  }
}

describe('inputRecord', () => {
  for (const [payload, hex, json] of VECTORS) {
    it(`is the sheet's bytes: ${JSON.stringify(payload)}`, () => {
      assert.equal(messageOf(inputRecord(Buffer.from(payload), 'protobuf')).toString('hex'), hex);
      assert.equal(messageOf(inputRecord(Buffer.from(payload), 'json')).toString(), json);
    });
  }

  it('carries any payload, in lengths that nest exactly', () => {
    const sizes = fc.oneof(fc.nat(300), fc.constantFrom(16_350, 16_383, 16_384, 65_535, 65_536, 2_097_152));
    fc.assert(
      fc.property(sizes, fc.nat(255), (size, byte) => {
        const payload = Buffer.alloc(size, byte);
        const message = messageOf(inputRecord(payload, 'protobuf'));
        let at = 0;
        for (const prefix of ['081252', '08021a', '080112', '080112']) {
          assert.equal(message.toString('hex', at, at + 3), prefix);
          const [length, next] = lengthAt(message, at + 3);
          assert.equal(length, message.length - next);
          at = next;
        }
        assert.deepEqual(message.subarray(at), payload);
        const parsed = JSON.parse(messageOf(inputRecord(payload, 'json')).toString());
        assert.deepEqual(Buffer.from(parsed.attach_container_input.process_io.data.data, 'base64'), payload);
      }),
      { seed: 3, numRuns: 200 },
    );
  });
});
