/** `session.stream()` of the SDK, and `run` on top of streams: through a network that breaks, with a reader that is slow. */
import assert from 'node:assert/strict';
import { connect, createServer, type Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import fc from 'fast-check';
import { EventParser } from '../../../src/client/eventStream.js';
import { RemoraClient, RemoraError, type Result } from '../../../src/client/index.js';
import { eventually } from '../../support/index.js';
import { sleep, TOKENS, wired } from '../support/wired.js';

const token = TOKENS.find(({ role }) => role === 'admin')?.secret ?? '';

/** A way to the agent that can be cut. */
async function brittle(t: TestContext, port: number): Promise<{ url: string; cut(): void; refuse: boolean }> {
  const open = new Set<Socket>();
  const cut = () => {
    for (const socket of open) socket.destroy();
  };
  const way = { url: '', refuse: false, cut };
  const server = createServer((socket) => {
    if (way.refuse) {
      socket.destroy();
      return;
    }
    const other = connect(port, '127.0.0.1');
    for (const each of [socket, other]) {
      open.add(each);
      each.on('error', () => undefined);
      each.on('close', () => {
        open.delete(each);
        socket.destroy();
        other.destroy();
      });
    }
    socket.pipe(other).pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    way.cut();
    server.close();
  });
  // The Host header names this port, which is nothing to the bearer of a token.
  const address = server.address();
  way.url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  return way;
}

describe('session.stream()', () => {
  it('reads on over a connection that breaks again and again', async (t) => {
    const { port } = await wired(t);
    const way = await brittle(t, port);
    const client = new RemoraClient({ url: way.url, token });
    t.after(() => client.close());
    const session = await client.openSession();
    const seen: Result[] = [];
    const reading = (async () => {
      for await (const result of session.stream()) seen.push(result);
    })();
    await eventually(() => seen.length >= 4, { what: 'the greeting' });
    await session.start('timed -n 60 -i 15');
    const cutter = setInterval(() => way.cut(), 150);
    await eventually(() => seen.some(({ type }) => type === 'status'), {
      what: 'the end',
      timeoutMs: 20_000,
    });
    clearInterval(cutter);
    const numbers = seen.filter(({ type }) => type === 'timed').map(({ number }) => number);
    assert.deepEqual(
      numbers,
      Array.from({ length: 60 }, (_, index) => index + 1),
    );
    await session.close();
    await reading;
  });

  it('ends with the session, or by its signal; says so when there is none', async (t) => {
    const { port, call } = await wired(t);
    const client = new RemoraClient({ url: `http://127.0.0.1:${port}`, token });
    t.after(() => client.close());
    const session = await client.openSession();
    const stop = new AbortController();
    const count = async (results: AsyncIterable<Result>): Promise<number> => {
      let all = 0;
      for await (const _ of results) all += 1;
      return all;
    };
    const mine = count(session.stream({ signal: stop.signal }));
    const whole = count(session.stream());
    await sleep(100);
    stop.abort();
    assert.equal(await mine, 4);
    await call({ action: 'close_session', sessionId: session.sessionId });
    assert.equal(await whole, 4);
    await assert.rejects(count(session.stream()), (error) => {
      assert.ok(error instanceof RemoraError);
      assert.equal(error.code, 'session-ended');
      return true;
    });
  });

  it('suspends, continues, and tells a background job', async (t) => {
    const { port } = await wired(t);
    const client = new RemoraClient({ url: `http://127.0.0.1:${port}`, token });
    t.after(() => client.close());
    const session = await client.openSession();
    t.after(() => session.close());
    assert.equal(await session.suspend(), false);
    const seen: Result[] = [];
    session.listen({ result: (result) => seen.push(result) });
    const jobId = await session.start('tick -i 10');
    await eventually(() => seen.filter(({ type }) => type === 'tick').length > 3, { what: 'ticks' });
    assert.equal(await session.suspend(), true);
    await eventually(() => seen.some(({ message }) => /stopped: tick/.test(String(message))), {
      what: 'the word',
    });
    await session.start(`bg ${jobId}`);
    const before = seen.length;
    await eventually(() => seen.slice(before).some(({ type }) => type === 'tick'), { what: 'more ticks' });
    await session.start(`kill ${jobId}`);
    await eventually(() => seen.some((one) => one.type === 'status' && one.jobId === jobId), {
      what: 'its end',
    });
  });

  it('a slow reader of a run holds the agent back', async (t) => {
    const { port, store } = await wired(t);
    const client = new RemoraClient({ url: `http://127.0.0.1:${port}`, token });
    t.after(() => client.close());
    const session = await client.openSession();
    t.after(() => session.close());
    const got: Result[] = [];
    for await (const result of session.run('big -n 4000')) {
      got.push(result);
      if (got.length === 50) {
        await eventually(() => store.runningJobs() === 0, { what: 'the job to end', timeoutMs: 20_000 });
      }
    }
    const lost = got
      .filter(({ type }) => type === 'dropped')
      .reduce((sum, { count }) => sum + Number(count), 0);
    assert.ok(lost > 0, 'what found no room was dropped by the agent');
    assert.equal(got.filter(({ type }) => type === 'big').length + lost, 4000);
    assert.equal(got.at(-1)?.type, 'status');
  });

  it('gives up when the agent cannot be had again', async (t) => {
    const { port } = await wired(t);
    const way = await brittle(t, port);
    const client = new RemoraClient({ url: way.url, token });
    t.after(() => client.close());
    const session = await client.openSession();
    let ended: RemoraError | undefined;
    session.listen({
      ended: (error) => {
        ended = error;
      },
    });
    await sleep(100);
    way.refuse = true;
    way.cut();
    await eventually(() => ended, { what: 'the word', timeoutMs: 15_000 });
    assert.equal(ended?.code, 'connection-lost');
  });
});

describe('the parser of event streams', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 30 }).map((one) => one.replace(/[\r\n\0]/g, ' '));

  it('finds the events wherever the bytes are cut', () => {
    const event = fc.record({ event: text, data: fc.array(text, { minLength: 1, maxLength: 3 }), id: text });
    fc.assert(
      fc.property(
        fc.array(event, { maxLength: 8 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 9 })),
        fc.boolean(),
        (events, sizes, crlf) => {
          const end = crlf ? '\r\n' : '\n';
          const lines = events.flatMap(({ event: name, data, id }) => [
            ': a comment',
            `event: ${name}`,
            ...data.map((one) => `data: ${one}`),
            `id: ${id}`,
            'unknown: field',
            '',
          ]);
          const bytes = Buffer.from(lines.map((line) => line + end).join(''));
          const parser = new EventParser();
          const found = [];
          for (let at = 0; at < bytes.length; ) {
            const size = sizes.next().value ?? 1;
            found.push(...parser.push(bytes.subarray(at, at + size)));
            at += size;
          }
          assert.deepEqual(
            found,
            events.map(({ event: name, data, id }) => ({
              event: name || 'message',
              data: data.join('\n'),
              id,
            })),
          );
        },
      ),
      { seed: 20_261_122, numRuns: 300 },
    );
  });

  it('takes any bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 10 }), (chunks) => {
        const parser = new EventParser();
        for (const chunk of chunks)
          for (const { data } of parser.push(Buffer.from(chunk))) assert.equal(typeof data, 'string');
      }),
      { seed: 7, numRuns: 500 },
    );
  });
});
