import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nodeMajors } from '../../support/index.js';
import { assertLetGo, assertPortClosed, get, newTargets, pidByMain, subject } from './attaching.js';

for (const node of nodeMajors) {
  describe(`an idle target on Node ${node}`, { concurrency: 2 }, () => {
    for (const [kind, file] of [
      ['CommonJS', 'idle.cjs'],
      ['ESM', 'esm.mjs'],
    ] as const) {
      it(`is attached to, answers, and is as before afterwards (${kind})`, async (t) => {
        const process = await subject(t, node, { file });
        const targets = newTargets(t);
        const target = await targets.attach(String(process.pid));
        assert.equal(target.channel, 'worker');
        assert.ok(target.notices.some((notice) => notice.includes('standard error')));
        await assertPortClosed(process);
        assert.equal(await pidByMain(target), process.pid);
        assert.match(await get(process.port), /hello/i);
        await target.letGo('done');
        await assertLetGo(process);
        assert.match(await get(process.port), /hello/i);
      });
    }
  });
}
