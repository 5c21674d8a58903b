/** Call trees of a running program: who called whom, across `await`, in many calls at once, and with nothing left behind. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventually, nodeMajors } from '../../support/index.js';
import { nodeAt, outline, Program } from './traceKit.js';

const ORDER = '{id:1,items:[{price:1},{price:2}]}';

describe('trace', { concurrency: 4 }, () => {
  for (const node of nodeMajors) {
    it(`links what is called below a root, on Node ${node}`, async (t) => {
      const program = await Program.start(t, node, 'trace/orders.cjs');
      const [place] = await program.find('orders.cjs', 'place');
      assert.ok(place);
      await program.instruments.setBudget({ share: 0, overMs: 5000, burstShare: 0, burstMs: 1000 });
      const trace = await program.trace([place], { depth: 3 });
      const call = () => program.ask<{ due: number }>(`orders.place(${ORDER})`);
      await trace.ready(call, 9);
      const before = await program.ask('performance.now()');
      assert.deepEqual(await call(), { id: 1, due: 0.5700000000000001 });
      const elapsed = (await program.ask<number>('performance.now()')) - Number(before);
      const { root, omitted, isUnfinished } = await trace.next();
      assert.equal(
        outline(root).replace(/(now|spin)×\d+/g, '$1'),
        [
          'function place×1',
          '  validate×1',
          '    function callback×2',
          '      check×2',
          '  spin',
          '  store.put×1',
          '    this.#count×1',
          '  await store.find(…)×1',
          '  store.find×1',
          '    await sleep(…)×1',
          '    sleep×1',
          '      function callback×1',
          '  tax×1',
          '    function callback×2',
          '      part×2',
        ].join('\n'),
      );
      assert.deepEqual([omitted, isUnfinished], [0, false]);
      const found = nodeAt(root, 'store.find');
      const waited = nodeAt(root, 'store.find(…)');
      assert.equal(found.callee?.methodName, 'find');
      assert.equal(waited.kind, 'await');
      assert.deepEqual(waited.awaits, found.at);
      // Timers may come a little early, and the machine may be busy.
      assert.ok(waited.total > 1e6 && (found.settled ?? 0) > 1e6, `${waited.total} ${found.settled}`);
      assert.ok(nodeAt(root, 'spin').total >= 2e6 && root.total >= 3e6 && root.total / 1e6 <= elapsed);
      assert.deepEqual(trace.reach.notes, []);

      const several = await program.ask<{ due: number }[]>('orders.many(20)');
      assert.equal(several.length, 20);
      const shape = outline(root)
        .replaceAll('×2', '×1')
        .replace(/(now|spin)×\d+/g, '$1');
      for (let tree = 0; tree < 20; tree++) {
        const own = outline((await trace.next()).root).replace(/(now|spin)×\d+/g, '$1');
        assert.equal(own, shape);
      }
      await trace.observation.end();
      await eventually(async () => (await program.instruments.status())?.hooks.length === 0, {
        what: 'hooks to be undone',
      });
      assert.equal((await call()).due, 0.5700000000000001);
      assert.match(await program.ask('orders.place.toString()'), /^async function place\(order\)/);
    });
  }

  for (const node of nodeMajors) {
    it(`changes nothing of what a module's functions do, on Node ${node}`, async (t) => {
      const program = await Program.start(t, node, 'trace/modules.mjs');
      await program.instruments.setBudget({ share: 0, overMs: 5000, burstShare: 0, burstMs: 1000 });
      const names = ['load', 'where', 'priced', 'counted', 'reads', 'drain'];
      const functions = [
        ...(await program.find('modules.mjs', ...names)),
        ...(await program.find('modules.mjs', 'Child.greet', 'Child.make', 'Child.stream', 'Child.steps')),
      ];
      const trace = await program.trace(functions, { skipInternal: false });
      const all = () =>
        program.ask(
          '(async () => [await m.load(2), m.where(), m.priced(3), m.reads(), new m.Child().greet("x"), m.Child.make() instanceof m.Child, m.adder(4), await m.drain(3)])()',
        );
      const expected = [42, [true, true], 6, true, 'hello x,1,true,7', true, 7, [0, 1, 2, 0, 1, 2]];
      assert.deepEqual(await all(), expected);
      await trace.ready(async () => {
        assert.deepEqual(await all(), expected);
        await program.ask('m.counted()');
      }, functions.length);
      for (const { of, state, why } of trace.reach.functions)
        assert.equal(`${of.methodName} ${state} ${why}`, `${of.methodName} traced undefined`);
      assert.deepEqual(await all(), expected);
      // Another module gives an imported name another value, and this one its own.
      await program.ask('m.setRate(10)');
      assert.equal(await program.ask('m.priced(3)'), 30);
      const [before, lateBefore] = await program.ask<[number, number]>('m.counted()');
      assert.deepEqual(await program.ask('m.counted()'), [before + 1, lateBefore + 1]);
      const stopped =
        '(() => { const i = new m.Child().steps(9); i.next(); return [i.return(4), i.next(), i instanceof m.Child.prototype.steps] })()';
      assert.deepEqual(await program.ask(stopped), [{ value: 4, done: true }, { done: true }, true]);
      assert.equal((await program.ask<number[]>('m.counted()'))[0], before + 102);
      const next = await trace.next();
      assert.ok(
        next.root.children.length > 0 && trace.trees.slice(-3).every(({ root }) => root.children.length > 0),
      );
    });
  }

  it('counts a loop of many calls as one node, and stops where limits are', async (t) => {
    const program = await Program.start(t, 22, 'trace/orders.cjs');
    await program.instruments.setBudget({ share: 0, overMs: 5000, burstShare: 0, burstMs: 1000 });
    const trace = await program.trace(await program.find('orders.cjs', 'loop'), { depth: 2 });
    await trace.ready(() => program.ask('orders.loop(2)'), 2);
    assert.equal(await program.ask('orders.loop(200000)'), 199_999);
    const { root } = await trace.next();
    assert.equal(outline(root), 'function loop×1\n  check×200000');
    const check = nodeAt(root, 'check');
    assert.ok(check.min > 0 && check.min <= check.max && check.total >= check.min * check.count);
  });

  it('knows what threw, and changes nothing of it', async (t) => {
    const program = await Program.start(t, 22, 'trace/orders.cjs');
    // Names and lines of the program, as its log would have them.
    const stack = async (): Promise<string[]> =>
      [
        ...(await program.ask<string>('orders.place({}).catch((error) => error.stack)')).matchAll(
          /at (?:async )?(\S+ )\((?:remora:)?\S*orders\.cjs:(\d+):/g,
        ),
      ].map(([, name, line]) => `${name}${line}`);
    const before = await stack();
    assert.match(before.slice(0, 2).join(), /^validate 29,\S*place 42$/);
    const trace = await program.trace(await program.find('orders.cjs', 'place'), { depth: 2 });
    await trace.ready(() => program.ask(`orders.place(${ORDER})`), 6);
    assert.deepEqual((await stack()).slice(0, 2), before.slice(0, 2));
    await trace.next();
    await assert.rejects(program.ask('orders.place({})'), /^Error: RangeError: no items$/);
    const { root } = await trace.next();
    assert.equal(root.threw, 1);
    const validate = nodeAt(root, 'validate');
    assert.equal(validate.threw, 1);
    assert.deepEqual(validate.thrown, [{ exception: 'RangeError', message: 'no items' }]);
  });

  it('follows callbacks only when it is asked to', async (t) => {
    const program = await Program.start(t, 22, 'trace/orders.cjs');
    const [background, deferred] = await program.find('orders.cjs', 'background', 'deferred');
    assert.ok(background && deferred);
    const plain = await program.trace([background], { depth: 1, paths: [deferred] });
    await plain.ready(() => program.ask('orders.background()'), 2);
    await program.ask('orders.background()');
    const alone = outline((await plain.next()).root);
    assert.doesNotMatch(alone, /deferred/);
    await plain.observation.end();

    const across = await program.trace([background], { depth: 1, paths: [deferred], acrossCallbacks: true });
    await across.ready(() => program.ask('orders.background()'), 2);
    await program.ask('orders.background()');
    const first = await across.next();
    assert.match(outline(first.root), /\n {2}function deferred×1\n/);
    const late = await eventually(() => across.trees.find(({ continues }) => continues === first.id), {
      what: 'what the second timer did',
    });
    assert.match(outline(late.root), /^function deferred×1\n/);
    await across.observation.end();
  });

  it('asks its condition when the tree is done', async (t) => {
    const program = await Program.start(t, 22, 'trace/orders.cjs');
    const condition = { source: '(cost>20)', files: [], atEntry: false, fuel: 1000, name: '' };
    const trace = await program.trace(await program.find('orders.cjs', 'loop'), {}, { condition });
    for (let turn = 0; turn < 5; turn++) await program.ask('orders.loop(2)');
    await eventually(
      async () => {
        await program.ask('orders.loop(400000)');
        return trace.trees.length > 0;
      },
      { what: 'a call that takes long' },
    );
    assert.ok((trace.trees[0]?.root.total ?? 0) > 20e6);
  });

  it('tells beforehand what it cannot look into', async (t) => {
    const program = await Program.start(t, 22, 'trace/orders.cjs');
    const all = await program.instruments.find(
      { module: 'orders.cjs', name: 'Store*', regex: false },
      { most: 50 },
    );
    const told = (await program.instruments.traceable(all)).map(
      ({ of, sites, why }) => `${of.methodName} ${why ?? sites}`,
    );
    assert.deepEqual(told.sort(), [
      '#count V8 does not let the slot of a private method be written; replace the methods that call it',
      'constructor a class constructor cannot be compiled a second time: instances, fields and super() belong to the class that is there; replace its methods',
      'find 3',
      'put 2',
    ]);
    const [json] = await program.instruments.find(
      { module: 'globalThis', name: 'JSON.parse', regex: false },
      { most: 5 },
    );
    assert.ok(json);
    const trace = await program.trace([json]);
    await program.ask('JSON.parse("[1]")');
    assert.match(outline((await trace.next()).root), /^function JSON.parse×1$/);
    assert.equal(trace.reach.functions[0]?.state, 'cannot');
  });
});
