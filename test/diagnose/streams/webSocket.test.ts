/** `/api/stream` upgraded: the same stream over a WebSocket. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import WebSocket from 'ws';
import { limit } from '../../http/support.js';
import { eventually } from '../../support/index.js';
import type { WireResult } from '../support/bench.js';
import { bearer, refusedHandshake, wired } from '../support/wired.js';

interface Frame {
  readonly open?: { readonly sessionId: string; readonly consumerId: string };
  readonly id?: string;
  readonly result?: WireResult;
  readonly end?: { readonly code: string; readonly reason: string };
}

function follow(t: TestContext, port: number, query: Record<string, string>) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/api/stream?${new URLSearchParams(query)}`, {
    headers: bearer('viewer'),
  });
  t.after(() => socket.terminate());
  const frames: Frame[] = [];
  let closed: number | undefined;
  socket.on('message', (data) => frames.push(JSON.parse(String(data)) as Frame));
  socket.on('close', (code) => {
    closed = code;
  });
  socket.on('error', () => undefined);
  return {
    socket,
    frames,
    closed: () => closed,
    results: () => frames.flatMap(({ result }) => result ?? []),
  };
}

describe('a stream of results over a WebSocket', () => {
  it('gives all results in order, goes on where it was, ends with the session', async (t) => {
    const { port, session, call } = await wired(t);
    const { sessionId } = await session();
    const first = follow(t, port, { sessionId });
    await eventually(() => first.results().length >= 4, { what: 'the greeting' });
    assert.equal(first.frames[0]?.open?.sessionId, sessionId);
    await call({ action: 'async_exec', sessionId, command: 'many -n 200' });
    await eventually(() => first.results().some(({ type }) => type === 'status'), { what: 'the end' });
    const wanted = Array.from({ length: 200 }, (_, index) => index + 1);
    const numbers = (results: readonly WireResult[]) =>
      results.filter(({ type }) => type === 'many').map(({ number }) => number);
    assert.deepEqual(numbers(first.results()), wanted);
    const tenth = first.frames.find(({ result }) => result?.number === 150)?.id ?? '';
    first.socket.terminate();
    const again = follow(t, port, { sessionId, lastEventId: tenth });
    await eventually(() => again.results().some(({ type }) => type === 'status'), { what: 'the end again' });
    assert.deepEqual(numbers(again.results()), wanted.slice(150));
    await call({ action: 'close_session', sessionId });
    await eventually(() => again.closed() === 1000, { what: 'the close' });
    assert.equal(again.frames.at(-1)?.end?.code, 'closed');
  });

  it('refuses as the stream of events does', async (t) => {
    const { port, session } = await wired(t);
    const { sessionId } = await session();
    const path = `/api/stream?sessionId=${sessionId}`;
    assert.equal((await refusedHandshake(port, path, {})).status, 401);
    assert.equal((await refusedHandshake(port, '/api/stream', bearer('viewer'))).status, 400);
    assert.equal((await refusedHandshake(port, '/api/stream?sessionId=x', bearer('viewer'))).status, 404);
    const basic = `Basic ${Buffer.from('the-admin:admin-secret-secret').toString('base64')}`;
    const evil = { authorization: basic, origin: 'http://evil.example' };
    assert.equal((await refusedHandshake(port, path, evil)).status, 403);
  });

  it('a frame that is too long ends it; one that answers no ping is ended', async (t) => {
    limit(t, 'stream-heartbeat', 60);
    const { port, session, store } = await wired(t);
    const { sessionId } = await session();
    const loud = follow(t, port, { sessionId });
    await eventually(() => loud.results().length >= 4, { what: 'the greeting' });
    loud.socket.send('ignored');
    loud.socket.send('x'.repeat(5000));
    await eventually(() => loud.closed() === 1009, { what: 'the close' });
    const dead = follow(t, port, { sessionId });
    await eventually(() => dead.results().length >= 4, { what: 'the greeting' });
    // It reads nothing more, so that it answers no ping either.
    dead.socket.pause();
    const consumerId = dead.frames[0]?.open?.consumerId ?? '';
    await eventually(() => (store.session(sessionId)?.consumer(consumerId)?.idleMs ?? 0) > 0, {
      what: 'the dead one to be let go',
    });
  });
});
