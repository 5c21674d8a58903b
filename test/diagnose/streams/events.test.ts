/** `/api/stream`: results pushed as Server-Sent Events. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import { limit } from '../../http/support.js';
import { eventually } from '../../support/index.js';
import type { WireResult } from '../support/bench.js';
import { EventClient, isEnd } from '../support/eventClient.js';
import { bearer, wired } from '../support/wired.js';

const numbers = (results: readonly WireResult[]) =>
  results.flatMap(({ number }) => (typeof number === 'number' ? [number] : []));

describe('a stream of results', () => {
  it('begins with what the session remembers, gives all results in order, and ends with the session', async (t) => {
    const { port, session, call } = await wired(t);
    const { sessionId } = await session();
    const reader = new EventClient(t, port, { sessionId });
    await reader.has('the greeting', (results) => results.at(-1)?.inputStatus === 'ALLOW_INPUT');
    assert.equal(reader.response?.headers['content-type'], 'text/event-stream; charset=utf-8');
    assert.equal(reader.response?.headers['cache-control'], 'no-store');
    const [open] = reader.events;
    assert.equal(open?.event, 'open');
    const { consumerId } = JSON.parse(open?.data ?? '') as { consumerId: string };
    assert.deepEqual(
      reader.results.map((result) => result.inputStatus ?? result.type),
      ['DISABLED', 'message', 'welcome', 'ALLOW_INPUT'],
    );
    await call({ action: 'async_exec', sessionId, command: 'many -n 300' });
    const results = await reader.has('the end', (all) => all.some(isEnd));
    assert.deepEqual(
      numbers(results),
      Array.from({ length: 300 }, (_, index) => index + 1),
    );
    assert.ok(reader.events.every(({ event, id }) => event === 'open' || id.startsWith(`${consumerId}.`)));
    const polled = performance.now();
    const { body } = await call({ action: 'pull_results', sessionId, consumerId });
    assert.deepEqual(body, { results: [] }, 'a poll finds nothing beside a stream');
    assert.ok(performance.now() - polled < 1900);
    await call({ action: 'close_session', sessionId });
    await eventually(() => reader.ended, { what: 'the end of the stream' });
    const end = reader.events.at(-1);
    assert.deepEqual([end?.event, JSON.parse(end?.data ?? '{}').code], ['end', 'closed']);
  });

  it('goes on where it was, without a loss and without a result twice', async (t) => {
    const { port, session, call } = await wired(t);
    const { sessionId } = await session();
    const first = new EventClient(t, port, { sessionId });
    await first.has('a beginning', (results) => results.length > 0);
    await call({ action: 'async_exec', sessionId, command: 'timed -n 40 -i 10' });
    await first.has('some', (results) => numbers(results).length >= 5);
    first.cut();
    const seen = numbers(first.results);
    // An EventSource comes again with the address that it had and the last id.
    const again = new EventClient(t, port, { sessionId }, { 'last-event-id': first.lastId });
    const rest = numbers(await again.has('the end', (results) => results.some(isEnd)));
    assert.deepEqual(
      [...seen, ...rest],
      Array.from({ length: 40 }, (_, index) => index + 1),
    );
    const older = first.events.find(({ data }) => data.includes('"number":2'))?.id ?? '';
    again.cut();
    const replay = new EventClient(t, port, { sessionId, lastEventId: older });
    const replayed = numbers(await replay.has('the end', (results) => results.some(isEnd)));
    assert.deepEqual(
      replayed,
      Array.from({ length: 38 }, (_, index) => index + 3),
    );
  });

  it('counts what it does not keep so long', async (t) => {
    limit(t, 'stream-kept-results', 10);
    const { port, session, call } = await wired(t);
    const { sessionId } = await session();
    const first = new EventClient(t, port, { sessionId });
    await call({ action: 'async_exec', sessionId, command: 'many -n 100' });
    await first.has(
      'the end',
      (results) => results.some(isEnd) && results.at(-1)?.inputStatus === 'ALLOW_INPUT',
    );
    const fifth = first.events.find(({ data }) => data.includes('"number":5'))?.id ?? '';
    const lost = first.results.length - (first.results.findIndex(({ number }) => number === 5) + 1) - 10;
    first.cut();
    const again = new EventClient(t, port, { sessionId }, { 'last-event-id': fifth });
    const results = await again.has('the end', (all) => all.some(isEnd));
    assert.deepEqual([results[0]?.type, results[0]?.count], ['dropped', lost]);
    assert.equal(numbers(results)[0], 93);
  });

  it('sends heartbeats, and gives its place to a newer stream of the same reader', async (t) => {
    limit(t, 'stream-heartbeat', 40);
    const { port, session } = await wired(t);
    const ids = await session();
    const first = new EventClient(t, port, ids);
    await eventually(() => (first.raw.match(/^: heartbeat$/gm) ?? []).length >= 2, { what: 'heartbeats' });
    const second = new EventClient(t, port, ids);
    await eventually(() => first.ended, { what: 'the end of the first' });
    assert.equal(JSON.parse(first.events.at(-1)?.data ?? '{}').code, 'replaced');
    await eventually(() => second.raw.includes(': heartbeat'), { what: 'a heartbeat' });
    assert.ok(!second.ended);
  });

  it('a slow reader loses with a count what finds no room; others lose nothing; memory is bounded', async (t) => {
    limit(t, 'queue-bytes', 1_000_000);
    limit(t, 'stream-stall', 600_000);
    const { port, session, call, store } = await wired(t);
    const { sessionId } = await session();
    const slow = new EventClient(t, port, { sessionId });
    const fast = new EventClient(t, port, { sessionId });
    await slow.has('a beginning', (results) => results.length > 0);
    await fast.has('a beginning', (results) => results.length > 0);
    slow.response?.pause();
    await call({ action: 'async_exec', sessionId, command: 'big -n 3000' });
    const all = await fast.has('the end', (results) => results.some(isEnd), 30_000);
    assert.equal(numbers(all).length + Number(all.find(({ type }) => type === 'dropped')?.count ?? 0), 3000);
    assert.ok(store.queuedBytes < 8_000_000, String(store.queuedBytes));
    slow.response?.resume();
    const late = await slow.has('the end', (results) => results.some(isEnd), 30_000);
    const dropped = late
      .filter(({ type }) => type === 'dropped')
      .reduce((sum, { count }) => sum + Number(count), 0);
    assert.ok(dropped > 0, 'it lost some');
    assert.equal(numbers(late).length + dropped, 3000);
  });

  it('a reader that takes nothing at all is cut, and the job goes on', async (t) => {
    limit(t, 'stream-stall', 200);
    const { port, session, call, store } = await wired(t);
    const { sessionId } = await session();
    const stuck = new EventClient(t, port, { sessionId });
    await stuck.has('a beginning', (results) => results.length > 0);
    stuck.response?.pause();
    await call({ action: 'async_exec', sessionId, command: 'big -n 2000' });
    await eventually(() => store.runningJobs() === 0, { what: 'the job to end', timeoutMs: 20_000 });
    const again = new EventClient(t, port, { sessionId });
    await again.has('the end, by another reader', (results) => results.some(isEnd));
    stuck.response?.resume();
    await eventually(() => stuck.ended, { what: 'the stuck one to be cut' });
    assert.ok(!stuck.events.some(({ event }) => event === 'end'));
  });
});

describe('who may stream', () => {
  it('tells what is wrong with a request', async (t) => {
    const { port, session } = await wired(t);
    const { sessionId, consumerId } = await session();
    const refused = (query: Record<string, string>, headers = {}) =>
      new EventClient(t, port, query, headers).refused();
    assert.deepEqual((await refused({})).status, 400);
    const gone = await refused({ sessionId: 'nope' });
    assert.equal(gone.status, 404);
    assert.match(gone.body, /"session-not-found"/);
    assert.equal((await refused({ sessionId, consumerId: 'nope' })).status, 404);
    assert.equal((await refused({ sessionId }, { accept: 'application/json' })).status, 406);
    assert.equal(
      (await refused({ sessionId, consumerId }, { authorization: 'Bearer no-such-token' })).status,
      401,
    );
    assert.equal((await refused({ sessionId }, { authorization: '' })).status, 401);
    const posted = await fetch(`http://127.0.0.1:${port}/api/stream?sessionId=${sessionId}`, {
      method: 'POST',
      headers: bearer('admin'),
    });
    assert.equal(posted.status, 405);
    const headed = await fetch(`http://127.0.0.1:${port}/api/stream?sessionId=${sessionId}`, {
      method: 'HEAD',
      headers: bearer('admin'),
    });
    assert.equal(headed.status, 200);
  });

  it('no page of another origin, also where loopback is trusted', async (t) => {
    const { port, store } = await wired(t, { http: { trust: 'uid' } });
    const { session } = await store.openSession({});
    const { sessionId } = session;
    const noToken = { authorization: '' };
    const evil = await new EventClient(
      t,
      port,
      { sessionId },
      { ...noToken, origin: 'http://evil.example' },
    ).refused();
    assert.equal(evil.status, 403);
    const site = await new EventClient(
      t,
      port,
      { sessionId },
      { ...noToken, 'sec-fetch-site': 'cross-site' },
    ).refused();
    assert.equal(site.status, 403);
  });

  it('only so many at a time', async (t) => {
    limit(t, 'diagnose-streams', 1);
    const { port, session } = await wired(t);
    const { sessionId } = await session();
    const first = new EventClient(t, port, { sessionId });
    await first.has('a beginning', (results) => results.length > 0);
    const second = await new EventClient(t, port, { sessionId }).refused();
    assert.equal(second.status, 503);
    first.cut();
    await eventually(
      async () => {
        const third = new EventClient(t, port, { sessionId });
        await eventually(() => third.response, { what: 'an answer' });
        return third.response?.statusCode === 200;
      },
      { what: 'the place to be free' },
    );
  });

  it('garbage in the query or the id is an error or a fresh start, never a fault', async (t) => {
    const { port, session, faults } = await wired(t);
    const { sessionId } = await session();
    for (const id of ['x', '0', '-1', `${'f'.repeat(32)}_1.9`, '99999999999999999999.1', 'a'.repeat(3000)]) {
      const reader = new EventClient(t, port, { sessionId }, { 'last-event-id': id });
      await reader.has('a beginning', (results) => results.length >= 4);
      reader.cut();
    }
    const socket = connect(port, '127.0.0.1');
    socket.write(
      `GET /api/stream?%%%&sessionId=%zz HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: ${bearer('admin').authorization}\r\n\r\n`,
    );
    let answer = '';
    socket.on('data', (chunk) => {
      answer += String(chunk);
    });
    await eventually(() => answer.startsWith('HTTP/1.1 404'), { what: 'an answer' });
    socket.destroy();
    assert.deepEqual(faults, []);
  });
});
