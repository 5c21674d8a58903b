/** Closures that traced calls have made outlive the trace, and cost next to nothing then. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventually } from '../../support/index.js';
import { Program } from './traceKit.js';

const MANY = 2000;
/** One that keeps the nodes of its tree takes four times as much. */
const MOST_BYTES = 2500;
const HEAP =
  "(() => { require('node:v8').setFlagsFromString('--expose-gc'); const gc = require('node:vm').runInNewContext('gc'); gc(); gc(); return process.memoryUsage().heapUsed })()";

describe('closures that a traced call has made', () => {
  it('keep no nodes, and go when they are let go', async (t) => {
    const program = await Program.start(t, 22, 'trace/closures.cjs');
    await program.instruments.setBudget({ share: 0, overMs: 5000, burstShare: 0, burstMs: 1000 });
    const heap = () => program.ask<number>(HEAP);
    await program.ask(`closures.keep(${MANY}), closures.drop(), 0`);
    const trace = await program.trace(
      await program.find('closures.cjs', 'made'),
      {},
      { hits: 0, rate: 100_000 },
    );
    await trace.ready(() => program.ask('closures.keep(1)'));
    await program.ask('closures.drop(), 0');
    const traced = await heap();
    await program.ask(`closures.keep(${MANY})`);
    await eventually(() => trace.trees.some(({ root }) => root.children.length > 30), { what: 'trees' });
    await trace.observation.end();
    await eventually(async () => (await program.instruments.status())?.hooks.length === 0, {
      what: 'hooks to be undone',
    });
    const kept = (await heap()) - traced;
    t.diagnostic(`${Math.round(kept / MANY)} bytes for each closure`);
    assert.ok(kept < MANY * MOST_BYTES, `${Math.round(kept / MANY)} bytes for each closure`);
    const sum = await program.ask<number>('closures.call()');
    assert.equal(sum, MANY * 41);
    assert.ok((await heap()) - traced < kept + 500_000, 'calls of them keep nothing');
    await program.ask('closures.drop(), 0');
    const left = (await heap()) - traced;
    assert.ok(left < 400_000, `${left} bytes are left`);
  });
});
