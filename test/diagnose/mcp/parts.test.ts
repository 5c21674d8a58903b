/** Parts of `/mcp` by themselves: cutting results, keeping events, telling progress. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { boundResults } from '../../../src/diagnose/mcp/boundResults.js';
import { EventLog } from '../../../src/diagnose/mcp/eventLog.js';
import { jsonDepth } from '../../../src/diagnose/mcp/jsonDepth.js';
import { publish } from '../../../src/diagnose/published.js';
import { eventually } from '../../support/index.js';
import { newTargets, subject } from '../../target/attach/attaching.js';
import { callTool, McpBench, withLimit } from './support/mcpBench.js';

describe('MCP: parts', () => {
  it('results stay within their bytes, whatever they are; the last one stays; the count is right', (t) => {
    withLimit(t, 'mcp-result-bytes', 3000, 98_304);
    const text = fc.string({ maxLength: 4000, unit: 'binary' });
    const value = fc.oneof(text, fc.jsonValue({ maxDepth: 6 }), fc.array(fc.string(), { maxLength: 600 }));
    fc.assert(
      fc.property(fc.array(fc.record({ json: value, value: text }), { maxLength: 40 }), (rows) => {
        const status = publish(1, { type: 'status', statusCode: 0 });
        const all = [...rows.map((row) => publish(1, { type: 'row', ...row })), status];
        const { results, warning } = boundResults(all);
        assert.ok(Buffer.byteLength(JSON.stringify(results)) < 3000 + 200 + results.length);
        assert.deepEqual(results.at(-1), { jobId: 1, statusCode: 0, type: 'status' });
        const gap = results.find((each) => (each as { type: string }).type === 'dropped') as
          | { count: number }
          | undefined;
        assert.equal(results.length + (gap ? gap.count - 1 : 0), all.length);
        if (gap)
          assert.match(warning ?? '', new RegExp(`^${gap.count} of ${all.length} results were left out`));
        assert.ok(results.every((each) => !('value' in each) || !('json' in each)));
      }),
      { numRuns: 200, seed: 3 },
    );
    const whole = boundResults([publish(1, { type: 'ognl', json: { value: 'mine', json: 1 }, value: 'x' })]);
    assert.deepEqual(whole, {
      results: [{ jobId: 1, type: 'ognl', json: { json: 1, value: 'mine' } }],
      warning: undefined,
    });
    const [pair] = boundResults([publish(1, { type: 'x', text: '\u{1F600}'.repeat(3000) })]).results;
    assert.doesNotMatch((pair as { text: string }).text, /[\uD800-\uDBFF](?![\uDC00-\uDFFF])/);
  });

  it('events of a stream are replayed after an id, and forgotten from the front', async (t) => {
    withLimit(t, 'mcp-replay-events', 4, 200);
    const log = new EventLog();
    const message = (id: number) => ({ jsonrpc: '2.0' as const, id, result: {} });
    const first = await log.storeEvent('a', {} as never);
    await log.storeEvent('b', message(1));
    const second = await log.storeEvent('a', message(2));
    await log.storeEvent('a', message(3));
    const read = async (after: string): Promise<unknown[]> => {
      const seen: unknown[] = [];
      assert.equal(
        await log.replayEventsAfter(after, {
          send: async (_id, each) => void seen.push((each as { id: number }).id),
        }),
        'a',
      );
      return seen;
    };
    assert.deepEqual(await read(first), [2, 3]);
    assert.deepEqual(await read(second), [3]);
    await log.storeEvent('b', message(4));
    assert.equal(log.has(first), false);
    assert.equal(await log.getStreamIdForEventId(first), undefined);
    assert.equal(log.has(second), true);
  });

  it('depth of a JSON text is that of its value', () => {
    const depth = (value: unknown): number =>
      typeof value === 'object' && value !== null
        ? 1 + Math.max(0, ...Object.values(value).map((member) => depth(member)))
        : 0;
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), (value) => {
        assert.equal(jsonDepth(JSON.stringify(value)), depth(value));
      }),
    );
    assert.equal(jsonDepth('"[[[\\"[[["'), 0);
  });

  it('two processes at once do not meet', async (t) => {
    const targets = newTargets(t);
    const bench = await McpBench.start(t, { targets });
    const [one, two] = [await subject(t, 22), await subject(t, 22)];
    const { client } = await bench.connect(t, 'operator-secret');
    const asked = [one, two, two, one, one, two].map(({ pid }) => pid);
    const seen = await Promise.all(
      asked.map(async (pid) => {
        const answer = await callTool(client, 'ognl', { process: pid, express: 'process.pid' });
        return answer.results[0]?.json ?? answer.error;
      }),
    );
    assert.deepEqual(seen, asked);
  });

  it('a client that does not read is cut, and its calls end', async (t) => {
    withLimit(t, 'mcp-stream-bytes', 200_000, 8_388_608);
    withLimit(t, 'mcp-result-bytes', 5_000_000, 98_304);
    withLimit(t, 'mcp-resume', 0.1, 10);
    const bench = await McpBench.start(t);
    const session = await bench.initialize();
    const { port } = new URL(bench.url);
    const socket = connect(Number(port), '127.0.0.1');
    t.after(() => void socket.destroy());
    socket.pause();
    let closed = false;
    socket.on('close', () => {
      closed = true;
    });
    socket.on('error', () => {});
    const batch = Array.from({ length: 20 }, (_, id) => ({
      jsonrpc: '2.0',
      id,
      method: 'tools/call',
      params: { name: 'big', arguments: { limits: 50 } },
    }));
    const body = JSON.stringify(batch);
    const head = Object.entries({
      ...session,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    });
    socket.write(
      `POST /mcp HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n${head.map(([name, value]) => `${name}: ${value}\r\n`).join('')}` +
        `content-length: ${body.length}\r\n\r\n${body}`,
    );
    await eventually(() => bench.events.some(({ outcome }) => outcome === 'succeeded'), { what: 'a call' });
    await eventually(() => bench.store.runningJobs() === 0, { what: 'no call', timeoutMs: 20_000 });
    socket.resume();
    await eventually(() => closed, { what: 'the connection cut', timeoutMs: 20_000 });
    assert.deepEqual(bench.faults, []);
  });
});
