import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { byteOrder } from '../../src/fleet/records.js';

it('names are ordered as their bytes are', () => {
  const chars = fc.constantFrom(
    'a',
    'b',
    '\u00e9',
    '\uffff',
    '\ue000',
    '\ud7ff',
    '\u{1f980}',
    '\u{10000}',
    '',
  );
  const name = fc.array(chars, { maxLength: 5 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(name, name, (a, b) => {
      assert.equal(Math.sign(byteOrder(a, b)), Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
    { seed: 3, numRuns: 20_000 },
  );
});
