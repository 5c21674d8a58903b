import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Published, publish } from '../../src/diagnose/published.js';
import { ByteBudget, ResultQueue } from '../../src/diagnose/resultQueue.js';

const budget = () => new ByteBudget(() => Number.POSITIVE_INFINITY);
const hit = (number: number, jobId = 1) => publish(jobId, { type: 'hit', number });
const status = (jobId = 1) => publish(jobId, { type: 'status', statusCode: 0 });

function queue(results: number, marksLosses = true, bytes = Number.POSITIVE_INFINITY): ResultQueue {
  return new ResultQueue({ results, bytes, marksLosses }, budget());
}

function drain(from: ResultQueue): Published[] {
  const all: Published[] = [];
  for (let next = from.take(); next; next = from.take()) all.push(next);
  return all;
}

const short = ({ json }: Published) => {
  const { type, number, count, jobId } = JSON.parse(json) as Record<string, unknown>;
  return `${type}${number ?? count ?? ''}@${jobId}`;
};

test('the count of what was lost stands where it was lost', () => {
  const full = queue(3);
  for (let number = 1; number <= 5; number++) full.push(hit(number));
  assert.deepEqual(drain(full).map(short), ['dropped2@1', 'hit3@1', 'hit4@1', 'hit5@1']);
});

test('losses of several jobs have no job', () => {
  const full = queue(1);
  for (const jobId of [1, 2, 3]) full.push(hit(0, jobId));
  assert.deepEqual(drain(full).map(short), ['dropped2@0', 'hit0@3']);
});

test('the end of a job outlives its results; gaps on both sides of it stay apart', () => {
  const full = queue(3);
  full.push(hit(1));
  full.push(status(1));
  for (let number = 2; number <= 5; number++) full.push(hit(number, 2));
  assert.deepEqual(drain(full).map(short), ['dropped1@1', 'status@1', 'dropped2@2', 'hit4@2', 'hit5@2']);
});

test('a queue full of ends drops the oldest of them: it has a bound', () => {
  const full = queue(2);
  for (let jobId = 1; jobId <= 4; jobId++) full.push(status(jobId));
  assert.deepEqual(drain(full).map(short), ['dropped2@0', 'status@3', 'status@4']);
});

test('one result above the bound of bytes still gets through', () => {
  const small = queue(100, true, 10);
  small.push(hit(1));
  assert.deepEqual(drain(small).map(short), ['hit1@1']);
  small.push(hit(2));
  small.push(hit(3));
  assert.deepEqual(drain(small).map(short), ['dropped1@1', 'hit3@1']);
});

test('as the reference: the oldest goes, whatever it is, without a trace', () => {
  const full = queue(2, false);
  full.push(status());
  full.push(hit(1));
  full.push(hit(2));
  assert.deepEqual(drain(full).map(short), ['hit1@1', 'hit2@1']);
});

test('what was restored comes first', () => {
  const some = queue(10);
  some.push(hit(1));
  some.push(hit(2));
  const taken = some.take() as Published;
  some.restore([taken]);
  assert.deepEqual(drain(some).map(short), ['hit1@1', 'hit2@1']);
});

test('whatever happens: bounds hold, counts add up, order stays, the budget is returned', () => {
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.constant('hit' as const) },
    { weight: 1, arbitrary: fc.constant('status' as const) },
    { weight: 2, arbitrary: fc.constant('take' as const) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), fc.integer({ min: 1, max: 8 }), (steps, limit) => {
      const shared = budget();
      const under = new ResultQueue({ results: limit, bytes: 400, marksLosses: true }, shared);
      let pushed = 0;
      let seen = 0;
      let last = 0;
      const read = (result: Published) => {
        const { type, number, count } = JSON.parse(result.json) as {
          type: string;
          number?: number;
          count?: number;
        };
        seen += type === 'dropped' ? (count ?? 0) : 1;
        if (number !== undefined) {
          assert.ok(number > last);
          last = number;
        }
      };
      for (const kind of steps) {
        if (kind === 'take') {
          const taken = under.take();
          if (taken) read(taken);
        } else {
          pushed++;
          under.push(kind === 'hit' ? hit(pushed) : publish(1, { type: 'status', number: pushed }));
        }
        assert.ok(under.size <= limit);
        assert.ok(under.byteSize <= 400);
        assert.equal(shared.used, under.byteSize);
      }
      for (const result of drain(under)) read(result);
      assert.equal(seen, pushed);
      assert.equal(shared.used, 0);
    }),
    { seed: 20260105, numRuns: 3000 },
  );
});

test('items of a batch: list and map fields count by their length', () => {
  assert.equal(publish(1, { type: 'x' }).items, 1);
  assert.equal(publish(1, { type: 'x', rows: [1, 2, 3], map: new Map([['a', 1]]) }).items, 4);
  assert.equal(publish(1, { type: 'x', rows: [] }).items, 1);
  assert.equal(publish(1, { type: 'cat', content: 'x'.repeat(250) }).items, 3);
});
