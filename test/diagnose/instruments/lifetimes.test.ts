/** How a watch begins and ends: options of time, other sessions, reset, kill, the target's end and the agent's. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { setLimit } from '../../../src/base/index.js';
import { PLAIN_STYLE, renderResult } from '../../../src/diagnose/index.js';
import { eventually } from '../../support/index.js';
import { first, isStatus } from '../support/liveSession.js';
import { hits, messages, type Observed, observed, statusOf, values } from './support/observed.js';

const text = (result: { type: string }) => renderResult(result, PLAIN_STYLE, 120) ?? '';

describe('how a watch begins and ends', { concurrency: 4 }, () => {
  before(() => setLimit('instrument-quiet=1'));
  after(() => setLimit('instrument-quiet=3'));

  it('options of time and of the JVM', async (t) => others(await observed(t, 22)));

  it('others see it, share it and end it', async (t) => {
    const at = await observed(t, 22);
    await t.test('session, target and reset', () => seen(at));
    await t.test('two sessions watch one function', () => together(at));
    await t.test('exec that runs out of time, kill, a pipe', () => cutShort(at));
  });

  it('calls that come too fast are counted; the end of the agent puts everything back', async (t) => {
    const at = await observed(t, 22);
    await fast(at);
    await blocked(at);
    await agentEnds(at);
  });

  it('the end of the target ends the command with a word', async (t) => {
    const at = await observed(t, 24);
    await at.begin('watch observed.cjs api.add');
    await at.process.kill();
    const status = statusOf(await at.until(isStatus));
    assert.equal(status.statusCode, -1);
    assert.match(String(status.message), /was let go while the command ran/);
  });
});

async function others(at: Observed): Promise<void> {
  for (const option of ['-c 1a2b', '--classloader 1a2b', '--listenerId 3']) {
    const status = statusOf(await at.exec(`watch observed.cjs api.add ${option}`));
    assert.equal(status.statusCode, -10);
    assert.match(String(status.message), /is of the JVM alone/);
  }
  const started = performance.now();
  const timed = await at.exec('watch observed.cjs api.later --timeout 1');
  assert.ok(performance.now() - started < 10_000);
  assert.equal(statusOf(timed).statusCode, 0);
  assert.match(messages(timed), /0 hits in \d+\.\d s/);
  const verbose = await at.observe('watch observed.cjs api.add params -v -n 1', 'return api.add(1, 2)');
  const { methods, instruments } = first(verbose, 'enhancer').effect as {
    methods: string[];
    instruments: Record<string, unknown>[];
  };
  assert.deepEqual(methods, ['observed.cjs api.add installed by property']);
  assert.equal(instruments[0]?.instrument, 'property');
  assert.ok(Number(instruments[0]?.observedNs) > 0, JSON.stringify(instruments));
  const quiet = await at.exec('watch observed.cjs api.later --timeout 3');
  assert.match(messages(quiet), /no call of observed\.cjs api\.later was reported so far/);
  await at.start('watch observed-late.cjs greet params -L -n 1');
  await at.until(({ message }) => /waiting for a module/.test(String(message)));
  await at.run('globalThis.late = require("./observed-late.cjs"); return 1');
  await at.until(({ type }) => type === 'enhancer');
  await at.run('return globalThis.late.greet("eve")');
  assert.deepEqual(values(await at.until(isStatus)), [['eve']]);
}

async function seen(at: Observed): Promise<void> {
  await at.begin('watch observed.cjs api.add');
  await at.run('return api.add(1, 2)');
  await at.until(({ type }) => type === 'watch');
  const pid = String(at.process.pid);
  const session = first(await at.exec('session'), 'session');
  const [held] = session.processes as {
    instruments?: { functions: Record<string, unknown>[]; budget: number };
  }[];
  assert.equal(held?.instruments?.budget, 0.01);
  const [fn] = held?.instruments?.functions ?? [];
  assert.equal(fn?.methodName, 'api.add');
  assert.equal(fn?.instrument, 'property');
  assert.ok(Number(fn?.calls) >= 1 && Number(fn?.observed) >= 1, JSON.stringify(fn));
  const [holder] = (fn?.holders ?? []) as string[];
  assert.match(holder ?? '', /^watch observed\.cjs api\.add \(job \d+\)$/);
  assert.match(text(session), /1 function observed, [\d.]+ % of one core over 5 s, budget 1\.0 %/);
  assert.match(
    text(first(await at.exec('target'), 'target')),
    /observed\.cjs api\.add: installed by property/,
  );
  const { affect } = first(await at.exec('reset observed*'), 'reset');
  assert.deepEqual(
    [(affect as Record<string, number>).classCount, (affect as Record<string, number>).methodCount],
    [1, 1],
  );
  const ended = await at.until(isStatus);
  assert.equal(statusOf(ended).statusCode, -1);
  assert.match(String(statusOf(ended).message), /taken out by somebody else \(reset\)/);
  const after = first(await at.exec('session'), 'session').processes as {
    instruments?: object;
    pid: number;
  }[];
  assert.equal(after.find((each) => String(each.pid) === pid)?.instruments, undefined);
}

async function together(at: Observed): Promise<void> {
  const other = await at.bench.session({ process: String(at.process.pid) });
  const started = await at.bench.call({
    action: 'async_exec',
    sessionId: other.sessionId,
    command: 'watch observed.cjs api.add "{params[0]}" -n 2',
  });
  assert.equal(started.state, 'SCHEDULED');
  await at.bench.pullUntil(other, ({ type }) => type === 'enhancer');
  await at.begin('watch observed.cjs api.add returnObj -n 4');
  await at.run('return api.add(1, 1)', 'return api.add(2, 1)');
  const theirs = await at.bench.pullUntil(other, isStatus);
  assert.deepEqual(values(theirs), [[1], [2]]);
  await at.run('return api.add(3, 1)', 'return api.add(4, 1)');
  assert.deepEqual(values(await at.until(isStatus)), [2, 3, 4, 5]);
  // A session that is closed takes its instruments with it.
  await at.bench.call({
    action: 'async_exec',
    sessionId: other.sessionId,
    command: 'watch observed.cjs api.inner',
  });
  await at.bench.pullUntil(other, ({ type }) => type === 'enhancer');
  await at.bench.call({ action: 'close_session', sessionId: other.sessionId });
  await eventually(
    async () => {
      const processes = first(await at.exec('session'), 'session').processes as { instruments?: object }[];
      return processes.every(({ instruments }) => instruments === undefined);
    },
    { what: 'the instruments to go', timeoutMs: 5000 },
  );
  assert.deepEqual(await at.run('return api.changed()'), ['did []']);
}

async function cutShort(at: Observed): Promise<void> {
  const process = String(at.process.pid);
  const timed = await at.bench.exec('watch observed.cjs api.add', { process, execTimeout: 3000 });
  assert.equal(timed.state, 'INTERRUPTED');
  assert.equal(timed.body?.timeExpired, true);
  assert.ok(
    timed.body?.results?.some(({ type }) => type === 'enhancer'),
    JSON.stringify(timed),
  );
  await backTo(at);
  await at.begin('watch observed.cjs api.add &');
  assert.deepEqual(await at.run('return api.changed()'), ['did ["add"]']);
  const [{ jobId = 0 } = {}] = at.bench.store.services.jobs();
  await at.exec(`kill ${jobId}`);
  assert.equal(statusOf(await at.until(isStatus)).statusCode, -10);
  await backTo(at);
  const piped = await at.exec('watch observed.cjs api.tick params.length -n 2 | grep result | wc -l');
  assert.equal(hits(piped).length, 2);
  assert.match(String(first(piped, 'text').text), /^2\b/);
}

async function backTo(at: Observed): Promise<void> {
  await eventually(async () => (await at.run('return api.changed()'))[0] === 'did []', {
    what: 'the functions to be what they were',
    timeoutMs: 10_000,
  });
}

async function fast(at: Observed): Promise<void> {
  const calls = 20_000;
  await at.begin('watch observed.cjs api.add params.length -n 100000');
  assert.deepEqual(
    await at.run(`let sum = 0; for (let i = 0; i < ${calls}; i++) sum += api.add(i, -i); return sum`),
    ['did 0'],
  );
  const read = await at.until(({ type }) => type === 'dropped');
  await at.interrupt();
  const all = [...read, ...(await at.until(isStatus))];
  const dropped = all.filter(({ type }) => type === 'dropped');
  const lost = dropped.reduce((sum, { count }) => sum + Number(count), 0);
  assert.equal(hits(all).length + lost, calls, 'every call is shown or counted');
  assert.ok(hits(all).length > 10, `${hits(all).length} shown`);
  assert.match(text(dropped[0] as never), /result\(s\) dropped here: calls came faster/);
}

/** A main thread that does not come back: what was watched passes calls on at once, and is put back when it is free. */
async function blocked(at: Observed): Promise<void> {
  await at.begin('watch observed.cjs double');
  await at.run('return api.hidden(1)');
  await at.until(({ message }) => /double is reached by scope-entry/.test(String(message)));
  const free = at.run('const end = Date.now() + 3000; while (Date.now() < end); return 1');
  await sleep(200);
  const { affect } = first(await at.exec('reset'), 'reset') as unknown as { affect: Record<string, number> };
  assert.equal(affect.methodCount, 1);
  assert.equal(statusOf(await at.until(isStatus)).statusCode, -1);
  await free;
  assert.deepEqual(await at.run('return api.hidden(2)'), ['did 4']);
  assert.equal(first(await at.exec('reset'), 'reset').type, 'reset');
}

async function agentEnds(at: Observed): Promise<void> {
  await at.begin('watch observed.cjs *add');
  assert.deepEqual(await at.run('return api.changed()'), ['did ["add","Cart.add"]']);
  await at.bench.close();
  await at.targets.close('the agent ends');
  await backTo(at);
  assert.deepEqual(await at.run('return api.add(40, 2)'), ['did 42']);
}
