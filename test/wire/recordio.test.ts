import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodeRecords, encodeRecord, RecordDecoder } from '../../src/wire/index.js';

const SEED = 20261122;
const LIMIT = 1 << 20;

interface Decoded {
  readonly records: string[];
  readonly fault?: string;
  readonly partial: boolean;
}

function decode(pieces: readonly (Uint8Array | string)[], limit = LIMIT): Decoded {
  const decoder = new RecordDecoder(limit);
  const records: string[] = [];
  for (const piece of pieces) {
    for (const record of decoder.push(Buffer.from(piece))) records.push(record.toString('latin1'));
    if (decoder.fault) break;
  }
  return { records, fault: decoder.fault?.message, partial: decoder.partial };
}

const bytewise = (text: string): string[] => [...text];

describe('RecordIO, the tests of the reference', () => {
  it('encodes', () => {
    const records = ['hello!', '', ' ', '13 characters'].map((text) => encodeRecord(text).toString());
    assert.equal(records.join(''), '6\nhello!0\n1\n 13\n13 characters');
  });

  it('decodes, also what comes in pieces', () => {
    const decoder = new RecordDecoder(LIMIT);
    const push = (text: string): string[] => decoder.push(Buffer.from(text)).map(String);
    assert.deepEqual(push('6\nhello!0\n1\n '), ['hello!', '', ' ']);
    for (const piece of ['1', '3', '\n', '13 character']) assert.deepEqual(push(piece), []);
    assert.deepEqual(push('s'), ['13 characters']);
  });

  it('stays failed', () => {
    const decoder = new RecordDecoder(LIMIT);
    assert.deepEqual(decoder.push(Buffer.from('not a number\n')), []);
    const text =
      "Decoder failure: Failed to decode length 'not a number': Failed to convert 'not a number' to number";
    assert.equal(decoder.fault?.message, text);
    assert.equal(decoder.fault?.code, 'bad-record');
    assert.throws(() => decoder.push(Buffer.from('1\n')), { message: text });
  });
});

