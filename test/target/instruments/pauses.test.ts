import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { instrumentsOf, type ObservableFunction } from '../../../src/target/index.js';
import { nodeMajors } from '../../support/index.js';
import { newTargets } from '../attach/attaching.js';
import { Zoo } from './zoo.js';

const CYCLES = 15;
const CALLS = 3000;
/** A thread that is always busy has few turns in which a constant can be set. */
const FEWEST = 4;
/** Functions that make a context when they begin, since something in them holds their variables. */
const BUSY = ['promise', 'closure-per-call', 'generator', 'decorated'];

describe('pauses', { concurrency: 4 }, () => {
  for (const node of nodeMajors) {
    // V8 looks through all frames when it pauses, and aborts on one that is about to make its context.
    it(`a busy application on Node ${node} outlives them`, async (t) => {
      const zoo = await Zoo.start(node, 'esm', { test: t });
      const target = await newTargets(t).attach(String(zoo.target.pid));
      const lease = target.lease('pauses');
      const instruments = instrumentsOf(target);
      const constant = (await zoo.specimens()).find(({ kind }) => kind === 'const')!;
      const functions = await instruments.find({ ...constant, regex: false }, { most: 5 });
      let running = true;
      const work = (async () => {
        while (running) await zoo.warm({ kinds: [...BUSY, 'const'], times: CALLS });
      })();
      let installed = 0;
      for (let cycle = 0; cycle < CYCLES; cycle += 1) {
        if (await cycleOf(instruments, functions)) installed += 1;
      }
      running = false;
      await work;
      const { wrong } = await zoo.round({ times: 3 });
      assert.deepEqual(wrong, []);
      assert.ok(installed >= FEWEST, `${installed} of ${CYCLES} were installed`);
      lease.release();
    });
  }
});

/** Whether the function was reached. */
async function cycleOf(
  instruments: ReturnType<typeof instrumentsOf>,
  functions: readonly ObservableFunction[],
): Promise<boolean> {
  const observation = await instruments.observe(functions, {
    kind: 'monitor',
    points: ['finish'],
    limits: { depth: 1, items: 1, string: 10, bytes: 100, time: 5 },
    hits: 0,
    holder: 'pauses',
  });
  let reached = observation.functions.some(({ report }) => report.state === 'installed');
  for (let look = 0; look < 20 && !reached; look += 1) {
    await new Promise((done) => setTimeout(done, 20));
    const status = await instruments.status();
    reached = status?.hooks.some(({ report }) => report.state === 'installed') ?? false;
  }
  await observation.end();
  return reached;
}
