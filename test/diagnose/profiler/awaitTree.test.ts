/** What becomes of the pieces that the probe sends: nothing is counted twice, and anything can be sent. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AWAIT_NAME, AwaitTree } from '../../../src/target/index.js';
import type { StackTree } from '../../../src/wire/index.js';

const SEED = { seed: 20_261_122 };
const FUNCTIONS = ['handle', 'load', 'query', 'route'].map((name, index) => [
  name,
  '/app.js',
  10 * index + 1,
  1,
]);
const [HANDLE, LOAD, QUERY, ROUTE] = [0, 1, 2, 3];

/** Nanoseconds by `function:line` of the await. */
function waitsOf(tree: StackTree): Record<string, number> {
  const waits: Record<string, number> = {};
  for (const { place, parent, self } of tree.nodes()) {
    for (const [line, [, nanos]] of self) {
      assert.equal(place.functionName, AWAIT_NAME);
      const key = `${parent?.place.functionName}:${line}`;
      waits[key] = (waits[key] ?? 0) + Math.round(nanos);
    }
  }
  return waits;
}

function built(stacks: readonly unknown[]): Record<string, number> {
  const tree = new AwaitTree();
  tree.add({ functions: FUNCTIONS, stacks });
  return waitsOf(tree.build(100));
}

test('while one waits for another, the inner one has the time', () => {
  const waits = built([
    [[HANDLE, 3, 5, 1, ROUTE, 33, 1, 0], 10, 1000, 100],
    [[LOAD, 13, 5, 1, HANDLE, 3, 5, 1], 10, 600, 36],
    [[HANDLE, 4, 5, 1], 10, 50, 1],
    // A first await: its callers are on the stack, at the line of the call rather than of the await.
    [[QUERY, 23, 5, 1, LOAD, 12, 9, 0, HANDLE, 3, 5, 0, ROUTE, 32, 1, 0], 5, 300, 9],
    [[LOAD, 15, 5, 1, HANDLE, 3, 5, 1], 5, 301, 9],
  ]);
  // Of the 600 at line 13 load has 300 itself, and handle of its 1000 what load does not have. The route is not async.
  assert.deepEqual(waits, {
    'query:23': 300,
    'load:13': 300,
    'load:15': 301,
    'handle:3': 99,
    'handle:4': 50,
  });
});

test('a difference that chance can make is none', () => {
  const waits = built([
    [[HANDLE, 3, 5, 1], 3, 900, 300 ** 2 * 3],
    [[LOAD, 13, 5, 1, HANDLE, 3, 5, 1], 2, 600, 300 ** 2 * 2],
  ]);
  assert.deepEqual(waits, { 'load:13': 600 });
});

test('any piece is taken', () => {
  const number = fc.oneof(fc.nat(5), fc.double(), fc.constant(-1));
  const stack = fc.tuple(fc.array(number, { maxLength: 20 }), number, number, number);
  const functions = fc.array(fc.oneof(fc.constantFrom(...FUNCTIONS), fc.jsonValue()), { maxLength: 6 });
  const piece = fc.oneof(
    fc.jsonValue(),
    fc.record({ functions, stacks: fc.array(fc.oneof(stack, fc.jsonValue()), { maxLength: 8 }) }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 4 }), (pieces) => {
      const tree = new AwaitTree();
      for (const each of pieces) tree.add(each);
      for (const { self } of tree.build(50).nodes()) {
        for (const [, [awaits, nanos]] of self) assert.ok(awaits >= 0 && nanos >= 0 && nanos < 1e30);
      }
    }),
    { ...SEED, numRuns: 1000 },
  );
});