describe('RecordIO, the table of mesos-go with frames of at most 22 bytes', () => {
  const underrun = { partial: true };
  const letters = 'x'.repeat(21);
  const cases: [input: string, records: string[], end: 'ok' | 'bad' | 'underrun' | 'oversized'][] = [
    ['a', [], 'underrun'],
    [`${letters}\n`, [], 'bad'],
    [`${'1'.repeat(21)}\n`, [], 'bad'],
    ['a\n', [], 'bad'],
    // That reader skips empty records; here they are records.
    ['0\n', [''], 'ok'],
    [`${'0'.repeat(20)}\n`, [''], 'ok'],
    [`${'0'.repeat(21)}\n`, [], 'bad'],
    ['1\n', [], 'underrun'],
    ['1\na', ['a'], 'ok'],
    ['1\na0\n1\nb', ['a', '', 'b'], 'ok'],
    ['2\na', [], 'underrun'],
    ['5\nabcde5\nfgh', ['abcde'], 'underrun'],
    ['23\n', [], 'oversized'],
  ];
  for (const [input, records, end] of cases) {
    it(`${JSON.stringify(input)}: ${end}`, () => {
      for (const pieces of [[input], bytewise(input)]) {
        const decoded = decode(pieces, 22);
        assert.deepEqual(decoded.records, records);
        if (end === 'ok') assert.deepEqual([decoded.fault, decoded.partial], [undefined, false]);
        if (end === 'underrun')
          assert.deepEqual([decoded.fault, decoded.partial], [undefined, underrun.partial]);
        if (end === 'bad') assert.match(decoded.fault ?? '', /^Decoder failure: Failed to decode length '/);
        if (end === 'oversized')
          assert.match(decoded.fault ?? '', /'23': a record may have 22 bytes at most$/);
      }
    });
  }
});

describe('RecordIO lengths (sheet 2.4)', () => {
  const faulty = (count: string): string => `Failed to convert '${count}' to number`;
  for (const count of ['abc', '', '5\r', ' 5', '5 ', '1.5', '0x', '--1', '5e1', '\u0665']) {
    it(`${JSON.stringify(count)} is no number`, () => {
      const { fault } = decode([Buffer.from(`${count}\n12345`, 'latin1')]);
      const shown = Buffer.from(count, 'latin1').toString('latin1');
      assert.equal(fault, `Decoder failure: Failed to decode length '${shown}': ${faulty(shown)}`);
    });
  }

  it('takes +5 and 0x1F', () => {
    assert.deepEqual(decode(['+5\nabcde']).records, ['abcde']);
    assert.deepEqual(decode([`0x1F\n${'y'.repeat(31)}0X1\nz`]).records, ['y'.repeat(31), 'z']);
  });

  it('refuses at once what the reference would wait for without end', () => {
    for (const count of ['-1', '-0x1', '18446744073709551615', '99999999999999999999', '1048577']) {
      assert.ok(decode([`${count}\n`]).fault, count);
    }
    assert.ok(decode(['1'.repeat(100_000)]).fault);
  });

  it('an empty line between records is a fault, and the record before it is not lost', () => {
    const { records, fault } = decode(['1\na\n1\nb']);
    assert.deepEqual(records, ['a']);
    assert.equal(fault, "Decoder failure: Failed to decode length '': Failed to convert '' to number");
  });
});

describe('RecordIO and memory', () => {
  it('a promised length costs nothing until its bytes come', () => {
    const before = process.memoryUsage().arrayBuffers;
    const decoders = Array.from({ length: 1000 }, () => new RecordDecoder(1 << 30));
    for (const decoder of decoders) decoder.push(Buffer.from('1073741824\nx'));
    const each = (process.memoryUsage().arrayBuffers - before) / decoders.length;
    assert.ok(each < 128 * 1024, `${each} bytes each`);
    assert.ok(decoders.every((decoder) => decoder.partial));
  });

  it('bytes that come one by one keep nothing else alive', () => {
    const size = 1 << 20;
    const decoder = new RecordDecoder(size);
    decoder.push(Buffer.from(`${size}\n`));
    const before = process.memoryUsage().arrayBuffers;
    for (let index = 0; index < size - 1; index++) decoder.push(Buffer.alloc(1, index));
    const grown = process.memoryUsage().arrayBuffers - before;
    assert.ok(grown < 8 * size, `${grown} bytes for a record of ${size}`);
    const [record] = decoder.push(Buffer.alloc(1, size - 1));
    assert.equal(record?.length, size);
    assert.ok(record?.every((byte, index) => byte === index % 256));
  });
});

describe('RecordIO, generated', () => {
  const record = fc.uint8Array({ maxLength: 200 });

  it('what was encoded comes back, however it is cut', () => {
    const cuts = fc.array(fc.nat(5000), { maxLength: 30 });
    fc.assert(
      fc.property(fc.array(record, { maxLength: 12 }), cuts, (payloads, at) => {
        const stream = Buffer.concat(payloads.map(encodeRecord));
        const places = [0, ...at.map((place) => place % (stream.length + 1)), stream.length].sort(
          (a, b) => a - b,
        );
        const pieces = places.slice(1).map((end, index) => stream.subarray(places[index], end));
        const decoded = decode(pieces);
        assert.deepEqual(
          decoded.records,
          payloads.map((payload) => Buffer.from(payload).toString('latin1')),
        );
        assert.deepEqual([decoded.fault, decoded.partial], [undefined, false]);
      }),
      { seed: SEED, numRuns: 3000 },
    );
  });

  it('100,000 cut or damaged streams: records, a fault, or more to come; and the same however it is cut', () => {
    let faults = 0;
    let partials = 0;
    const damage = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }), fc.nat(), fc.nat());
    const payloads = fc.array(fc.uint8Array({ maxLength: 12 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(payloads, damage, (parts, [place, byte, length, cut]) => {
        const stream = Buffer.concat(parts.map(encodeRecord));
        stream[place % stream.length] = byte;
        const bytes = stream.subarray(0, 1 + (length % stream.length));
        const whole = decode([bytes], 64);
        const middle = cut % (bytes.length + 1);
        assert.deepEqual(decode([bytes.subarray(0, middle), bytes.subarray(middle)], 64), whole);
        if (whole.fault) faults++;
        else if (whole.partial) partials++;
      }),
      { seed: SEED, numRuns: 100_000 },
    );
    assert.ok(faults > 10_000 && partials > 10_000, `${faults} faults, ${partials} partial: too tame`);
  });

  it('an async stream: all good records, then the fault', async () => {
    async function* pieces(): AsyncGenerator<Buffer> {
      yield Buffer.from('1\na2');
      yield Buffer.from('\nbc0\nx\n1\nd');
    }
    const seen: string[] = [];
    await assert.rejects(
      async () => {
        for await (const one of decodeRecords(pieces(), LIMIT)) seen.push(one.toString());
      },
      { code: 'bad-record' },
    );
    assert.deepEqual(seen, ['a', 'bc', '']);
  });
});
