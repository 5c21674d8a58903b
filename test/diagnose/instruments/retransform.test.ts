import { describe, it } from 'node:test';
import { live } from '../support/liveSession.js';
import { asking } from './support/asking.js';

describe('x', () => {
  it('y', async (t) => {
    const at = await live(t, 22, { file: 'copies/kinds.cjs' }, ['read', 'observe', 'change']);
    const ask = asking(at.process);
    const show = async (c: string, during?: string) => {
      const p = at.exec(c);
      let stop = false;
      if (during) (async () => { while (!stop) { await ask(during); } })();
      const r = await p; stop = true;
      console.log('>', c, '\n', JSON.stringify(r.map(({jobId, ...x}: any) => x)));
    };
    await show('retransform');
    await show(`retransform kinds.cjs plain --source 'function plain(n: number) { counter += 2; return Math.max(n, 1) * rate * 7; }' --lang ts`, 't.plain(2)');
    console.log(await ask('t.plain(2)'));
    await show('retransform -l');
    await show(`retransform kinds.cjs Cart.greet --source 'greet(name) { return super.greet(name) + this.#secret; }'`, 'new t.Cart().greet("q")');
    console.log(await ask('new t.Cart().greet("q")'));
    await show(`retransform kinds.cjs Cart.greet --source 'greet(name) { return super.greet(name) + nobody; }'`);
    await show(`retransform kinds.cjs Cart.greet --source 'greet(name) { return super.greet( }'`);
    await show(`retransform kinds.cjs Cart.constructor --source 'constructor() { }'`);
    await show(`retransform kinds.cjs Cart.#hidden --source '#hidden() { }'`);
    await show(`retransform kinds.cjs nope --source 'function nope() { }'`);
    await show(`retransform kinds.cjs fixed --source '(n) => { return kept.length + n + named(2) }'`, 't.fixed(3)');
    await show(`retransform kinds.cjs named --source 'const x = function again(n) { return n <= 0 ? 7 : again(n - 1) }' --wait 1`, 't.named(3)');
    console.log(await ask('[t.fixed(3), t.named(3)]'));
    await show(`watch kinds.cjs plain '{params, returnObj}' -n 2`, 't.plain(2)');
    await show('retransform -d 1');
    console.log(await ask('t.plain(2)'));
    await show('retransform --deleteAll');
    await show('retransform -l');
    console.log(await ask('[t.plain(2), t.fixed(3), t.named(3), new t.Cart().greet("q")]'));
    await show('session');
  });
});
