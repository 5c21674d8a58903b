import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { live } from '../support/live.js';

for (const variant of ['tight', 'regex', 'atomics', 'microtasks', 'exec', 'pbkdf2']) {
  it(`loop ${variant}`, async (t) => {
    const at = await live(t, 22, { file: 'blocked-loop.cjs' });
    await at.start('loop -i 300');
    await at.until((r) => r.type === 'loop');
    at.process.write(`block ${variant} 1`);
    console.log(JSON.stringify(await at.until((r) => r.unblocked !== undefined), null, 1));
    await at.interrupt();
    console.log(JSON.stringify(await at.until((r) => r.type === 'status')));
    assert.ok(describe);
  });
}
