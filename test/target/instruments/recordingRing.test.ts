import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { openCells } from '../../../src/probe/instrument/recording/cells.js';
import { RingWriter } from '../../../src/probe/instrument/recording/ring.js';
import { FLAG, sharedBytes } from '../../../src/probe/layout.js';
import { RingReader } from '../../../src/probe/worker/instruments/ringReader.js';

function open(bytes: number): { writer: RingWriter; reader: RingReader; flags: Int32Array } {
  const shared = new SharedArrayBuffer(sharedBytes(bytes));
  return {
    writer: new RingWriter(openCells(shared)),
    reader: new RingReader(shared),
    flags: new Int32Array(shared),
  };
}

describe('the ring of records', () => {
  it('gives in order what was written, whatever the sizes, or counts what it dropped', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.string({ unit: 'grapheme', maxLength: 90 }),
      fc.nat(1100).map((length) => 'x'.repeat(length)),
    );
    const step = fc.oneof(
      text.map((value) => ({ value })),
      fc.nat(600).map((most) => ({ most })),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), fc.integer(), (steps, start) => {
        const { writer, reader, flags } = open(1024);
        // Also where the counters of bytes run over.
        flags[FLAG.ringHead] = flags[FLAG.ringTail] = start & ~3;
        const expected: string[] = [];
        const given: string[] = [];
        let refused = 0;
        for (const each of steps) {
          if ('most' in each) given.push(...reader.read(each.most));
          else if (writer.write(each.value)) expected.push(Buffer.from(each.value).toString());
          else refused += 1;
        }
        given.push(...reader.read(Number.POSITIVE_INFINITY));
        assert.deepEqual(given, expected);
        assert.equal(flags[FLAG.ringDropped], refused);
        assert.ok(reader.isEmpty && reader.caughtUp);
      }),
      { numRuns: 1500, seed: 4 },
    );
  });

  it('takes a record of all its room, and none that is larger', () => {
    const { writer, reader } = open(1024);
    assert.equal(writer.write('y'.repeat(writer.capacity + 1)), false);
    for (const text of ['ab', 'y'.repeat(writer.capacity), 'c']) {
      assert.equal(writer.write(text), true);
      assert.deepEqual(reader.read(1), [text]);
    }
  });

  it('without room takes nothing', () => {
    const { writer, reader } = open(0);
    assert.equal(writer.write('x'), false);
    assert.deepEqual(reader.read(100), []);
  });

  it('skips what makes no sense, and reads what comes after', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer(), { minLength: 4, maxLength: 64 }),
        fc.nat(),
        fc.nat(),
        (words, head, tail) => {
          const { writer, reader, flags } = open(256);
          const memory = new Int32Array(flags.buffer, flags.byteLength - 256);
          for (let at = 0; at < words.length; at++) memory[at % 64] = words[at] ?? 0;
          flags[FLAG.ringHead] = head & ~3;
          flags[FLAG.ringTail] = tail & ~3;
          reader.read(10_000);
          reader.read(10_000);
          flags[FLAG.ringTail] = flags[FLAG.ringHead] ?? 0;
          assert.equal(writer.write('after'), true);
          assert.deepEqual(reader.read(100), ['after']);
        },
      ),
      { numRuns: 500, seed: 4 },
    );
  });

  it('between two threads loses nothing and mixes nothing up', async () => {
    const { Worker } = await import('node:worker_threads');
    const shared = new SharedArrayBuffer(sharedBytes(4096));
    const worker = new Worker(new URL('./ringWriterThread.js', import.meta.url), {
      workerData: { shared, count: 20_000 },
    });
    const done = new Promise((resolve) => worker.once('exit', resolve));
    const reader = new RingReader(shared);
    const seen: number[] = [];
    let ended = false;
    void done.then(() => {
      ended = true;
    });
    while (!ended || !reader.isEmpty) {
      for (const text of reader.read(2000)) {
        const { n, pad } = JSON.parse(text) as { n: number; pad: string };
        assert.equal(pad.length, n % 700);
        seen.push(n);
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal(seen.length, 20_000);
    assert.ok(seen.every((n, at) => n === at));
  });
});
