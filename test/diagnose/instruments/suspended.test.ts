/** Ctrl-Z, fg and Ctrl-C of what looks into a process: while it is suspended, nothing of it is in the way there. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { limit } from '../../http/support.js';
import { eventually } from '../../support/index.js';
import type { WireResult } from '../support/bench.js';
import { first, isStatus } from '../support/liveSession.js';
import { countRequests } from '../support/requests.js';
import { hits, messages, type Observed, observed, statusOf } from './support/observed.js';

interface Case {
  readonly line: string;
  readonly type: string;
  /** One hit; where the result shows the number, it is `shown`. */
  call(number: number): string;
  shown?(result: WireResult): unknown;
  /** Functions that something stands in for while it observes. */
  readonly changed: string;
}

const CASES: readonly Case[] = [
  {
    line: 'watch observed.cjs api.add params[0]',
    type: 'watch',
    call: (number) => `return api.add(${number}, 1)`,
    shown: ({ json }) => json,
    changed: '["add"]',
  },
  {
    line: 'stack observed.cjs api.inner',
    type: 'stack',
    call: (number) => `return api.inner(${number})`,
    changed: '["inner"]',
  },
  {
    line: 'tt -t observed.cjs api.add',
    type: 'tt',
    call: (number) => `return api.add(${number}, 1)`,
    shown: ({ timeFragmentList }) =>
      (timeFragmentList as { params: { object: unknown }[] }[])[0]?.params[0]?.object,
    changed: '["add"]',
  },
  {
    line: 'trace observed.cjs api.outer --depth 3',
    type: 'trace',
    call: (number) => `return api.outer(${number})`,
    changed: '["outer","middle","inner"]',
  },
  {
    line: 'monitor observed.cjs api.add -c 1',
    type: 'monitor',
    call: (number) => `return api.add(${number}, 1)`,
    changed: '["add"]',
  },
  {
    line: 'line observed.cjs:15 --express count',
    type: 'line',
    call: (number) => `return new api.Cart("eve").add("tea", ${number})`,
    shown: ({ json }) => json,
    changed: '[]',
  },
];

const isHit = (type: string) => (result: WireResult) => result.type === type;
/** How often conditions of breakpoints can be met: the probe's name for them is there for as long as one is set. */
const CONDITIONS =
  'return Object.getOwnPropertyNames(globalThis).filter((name) => name.startsWith("$remora")).length';
const SECONDS_MS = 15_000;

