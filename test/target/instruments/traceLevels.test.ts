/** How many calls it takes until each level of what is called is looked into. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventually } from '../../support/index.js';
import { outline, Program } from './traceKit.js';

/** Of each kind: the functions in the order of their levels, and the tree of the call after the last. */
const KINDS: Readonly<Record<string, readonly [levels: readonly string[], tree: readonly string[]]>> = {
  declared: [
    ['declared', 'second', 'third'],
    ['second×1', 'third×1'],
  ],
  arrow: [
    ['arrow', 'arrow2', 'arrow3'],
    ['arrow2×1', 'arrow3×1'],
  ],
  'api.method': [
    ['api.method', 'place', 'check'],
    ['shop.place×1', 'this.check×1', 'this.price×1'],
  ],
  'api.held': [
    ['api.held', 'depot.take', 'depot.find'],
    ['depot.take×1', 'depot.find×1', 'third×1'],
  ],
  'api.given': [
    ['api.given', 'check', 'price'],
    ['given.check×1', 'this.price×1', 'third×1'],
  ],
  'api.imported': [
    ['api.imported', 'imported', 'below'],
    ['imported×1', 'below×1'],
  ],
};

async function isPrepared(program: Program, name: string): Promise<boolean> {
  const { hooks = [] } = (await program.instruments.status()) ?? {};
  return hooks.some(({ of, holders = [] }) => of?.methodName === name && holders.includes('trace'));
}

describe('levels of a trace', { concurrency: 2 }, () => {
  for (const node of [20, 26] as const) {
    it(`take two calls each at most, on Node ${node}`, async (t) => {
      const program = await Program.start(t, node, 'trace/levels.mjs');
      await program.instruments.setBudget({ share: 0, overMs: 5000, burstShare: 0, burstMs: 1000 });
      for (const [name, [levels, tree]] of Object.entries(KINDS)) {
        const trace = await program.trace(await program.find('levels.mjs', name), { depth: 3 });
        const call = () => program.ask(`api.${name.replace('api.', '')}(1)`);
        for (const level of levels.keys()) {
          await call();
          // One that reaches it, and one that has its copy compiled.
          await new Promise((done) => setTimeout(done, 300));
          await call();
          const next = levels[level + 1];
          if (next !== undefined) {
            const what = `${name}: ${next} to be prepared after ${2 * level + 2} calls`;
            await eventually(async () => await isPrepared(program, next), { what, timeoutMs: 15_000 });
          }
          // Its condition is on its way, or its wrapper.
          await new Promise((done) => setTimeout(done, 300));
        }
        await call();
        const last = await eventually(() => trace.trees[2 * levels.length], {
          what: 'the tree of the last call',
        });
        const lines = [`function ${name}×1`, ...tree];
        assert.equal(outline(last.root), lines.map((line, depth) => '  '.repeat(depth) + line).join('\n'));
        await trace.observation.end();
      }
    });
  }

  it('know nothing of what is never called', async (t) => {
    const program = await Program.start(t, 22, 'trace/levels.mjs');
    const trace = await program.trace(await program.find('levels.mjs', 'api.either'), { depth: 2 });
    await trace.ready(() => program.ask('api.either(true)'), 2);
    assert.deepEqual(
      trace.reach.functions.map(({ of, state }) => `${of.methodName} ${state}`),
      ['api.either traced', 'second traced'],
    );
    await trace.observation.end();
    await eventually(async () => (await program.instruments.status())?.hooks.length === 0, {
      what: 'nothing to be left of what was prepared',
    });
  });
});
