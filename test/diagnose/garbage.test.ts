import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { answerRequest } from '../../src/diagnose/actions.js';
import { Bench } from './support/bench.js';

const STATES = new Set(['SCHEDULED', 'SUCCEEDED', 'FAILED', 'REFUSED', 'INTERRUPTED']);

test('generated requests: always an answer, never a fault of ours', async () => {
  const bench = await Bench.start();
  const ids = await bench.session();
  const gone = new AbortController();
  gone.abort();
  const word = fc.constantFrom(
    'version',
    'help',
    'many',
    'tick',
    'history',
    'jobs',
    'kill',
    'reset',
    'need',
    'nosuch',
  );
  const rest = fc.constantFrom(
    '-n',
    '2',
    '-h',
    '|',
    'grep',
    'wc',
    '&',
    '>',
    "'",
    '"',
    '\\',
    '--',
    '-x',
    '%1',
    '\u0000',
  );
  const line = fc
    .tuple(word, fc.array(rest, { maxLength: 6 }))
    .map(([name, more]) => [name, ...more].join(' '));
  const action = fc.constantFrom(
    'exec',
    'async_exec',
    'interrupt_job',
    'pull_results',
    'join_session',
    'session_info',
    'nope',
  );
  const request = fc.record(
    {
      action: fc.oneof({ weight: 9, arbitrary: action }, { weight: 1, arbitrary: fc.jsonValue() }),
      sessionId: fc.constantFrom(ids.sessionId, ids.sessionId, ids.sessionId, '', 'x'),
      consumerId: fc.constantFrom(ids.consumerId, ids.consumerId, ids.consumerId, 'x'),
      command: fc.oneof({ weight: 9, arbitrary: line }, { weight: 1, arbitrary: fc.jsonValue() }),
      process: fc.constantFrom('shop', '4242', '', '', 7),
      execTimeout: fc.constantFrom(1, '1', 5),
      requestId: fc.jsonValue(),
    },
    { requiredKeys: ['action', 'execTimeout'] },
  );
  let succeeded = 0;
  await fc.assert(
    fc.asyncProperty(request, async (fields) => {
      // A poll of a client that has gone does not wait; so the run is short.
      const signal = fields.action === 'pull_results' ? gone.signal : new AbortController().signal;
      const body = Buffer.from(JSON.stringify(fields));
      const answer = await answerRequest(bench.store, body, { caller: bench.caller, abort: { signal } });
      assert.ok(STATES.has(answer.state));
      assert.doesNotMatch(answer.message ?? '', /process http api request failed|internal-fault/);
      if (answer.state === 'SUCCEEDED') succeeded++;
    }),
    { seed: 20260107, numRuns: 3000 },
  );
  assert.ok(succeeded > 300, `only ${succeeded} succeeded: the generator is too wild`);
  assert.deepEqual(bench.faults, []);
  await bench.close();
  assert.equal(bench.store.runningJobs(), 0);
  assert.equal(bench.store.queuedBytes, 0);
});
