import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { FrameReader, frame } from '../../../src/probe/worker/frames.js';
import { encodeFrame, FrameDecoder, FrameError } from '../../../src/target/channel/frames.js';

const SEED = 20_221_122;
const LIMIT = 4096;

/** Cuts bytes at the given places, in any order, some of them the same. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...at].map((start, index) => bytes.subarray(start, at[index] ?? bytes.length));
}

/** What a decoder makes of chunks: the objects before the first error, and whether there was one. */
function decode(chunks: readonly Buffer[]): { objects: unknown[]; broken: boolean } {
  const decoder = new FrameDecoder(LIMIT);
  const objects: unknown[] = [];
  for (const chunk of chunks) {
    try {
      objects.push(...decoder.push(chunk));
    } catch (error) {
      assert.ok(error instanceof FrameError, String(error));
      return { objects, broken: true };
    }
  }
  return { objects, broken: false };
}

function read(chunks: readonly Buffer[]): { objects: unknown[]; broken: boolean } {
  const reader = new FrameReader(LIMIT);
  const objects: unknown[] = [];
  for (const chunk of chunks) {
    const messages = reader.push(chunk);
    if (messages === undefined) return { objects, broken: true };
    objects.push(...messages);
  }
  return { objects, broken: false };
}

const places = fc.array(fc.nat(8192), { maxLength: 12 });
const objects = fc.array(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 6 }), {
  maxLength: 5,
});

/** Frames and things that nearly are: a wrong length, no JSON, JSON that is no object, plain noise. */
const nearlyFrames = fc
  .array(
    fc.oneof(
      fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 3 }).map((value) => encodeFrame(value)),
      fc.jsonValue().map((value) => encodeFrame(value as object)),
      fc.tuple(fc.nat(64), fc.string()).map(([length, text]) => {
        const head = Buffer.alloc(4);
        head.writeUInt32BE(length);
        return Buffer.concat([head, Buffer.from(text)]);
      }),
      fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
      fc.constantFrom(Buffer.from([0xff, 0xff, 0xff, 0xff]), Buffer.from([0, 0, 0, 0]), Buffer.alloc(0)),
    ),
    { maxLength: 6 },
  )
  .map((parts) => Buffer.concat(parts));

describe('frames', () => {
  it('come out as they went in, however they are cut', () => {
    fc.assert(
      fc.property(objects, places, (values, at) => {
        const expected = values.map((value) => JSON.parse(JSON.stringify(value)));
        const bytes = Buffer.concat(values.map((value) => encodeFrame(value)));
        fc.pre(values.every((value) => encodeFrame(value).length - 4 <= LIMIT));
        assert.deepEqual(decode(cut(bytes, at)), { objects: expected, broken: false });
      }),
      { seed: SEED, numRuns: 10_000 },
    );
  });

  it('that are none are an error, never a crash, in 100,000 generated inputs; both readers agree', () => {
    fc.assert(
      fc.property(nearlyFrames, places, (bytes, at) => {
        const chunks = cut(bytes, at);
        const whole = decode([bytes]);
        const cutUp = decode(chunks);
        assert.equal(cutUp.broken, whole.broken, 'the cuts make no difference');
        // What came whole before the error was given out only where it came in an earlier chunk.
        if (!whole.broken) assert.deepEqual(cutUp.objects, whole.objects);
        const probe = read(chunks);
        if (!cutUp.broken) assert.deepEqual(probe, cutUp, 'the probe reads the same');
      }),
      { seed: SEED, numRuns: 100_000 },
    );
  });

  it('are written alike by agent and probe', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        assert.deepEqual(encodeFrame(value), frame(value));
      }),
      { seed: SEED, numRuns: 1000 },
    );
  });

  it('above the limit are refused by their head alone', () => {
    const head = Buffer.alloc(4);
    head.writeUInt32BE(LIMIT + 1);
    assert.throws(() => new FrameDecoder(LIMIT).push(head), FrameError);
    assert.equal(new FrameReader(LIMIT).push(head), undefined);
  });

  it('that come byte by byte cost about their size', () => {
    const limit = 4 * 1024 * 1024;
    const bytes = encodeFrame({ text: 'x'.repeat(limit - 100) });
    for (const reader of [new FrameDecoder(limit), new FrameReader(limit)]) {
      global.gc?.();
      const before = process.memoryUsage();
      for (let at = 0; at < bytes.length - 1; at += 1) reader.push(bytes.subarray(at, at + 1));
      const after = process.memoryUsage();
      const grown = after.arrayBuffers - before.arrayBuffers;
      assert.ok(grown < 4 * limit + 16 * 1024 * 1024, `${grown} bytes`);
      assert.equal(reader.push(bytes.subarray(-1))?.length, 1);
    }
  });

  it('hold what follows the first, for a reader of one', () => {
    const reader = new FrameReader(64);
    const large = encodeFrame({ text: 'x'.repeat(1000) });
    assert.deepEqual(reader.push(Buffer.concat([encodeFrame({ a: 1 }), large]), 1), [{ a: 1 }]);
    assert.deepEqual(new FrameReader(LIMIT).push(reader.rest()), [{ text: 'x'.repeat(1000) }]);
  });

  it('are deep without an end', () => {
    const deep = Buffer.from(`${'{"a":'.repeat(700)}1${'}'.repeat(700)}`);
    const head = Buffer.alloc(4);
    head.writeUInt32BE(deep.length);
    assert.equal(new FrameDecoder(1 << 20).push(Buffer.concat([head, deep])).length, 1);
    const endless = Buffer.from('['.repeat(500_000));
    head.writeUInt32BE(endless.length);
    assert.throws(() => new FrameDecoder(1 << 20).push(Buffer.concat([head, endless])), FrameError);
  });
});
