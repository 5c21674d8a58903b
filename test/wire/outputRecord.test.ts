import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { encodeRecord, mesosCodec, mesosJson } from '../../src/wire/index.js';
import { outputPieces, outputRecord } from '../../src/wire/mesos/outputRecord.js';

/** What the general codec makes of it; undefined where it refuses. */
function general(record: Buffer): unknown {
  try {
    return mesosJson.parse('ProcessIO', record);
  } catch {
    return undefined;
  }
}

describe('outputRecord', () => {
  it('reads what agents write', () => {
    const record = Buffer.from('{"type":"DATA","data":{"type":"STDOUT","data":"aGkK"}}');
    assert.deepEqual(outputRecord(record), {
      type: 'DATA',
      data: { type: 'STDOUT', data: Buffer.from('hi\n') },
    });
  });

  it('says the same as the general codec of any data', () => {
    const type = fc.constantFrom('STDOUT', 'STDERR', 'STDIN');
    fc.assert(
      fc.property(type, fc.uint8Array({ maxLength: 300 }), (type, bytes) => {
        const message = { type: 'DATA', data: { type, data: Buffer.from(bytes) } } as const;
        const record = mesosJson.serialize('ProcessIO', message);
        if (type === 'STDIN') assert.equal(outputRecord(record), undefined);
        else assert.deepEqual(outputRecord(record), general(record));
      }),
      { seed: 3, numRuns: 2000 },
    );
  });

  it('writes what the general codec writes', async () => {
    const sizes = fc.oneof(fc.nat(400), fc.constantFrom(16_370, 16_384, 65_535, 65_536));
    const codec = await mesosCodec('protobuf');
    fc.assert(
      fc.property(fc.constantFrom('stdout', 'stderr'), sizes, fc.nat(255), (stream, size, byte) => {
        const data = Buffer.alloc(size, byte);
        const type = stream === 'stdout' ? 'STDOUT' : 'STDERR';
        const whole = encodeRecord(codec.serialize('ProcessIO', { type: 'DATA', data: { type, data } }));
        assert.deepEqual(Buffer.concat(outputPieces(stream, data)), whole);
      }),
      { seed: 3, numRuns: 300 },
    );
  });

  it('says nothing else than the general codec of a mutated record', () => {
    const base = mesosJson.serialize('ProcessIO', {
      type: 'DATA',
      data: { type: 'STDERR', data: Buffer.from('some output of a container') },
    });
    const changes = fc.array(fc.tuple(fc.nat(base.length - 1), fc.nat(255)), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(changes, fc.nat(base.length), (edits, cut) => {
        const record = Buffer.from(base);
        for (const [at, byte] of edits) record[at] = byte;
        for (const piece of [record, record.subarray(0, cut)]) {
          const quick = outputRecord(piece);
          if (quick) assert.deepEqual(quick, general(piece));
        }
      }),
      { seed: 3, numRuns: 20_000 },
    );
  });
});
