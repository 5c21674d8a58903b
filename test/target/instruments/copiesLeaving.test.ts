import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventually, nodeMajors, spawnTarget } from '../../support/index.js';
import { startAgent } from '../attach/agentProcess.js';
import { Subject } from './hooking.js';

const KINDS = 'copies/kinds.cjs';

describe('copies and the end of the agent', { concurrency: 4 }, () => {
  for (const node of nodeMajors) {
    it(`kill -9 leaves the functions as they were, on Node ${node}`, async (t) => {
      const process = await spawnTarget({ node, file: KINDS, test: t });
      const agent = await startAgent(t);
      await agent.ask('attach', { pid: process.pid });
      const subject = await Subject.heldBy(agent, process);
      await subject.ask('{ t.was = [t.plain, t.Cart.prototype.greet]; 0 }');
      const hooks = [
        { name: 'plain', text: '({"plain":function(n){return "new "+n*rate}})', usesSuper: false },
        {
          name: 'Cart.greet',
          text: '({__proto__:_$p,"greet"(n){return "new "+super.greet(n)}})',
          usesSuper: true,
        },
      ];
      for (const [index, { name, text, usesSuper }] of hooks.entries()) {
        const spec = subject.spec(KINDS, name, { plan: [{ by: 'exports' }] });
        await subject.hook(spec);
        const copy = { hook: spec.hook, copy: index + 1, text, isStrict: false, usesSuper, when: 'always' };
        await agent.ask('worker', { pid: process.pid, fn: 'instrumentCopy', params: copy });
      }
      const calls = '[t.plain(2), new t.Cart().greet("z")]';
      await subject.ask(calls);
      assert.deepEqual(await subject.ask(calls), ['new 4', 'new hello z']);
      await subject.ask('{ t.held = t.plain; 0 }');
      await agent.kill();
      await eventually(
        async () =>
          (await subject.ask(
            't.plain === t.was[0] && t.Cart.prototype.greet === t.was[1] && t.held(2) === 4',
          )) === true,
        { what: 'the functions to be back', timeoutMs: 10_000 },
      );
      assert.deepEqual(await subject.ask(calls), [4, 'hello z!']);
    });
  }
});
