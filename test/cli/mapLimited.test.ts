import assert from 'node:assert/strict';
import { it } from 'node:test';
import { mapLimited } from '../../src/cli/mapLimited.js';

it('maps in order, a few at a time, and ends with the first fault', async () => {
  let now = 0;
  let most = 0;
  const work = async (item: number): Promise<number> => {
    most = Math.max(most, ++now);
    await new Promise((resolve) => setTimeout(resolve, item % 3));
    now -= 1;
    if (item === 99) throw new Error('the last');
    return item * 2;
  };
  const items = Array.from({ length: 50 }, (_, index) => index);
  assert.deepEqual(
    await mapLimited(items, work, 4),
    items.map((item) => item * 2),
  );
  assert.equal(most, 4);
  assert.deepEqual(await mapLimited([], work), []);
  await assert.rejects(mapLimited([1, 99], work), /the last/);
});
