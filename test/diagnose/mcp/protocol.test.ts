/** What goes over the wire, by hand: heads, statuses, streams, garbage (wire/arthas.md 4.4). */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import fc from 'fast-check';
import { COMMANDS } from '../../../src/diagnose/index.js';
import { eventually } from '../../support/index.js';
import { play, transcripts } from '../support/transcript.js';
import { INITIALIZE, McpBench, messagesOf, withLimit } from './support/mcpBench.js';

const rpc = (method: string, params: object = {}, id: number | string = 2) => ({
  jsonrpc: '2.0',
  id,
  method,
  params,
});
const call = (name: string, args: object = {}, id: number | string = 2) =>
  rpc('tools/call', { name, arguments: args }, id);

/** `{code, message}` of an answer that is no stream. */
async function failed(answer: Response): Promise<[status: number, code: number, message: string]> {
  const { jsonrpc, id, error } = (await answer.json()) as {
    jsonrpc: string;
    id: null;
    error: { code: number; message: string };
  };
  assert.deepEqual([jsonrpc, id], ['2.0', null]);
  return [answer.status, error.code, error.message];
}

describe('MCP: the wire', () => {
  it('initialize is JSON with a session; requests are streams; notifications 202; DELETE ends it', async (t) => {
    const bench = await McpBench.start(t);
    for (const version of ['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25']) {
      const asked = { ...INITIALIZE, params: { ...INITIALIZE.params, protocolVersion: version } };
      const answer = await bench.post(asked);
      assert.equal(answer.headers.get('content-type'), 'application/json');
      const { id, result } = (await answer.json()) as { id: number; result: Record<string, unknown> };
      assert.equal(id, 1);
      assert.equal(result.protocolVersion, version);
      assert.deepEqual(result.serverInfo, { name: 'remora', title: 'Remora', version: '1.2.3' });
      assert.deepEqual(Object.keys(result.capabilities as object).sort(), [
        'logging',
        'prompts',
        'tasks',
        'tools',
      ]);
    }
    const unknown = { ...INITIALIZE, params: { ...INITIALIZE.params, protocolVersion: '1999-01-01' } };
    const { result } = (await (await bench.post(unknown)).json()) as { result: Record<string, unknown> };
    assert.equal(result.protocolVersion, '2025-11-25');

    const session = await bench.initialize();
    const note = await bench.post({ jsonrpc: '2.0', method: 'notifications/initialized' }, session);
    assert.equal(note.status, 202);
    const answer = await bench.post(rpc('ping'), session);
    assert.equal(answer.headers.get('content-type'), 'text/event-stream');
    assert.deepEqual(messagesOf(await answer.text()), [{ jsonrpc: '2.0', id: 2, result: {} }]);
    const level = await bench.post(rpc('logging/setLevel', { level: 'warning' }), session);
    assert.deepEqual(messagesOf(await level.text())[0]?.result, {});
    const prompts = await bench.post(
      rpc('prompts/get', { name: 'why-slow', arguments: { process: 'shop' } }),
      session,
    );
    assert.match(JSON.stringify(messagesOf(await prompts.text())), /\\"shop\\"/);
    const method = await bench.post(rpc('tools/break'), session);
    assert.match(JSON.stringify(messagesOf(await method.text())), /-32601/);

    const gone = await fetch(bench.url, { method: 'DELETE', headers: session });
    assert.equal(gone.status, 200);
    assert.deepEqual(
      await failed(await bench.post(rpc('ping'), session)).then(([status, code]) => [status, code]),
      [404, -32_001],
    );
  });

  for (const [file, transcript] of transcripts('mcp-')) {
    it(`${file}: ${transcript.about}`, async (t) => {
      const allow = ['read', 'observe', 'change'] as const;
      const bench = await McpBench.start(t, { commands: COMMANDS, allow, allowChange: true });
      let session: Record<string, string> = { authorization: 'Bearer operator-secret' };
      await play(transcript, async (body) => {
        const answer = await bench.post(body, session);
        session = { ...session, 'mcp-session-id': answer.headers.get('mcp-session-id') ?? '' };
        const text = await answer.text();
        return text.startsWith('{') ? text : JSON.stringify(messagesOf(text).at(-1));
      });
    });
  }

  it('a client of the newest revision falls back to the one that is served', async (t) => {
    const bench = await McpBench.start(t);
    const client = new Client({ name: 'new', version: '1' }, { versionNegotiation: { mode: 'auto' } });
    await client.connect(new StreamableHTTPClientTransport(new URL(bench.url)));
    assert.equal(client.getNegotiatedProtocolVersion(), '2025-11-25');
    await client.close();
  });

  it('pages of tools', async (t) => {
    withLimit(t, 'mcp-tools-page', 10, 100);
    const bench = await McpBench.start(t);
    const session = await bench.initialize();
    const names: string[] = [];
    let cursor: string | undefined;
    do {
      const answer = await bench.post(rpc('tools/list', cursor === undefined ? {} : { cursor }), session);
      const [{ result }] = messagesOf(await answer.text()) as [
        { result: { tools: { name: string }[]; nextCursor?: string } },
      ];
      assert.ok(result.tools.length <= 10);
      names.push(...result.tools.map(({ name }) => name));
      cursor = result.nextCursor;
    } while (cursor !== undefined);
    assert.deepEqual(
      names,
      bench.store.registry.all.filter(({ risk }) => risk !== 'change').map(({ name }) => name),
    );
  });

  it('what it does not take, and what it says', async (t) => {
    withLimit(t, 'mcp-body-bytes', 5000, 1_048_576);
    const bench = await McpBench.start(t);
    const session = await bench.initialize();
    const cases: [what: string, answer: Promise<Response>, status: number, code: number, says: RegExp][] = [
      ['no JSON', bench.post('{"jsonrpc"', session), 400, -32_700, /not JSON/],
      ['empty', bench.post('', session), 400, -32_700, /not JSON/],
      [
        'a tower',
        bench.post(`${'['.repeat(2000)}${']'.repeat(2000)}`, session),
        400,
        -32_000,
        /64 lists and objects/,
      ],
      ['no JSON-RPC', bench.post([1, 2], session), 400, -32_700, /Invalid JSON-RPC/],
      [
        'Accept of one',
        bench.post(rpc('ping'), { ...session, accept: 'application/json' }),
        400,
        -32_000,
        /Accept must name/,
      ],
      ['no session', bench.post(rpc('ping')), 400, -32_000, /Mcp-Session-Id is missing/],
      [
        'unknown session',
        bench.post(rpc('ping'), { 'mcp-session-id': 'x' }),
        404,
        -32_001,
        /Session not found/,
      ],
      [
        'version',
        bench.post(rpc('ping'), { ...session, 'mcp-protocol-version': '1999-01-01' }),
        400,
        -32_000,
        /Unsupported protocol version/,
      ],
      [
        'type',
        bench.post(rpc('ping'), { ...session, 'content-type': 'text/plain' }),
        415,
        -32_000,
        /Content-Type/,
      ],
      [
        'too large',
        bench.post(rpc('ping', { pad: 'x'.repeat(6000) }), session),
        413,
        -32_000,
        /larger than 5000 bytes/,
      ],
      [
        'GET of a browser',
        fetch(bench.url, { headers: session }),
        400,
        -32_000,
        /text\/event-stream.*docs\/mcp\.md/,
      ],
      ['GET unknown', get(bench, { 'mcp-session-id': 'x' }), 404, -32_001, /Session not found/],
      [
        'GET from an unknown event',
        get(bench, { ...session, 'last-event-id': '99-x' }),
        404,
        -32_000,
        /no longer kept/,
      ],
      ['PUT', fetch(bench.url, { method: 'PUT', headers: session }), 405, -32_000, /Use GET, POST, DELETE/],
      [
        'a stranger',
        bench.post(INITIALIZE, { authorization: 'Bearer wrong' }),
        401,
        -32_000,
        /does not know you/,
      ],
      [
        'another site',
        bench.post(INITIALIZE, { origin: 'https://evil.example' }),
        403,
        -32_000,
        /another site/,
      ],
    ];
    for (const [what, answer, status, code, says] of cases) {
      const seen = await answer;
      const [gotStatus, gotCode, message] = await failed(seen);
      assert.deepEqual([gotStatus, gotCode], [status, code], what);
      assert.match(message, says, what);
      if (status === 401) assert.match(seen.headers.get('www-authenticate') ?? '', /Basic .*Bearer /);
      if (status === 405) assert.equal(seen.headers.get('allow'), 'GET, POST, DELETE');
    }
    // A session is its caller's.
    const other = { ...session, authorization: 'Bearer viewer-secret' };
    assert.equal((await failed(await bench.post(rpc('ping'), other)))[0], 404);
    await bench.close();
    assert.deepEqual(bench.faults, []);
  });

  it('a lost stream is taken up again; one that stays lost ends its call', async (t) => {
    withLimit(t, 'mcp-resume', 0.3, 10);
    withLimit(t, 'mcp-call-time', 20, 30);
    const bench = await McpBench.start(t);
    const session = await bench.initialize();
    const lose = async (): Promise<string> => {
      const cut = new AbortController();
      const answer = await post(bench, call('tick', { interval: 20 }), session, cut.signal);
      const id = await firstEvent(answer);
      cut.abort();
      return id;
    };
    const lost = await lose();
    // Back before its grace is over, and it goes on: another end than the loss must come.
    const again = await get(bench, { ...session, 'last-event-id': lost });
    assert.equal(again.status, 200);
    await new Promise((resolve) => setTimeout(resolve, 600));
    assert.equal(bench.store.runningJobs(), 1);
    await bench.post(
      { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 2 } },
      session,
    );
    await eventually(() => bench.store.runningJobs() === 0, { what: 'the cancelled call' });
    await again.body?.cancel();

    await lose();
    assert.equal(bench.store.runningJobs(), 1);
    await eventually(() => bench.store.runningJobs() === 0, { what: 'the abandoned call' });
    assert.equal(bench.events.at(-1)?.outcome, 'interrupted');

    // An answer that came while nobody listened is there afterwards.
    const cut = new AbortController();
    const answer = await post(bench, call('timed', { interval: 200 }, 9), session, cut.signal);
    const event = await firstEvent(answer);
    cut.abort();
    await eventually(() => bench.store.runningJobs() === 0, { what: 'the call' });
    const replay = await get(bench, { ...session, 'last-event-id': event });
    const [message] = messagesOf(await replay.text());
    assert.equal(message?.id, 9);
    assert.match(JSON.stringify(message), /timed/);
  });

  it('sessions: idle ones end, a full house makes room or says no, none is left at shutdown', async (t) => {
    withLimit(t, 'mcp-sessions', 2, 50);
    const bench = await McpBench.start(t);
    const first = await bench.initialize();
    const second = await bench.initialize();
    const [status, , message] = await failed(await bench.post(INITIALIZE));
    assert.equal(status, 503);
    assert.match(message, /2 busy MCP sessions.*mcp-sessions/);
    bench.clock.offset += 61_000;
    await (await bench.post(rpc('ping'), second)).text();
    const third = await bench.initialize();
    assert.equal((await bench.post(rpc('ping'), first)).status, 404);
    const stream = await get(bench, third);
    assert.equal(stream.status, 200);
    const running = bench.post(call('tick'), second);
    await eventually(() => bench.store.runningJobs() === 1, { what: 'the call' });
    await bench.close();
    assert.deepEqual(messagesOf(await stream.text()), []);
    await running.then((answer) => answer.text()).catch(() => {});
    assert.equal(bench.store.runningJobs(), 0);
  });

  it('survives messages of any shape', async (t) => {
    const bench = await McpBench.start(t);
    const session = await bench.initialize();
    const methods = [
      'tools/call',
      'tools/list',
      'tasks/get',
      'tasks/result',
      'tasks/cancel',
      'tasks/list',
      'prompts/get',
      'initialize',
      'ping',
      'x',
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...methods),
        fc.oneof(
          fc.jsonValue({ maxDepth: 3 }),
          fc.record(
            {
              name: fc.constantFrom('echo', 'help', 'x', '__proto__'),
              arguments: fc.jsonValue({ maxDepth: 2 }),
              task: fc.jsonValue({ maxDepth: 1 }),
              _meta: fc.jsonValue({ maxDepth: 1 }),
            },
            { requiredKeys: [] },
          ),
        ),
        fc.oneof(fc.integer(), fc.string(), fc.constant(undefined)),
        async (method, params, id) => {
          const answer = await bench.post({ jsonrpc: '2.0', id, method, params }, session);
          assert.ok(answer.status < 500, `${answer.status}`);
          await answer.text();
        },
      ),
      { numRuns: 150, seed: 11 },
    );
    const answer = await bench.post(call('version'), session);
    assert.match(await answer.text(), /1\.2\.3/);
    assert.deepEqual(bench.faults, []);
  });
});

function get(bench: McpBench, headers: Record<string, string>): Promise<Response> {
  return fetch(bench.url, { headers: { ...headers, accept: 'text/event-stream' } });
}

function post(
  bench: McpBench,
  body: object,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<Response> {
  return fetch(bench.url, {
    method: 'POST',
    signal,
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2025-11-25',
      ...headers,
    },
    body: JSON.stringify(body),
  });
}

/** The id that a stream begins with. */
async function firstEvent(answer: Response): Promise<string> {
  const reader = answer.body?.getReader();
  let text = '';
  for (;;) {
    const part = await reader?.read();
    text += Buffer.from(part?.value ?? []).toString('utf8');
    const [, id] = /^id: (.*)$/m.exec(text) ?? [];
    if (id !== undefined) return id;
    if (!part || part.done) throw new Error(`no event in ${text}`);
  }
}
