/** Call trees take no more than the budget, and leave nothing: not on reset, not when the agent dies. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually, nodeMajors, spawnTarget } from '../../support/index.js';
import { startAgent } from '../attach/agentProcess.js';
import { Program } from './traceKit.js';

const ORDERS = 'trace/orders.cjs';
const NAMES = ['place', 'many', 'loop', 'validate', 'tax', 'check', 'background', 'deferred', 'later'];
const REMEMBER = `globalThis.was = { fns: ${JSON.stringify(NAMES)}.map((n) => orders[n]), put: orders.store.put, find: orders.store.find }, 0`;
const IS_BACK = `${JSON.stringify(NAMES)}.every((n, i) => orders[n] === was.fns[i]) && orders.store.put === was.put && orders.store.find === was.find && orders.place.toString().startsWith('async function place(order)') && Reflect.ownKeys(orders.place).join() === 'length,name'`;
const SYMBOLS = 'Object.getOwnPropertySymbols(globalThis).map(String).join()';
const CALL = 'orders.place({id:1,items:[{price:1},{price:2}]})';

describe('trace, and its end', { concurrency: 4 }, () => {
  for (const node of nodeMajors) {
    it(`kill -9 of the agent in the middle of trees leaves nothing, on Node ${node}`, async (t) => {
      const process = await spawnTarget({ node, file: ORDERS, test: t });
      const program = Program.of(process);
      await program.ask(REMEMBER);
      const symbols = await program.ask(SYMBOLS);
      const agent = await startAgent(t);
      const { pid } = process;
      await agent.ask('attach', { pid });
      const params = {
        module: 'orders.cjs',
        names: ['place', 'background'],
        depth: 3,
        acrossCallbacks: true,
      };
      assert.equal(await agent.ask('trace', { pid, params }), 2);
      await program.ask(
        'globalThis.busy = setInterval(() => { orders.many(3); orders.background() }, 20), 0',
      );
      await eventually(async () => (await agent.ask<number>('trees', { pid })) > 20, { what: 'trees' });
      assert.equal(await program.ask(IS_BACK), false);
      await agent.kill();
      await eventually(async () => (await program.ask(IS_BACK)) === true, {
        what: 'the functions to be back',
        timeoutMs: 10_000,
      });
      await program.ask('clearInterval(busy), 0');
      assert.deepEqual(await program.ask(CALL), { id: 1, due: 0.5700000000000001 });
      assert.equal(await program.ask(SYMBOLS), symbols);
      assert.equal(
        process
          .stderr()
          .replace(/^.*(?:debugg|inspector).*$/gim, '')
          .trim(),
        '',
      );
    });

    it(`a reset gives back what was there, and its speed, on Node ${node}`, async (t) => {
      const program = await Program.start(t, node, ORDERS);
      await program.ask(REMEMBER);
      const speed = async (): Promise<number> => {
        const times: number[] = [];
        for (let round = 0; round < 12; round++) {
          times.push(
            await program.ask<number>(
              '(() => { const t = performance.now(); orders.loop(200000); return performance.now() - t })()',
            ),
          );
        }
        return Math.min(...times);
      };
      const before = await speed();
      await program.instruments.setBudget({ share: 0, overMs: 5000, burstShare: 0, burstMs: 1000 });
      const trace = await program.trace(await program.find('orders.cjs', 'loop', 'place'), { depth: 3 });
      await trace.ready(async () => {
        await program.ask('orders.loop(3)');
        await program.ask(CALL);
      }, 10);
      await program.instruments.reset(undefined);
      await eventually(() => trace.events.some(({ kind }) => kind === 'end'), { what: 'the end' });
      await eventually(async () => (await program.instruments.status())?.hooks.length === 0, {
        what: 'no hooks',
      });
      assert.equal(await program.ask(IS_BACK), true);
      const trees = trace.trees.length;
      const after = await speed();
      assert.equal(trace.trees.length, trees);
      // A call that stayed wrapped would take a hundred times as long.
      assert.ok(after < before * 5 + 5, `${before} ms before, ${after} ms after`);
    });
  }

  it('samples what takes more than the budget, then lets it go, and the program has its speed back', async (t) => {
    const program = await Program.start(t, 22, ORDERS);
    await program.ask(REMEMBER);
    const trace = await program.trace(await program.find('orders.cjs', 'loop'), { depth: 2 }, { hits: 0 });
    await trace.ready(() => program.ask('orders.loop(3)'), 2);
    await program.ask(
      'globalThis.hot = setInterval(() => { const end = performance.now() + 8; while (performance.now() < end) orders.loop(50) }, 10), 0',
    );
    const said = () => trace.events.flatMap((event) => (event.kind === 'governor' ? [event] : []));
    await eventually(() => said().some(({ event }) => event.action === 'sampled'), {
      what: 'the governor to act',
      timeoutMs: 20_000,
    });
    await eventually(
      async () => {
        const hooks = (await program.instruments.status())?.hooks ?? [];
        return hooks.every(({ mode }) => mode !== 'full');
      },
      { what: 'all that is called so often to be sampled or off', timeoutMs: 20_000 },
    );
    await sleep(2500);
    const { share } = (await program.instruments.status()) ?? { share: 1 };
    assert.ok(share < 0.05, `${share} of a core`);
    for (const { event } of said()) assert.match(event.text, /times a second/);
    await program.ask('clearInterval(hot), 0');
    await trace.observation.end();
    assert.equal(await program.ask(IS_BACK), true);
  });

  it('takes no more trees than the rate, and counts the others', async (t) => {
    const program = await Program.start(t, 22, ORDERS);
    await program.instruments.setBudget({ share: 0, overMs: 5000, burstShare: 0, burstMs: 1000 });
    const trace = await program.trace(await program.find('orders.cjs', 'tax'), {}, { hits: 5 });
    await program.ask('orders.tax({items:[]})');
    await eventually(
      async () => {
        await program.ask('orders.tax({items:[{price:1}]})');
        return trace.events.some(({ kind }) => kind === 'end');
      },
      { what: 'the end after five' },
    );
    assert.equal(trace.trees.length, 5);
  });
});
