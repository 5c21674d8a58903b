/** What the budget does to a watch, and what only an admin may. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { PLAIN_STYLE, renderResult } from '../../../src/diagnose/index.js';
import { first, isStatus } from '../support/liveSession.js';
import { hits, messages, type Observed, observed, statusOf, values } from './support/observed.js';

const text = (result: { type: string }) => renderResult(result, PLAIN_STYLE, 120) ?? '';

async function budget(at: Observed): Promise<unknown> {
  const session = first(await at.exec('session'), 'session');
  const [held] = session.processes as { instruments?: { budget: number } }[];
  return held?.instruments?.budget;
}

it('budget and --unsafe', async (t) => {
  const at = await observed(t, 22, ['read', 'observe', 'change']);

  await t.test('options probe-budget holds at once, and for the next watch', async () => {
    await at.begin('watch observed.cjs api.add');
    assert.equal(await budget(at), 0.01);
    assert.equal(statusOf(await at.exec('options probe-budget 2.5')).statusCode, 0);
    assert.equal(await budget(at), 0.025);
    await at.exec('options probe-budget off');
    assert.equal(await budget(at), 0);
    const session = first(await at.exec('session'), 'session');
    assert.match(text(session), /1 function observed, [^ ]+ % of one core, without a budget/);
    await at.interrupt();
    await at.until(isStatus);
    await at.begin('watch observed.cjs api.add');
    assert.equal(await budget(at), 0);
    await at.exec('options probe-budget 1');
    assert.equal(await budget(at), 0.01);
    await at.interrupt();
    await at.until(isStatus);
  });

  await t.test('a hot function: the governor acts and says so, the calls go on', async () => {
    await at.run(
      'globalThis.hot = setInterval(() => { for (let i = 0; i < 20000; i++) api.add(i, 1); }, 2); return 1',
    );
    await at.begin('watch observed.cjs api.add params.length -n 1000000');
    const read = await at.until(({ message }) => /^governor: /.test(String(message)));
    assert.match(messages(read), /^governor: observed\.cjs api\.add: called [\d,]+ times a second/m);
    // On a busy machine the governor may have ended it by now.
    if (!read.some(isStatus)) await at.interrupt();
    const rest = read.some(isStatus) ? [] : await at.until(isStatus);
    const all = [...read, ...rest];
    assert.ok(
      all.some(({ type, count }) => type === 'dropped' && Number(count) > 100),
      'the calls that were not looked at are counted',
    );
    assert.deepEqual(await at.run('clearInterval(globalThis.hot); return api.add(1, 2)'), ['did 3']);
    assert.deepEqual(await at.run('return api.changed()'), ['did []']);
  });

  await t.test('--unsafe calls anything', async () => {
    const line = 'watch observed.cjs api.add "params[0].toFixed(1) + new Date" -n 1 --unsafe';
    assert.match(String(statusOf(await at.exec(line)).message), /'new' is not allowed/);
    const called = await at.observe(
      'watch observed.cjs api.add "globalThis.seen(params[0])" -n 1 --unsafe',
      'globalThis.seen = (n) => n * 100; return api.add(3, 4)',
    );
    assert.deepEqual(values(called), [300]);
    assert.equal(hits(called)[0]?.instrument, 'property');
    const refused = await at.observe(
      'watch observed.cjs api.add "globalThis.seen(params[0])" -n 1',
      'return api.add(3, 4)',
    );
    assert.match(String(statusOf(refused).message), /--unsafe allows it/);
  });
});
