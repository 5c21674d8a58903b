import assert from 'node:assert/strict';
import { it } from 'node:test';
import { LineTable } from '../../../src/target/scripts/lineTable.js';
import { WeightedCache } from '../../../src/target/scripts/weightedCache.js';

it('the value used longest ago makes room', () => {
  const cache = new WeightedCache<string>(() => 10);
  cache.set('a', 'A', 4);
  cache.set('b', 'B', 4);
  assert.equal(cache.get('a'), 'A');
  cache.set('c', 'C', 4);
  assert.equal(cache.get('b'), undefined);
  assert.equal(cache.get('a'), 'A');
  cache.set('huge', 'H', 11);
  assert.equal(cache.get('huge'), undefined);
  assert.equal(cache.weight, 8);
});

it('a line table goes both ways', () => {
  const text = 'ab\n\ncde';
  const table = new LineTable(text);
  for (let offset = 0; offset <= text.length; offset++)
    assert.equal(table.offset(table.place(offset)), offset);
  assert.deepEqual(table.place(4), { line: 3, column: 1 });
  assert.equal(table.offset({ line: 99, column: 99 }), text.length);
});