describe('what is suspended costs the process nothing', { timeout: 120_000 }, () => {
  it('watch, stack, tt, trace, monitor, line: no hit, no breakpoint, no request; fg goes on', async (t) => {
    const at = await observed(t, 22);
    const asked = countRequests(await at.target());
    for (const each of CASES) {
      await begun(at, each);
      await suspended(at);
      const before = { asked: asked.count(), results: job(at)?.resultCount };
      for (let number = 2; number < 7; number++) await at.run(each.call(number));
      // Callees of a trace are asked for once a second.
      await sleep(each.type === 'trace' ? 1300 : 200);
      assert.deepEqual(
        { asked: asked.count(), results: job(at)?.resultCount },
        before,
        `${each.line}: ${asked.names().slice(-300)}`,
      );
      assert.deepEqual(await at.run(CONDITIONS), ['did 0'], each.line);
      assert.deepEqual(await at.run('return api.changed()'), [`did ${each.changed}`], each.line);
      await at.start('fg');
      await goesOn(at);
      const read = await hitBy(at, each, 7);
      assert.ok(hits(read, each.type).length > 0);
      if (each.shown) assertShown(hits(read, each.type).map(each.shown), 7);
      await at.interrupt();
      const end = await at.until(isStatus);
      assert.equal(statusOf(end).statusCode, 0);
      assert.match(messages([...read, ...end]), /hits? in|in \d+\.\d s|\d+\.\d s/, each.line);
      await clean(at, each.line);
    }
  });

  it('a condition that waits for its first call is gone meanwhile, and is set again', async (t) => {
    const at = await observed(t, 22);
    await at.begin('watch observed.cjs double params[0] -n 1');
    assert.deepEqual(await at.run(CONDITIONS), ['did 1']);
    await suspended(at);
    await at.run('return api.hidden(1)');
    assert.deepEqual(await at.run(CONDITIONS), ['did 0']);
    await at.start('bg');
    await goesOn(at);
    // It is reached at this call, and seen from the next one on.
    const end = await eventually(
      async () => {
        await at.run('return api.hidden(2)');
        return job(at) === undefined;
      },
      { what: 'a hit', timeoutMs: SECONDS_MS },
    );
    assert.ok(end);
    const read = await at.until(isStatus);
    assert.deepEqual(
      hits(read).map(({ json }) => json),
      [2],
    );
    await clean(at, 'double');
  });

  it('a hook that another one needs stays awake', async (t) => {
    const at = await observed(t, 22);
    await at.begin('line observed.cjs:15 --express count');
    await suspended(at);
    assert.deepEqual(await at.run(CONDITIONS), ['did 0']);
    const other = await at.bench.session({ process: String(at.process.pid) });
    const line = 'line observed.cjs:15 --express count -n 1';
    await at.bench.call({ action: 'async_exec', sessionId: other.sessionId, command: line });
    await at.bench.pullUntil(other, ({ type }) => type === 'enhancer');
    assert.deepEqual(await at.run(CONDITIONS), ['did 1']);
    await at.run('return new api.Cart("eve").add("tea", 4)');
    const theirs = await at.bench.pullUntil(other, isStatus);
    assert.deepEqual(
      hits(theirs, 'line').map(({ json }) => json),
      [4],
    );
    await eventually(async () => (await at.run(CONDITIONS))[0] === 'did 0', { what: 'it to rest again' });
    await at.start('fg');
    await goesOn(at);
    const read = await hitBy(at, CASES[5] as Case, 9);
    assertShown(
      hits(read, 'line').map(({ json }) => json),
      9,
    );
    await at.interrupt();
    await at.until(isStatus);
    await clean(at, line);
  });

  it('the limit, kill, reset and the end of the session undo it all', async (t) => {
    const at = await observed(t, 22);
    const [, , , trace, , line] = CASES as [Case, Case, Case, Case, Case, Case];
    for (const each of [trace, line]) {
      await begun(at, each);
      limit(t, 'job-suspended', 0.3);
      await suspended(at);
      const { statusCode, message } = statusOf(await at.until(isStatus));
      assert.equal(statusCode, -10);
      assert.match(String(message), /was suspended for 0\.3 s and nobody continued it/);
      limit(t, 'job-suspended', 600);
      await clean(at, each.line);

      await begun(at, each);
      await suspended(at);
      await at.exec(`kill ${job(at)?.jobId}`);
      assert.equal(statusOf(await at.until(isStatus)).statusCode, -10);
      await clean(at, each.line);

      await begun(at, each);
      await suspended(at);
      await at.exec('reset');
      await clean(at, each.line);
      await at.start('fg');
      const ended = statusOf(await at.until((result) => isStatus(result) && result.statusCode === -1));
      assert.equal(typeof ended.statusCode, 'number');
    }
    await begun(at, trace);
    await suspended(at);
    await at.close();
    await clean(at, 'close_session');
  });
});

/** Of the calls before it was suspended some may have been at hand; of those meanwhile none is. */
function assertShown(numbers: readonly unknown[], last: number): void {
  const others = numbers.filter((number) => number !== 1);
  assert.deepEqual([...new Set(others)], [last], numbers.join());
}

/** The only job, unless it has ended. */
function job(at: Observed) {
  return at.bench.store.services.jobs().find(({ line }) => !/^(fg|bg)/.test(line));
}

async function begun(at: Observed, each: Case): Promise<void> {
  await at.begin(each.line);
  await hitBy(at, each, 1);
}

/** Calls until there is a hit: a trace looks first into what is called. */
async function hitBy(at: Observed, each: Case, number: number): Promise<WireResult[]> {
  const read: WireResult[] = [];
  const until = at.until(isHit(each.type)).then((results) => read.push(...results));
  let isOver = false;
  void until.finally(() => {
    isOver = true;
  });
  while (!isOver) {
    await at.run(each.call(number));
    await sleep(30);
  }
  await until;
  return read;
}

async function suspended(at: Observed): Promise<void> {
  const { state, message } = await at.suspend();
  assert.equal(state, 'SUCCEEDED', message);
  await eventually(async () => (await at.run(CONDITIONS))[0] === 'did 0', { what: 'it to rest' });
  // What was on its way when it was suspended.
  await sleep(150);
}

async function goesOn(at: Observed): Promise<void> {
  await eventually(() => job(at)?.status === 'RUNNING', { what: 'it to go on' });
}

async function clean(at: Observed, what: string): Promise<void> {
  await eventually(async () => (await at.run('return api.changed()'))[0] === 'did []', {
    what: `${what}: the functions to be what they were`,
    timeoutMs: SECONDS_MS,
  });
  await eventually(async () => (await at.run(CONDITIONS))[0] === 'did 0', { what: `${what}: no condition` });
  const { processes } = first(await at.exec('session'), 'session') as unknown as {
    processes: { instruments?: object }[];
  };
  assert.ok(
    processes.every(({ instruments }) => instruments === undefined),
    `${what}: ${JSON.stringify(processes)}`,
  );
}
