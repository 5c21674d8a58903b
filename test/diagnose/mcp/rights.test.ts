/** Who may call which tool over MCP (DESIGN 8), what they are told, and what is audited. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Client } from '@modelcontextprotocol/client';
import type { Caller } from '../../../src/base/index.js';
import { mcpCaller } from '../../../src/diagnose/mcp/settings.js';
import { callTool, McpBench, withLimit } from './support/mcpBench.js';

const WATCH = { process: 'shop', classPattern: 'a', methodPattern: 'b' };
const SET = { optionsName: 'job-timeout', optionsValue: '2h' };

const names = async (client: Client) => (await client.listTools()).tools.map(({ name }) => name);
const refusal = async (client: Client, name: string, args: Record<string, unknown>) =>
  (await callTool(client, name, args)).error ?? '';

describe('MCP: rights', () => {
  it('a loopback caller is a viewer, is told how to get more, and everything is audited', async (t) => {
    const bench = await McpBench.start(t, { allow: ['read', 'observe', 'change'] });
    const { client } = await bench.connect(t);
    assert.match(client.getInstructions() ?? '', /You have the role viewer.*--mcp-role operator/);
    assert.match(client.getInstructions() ?? '', /--mcp-allow-change/);
    const { tools } = await client.listTools();
    assert.equal(tools.find(({ name }) => name === 'watch')?._meta?.['remora/mayCall'], false);
    assert.equal((await callTool(client, 'version')).success, true);
    assert.match(
      await refusal(client, 'watch', WATCH),
      /^not permitted: 'watch' \(risk observe\) needs the role operator, and over MCP this caller has viewer\. .*--mcp-role operator/,
    );
    assert.match(await refusal(client, 'options', SET), /is of risk 'change'.*--mcp-allow-change/);
    assert.match(await refusal(client, 'ognl', { express: '1', unsafe: true }), /needs the role operator/);
    await assert.rejects(
      client.callTool({ name: 'format-disk', arguments: {} }),
      /There is no tool 'format-disk'/,
    );
    assert.match(
      await refusal(client, 'version', { verbose: true }),
      /no parameter 'verbose'. It takes process/,
    );
    const kept = bench.events.map(({ command, outcome, via, caller, risk }) => [
      command,
      outcome,
      risk,
      caller.role,
      via?.protocol,
      via?.client,
    ]);
    const of = (command: string, outcome: string, risk: string) => [
      command,
      outcome,
      risk,
      'viewer',
      'mcp',
      'a test 1.0',
    ];
    assert.deepEqual(kept, [
      of('version', 'started', 'read'),
      of('version', 'succeeded', 'read'),
      of('watch', 'refused', 'observe'),
      of('options', 'refused', 'change'),
      of('ognl', 'refused', 'observe'),
      of('unknown-tool', 'refused', 'read'),
      of('version', 'refused', 'read'),
    ]);
  });

  it('--mcp-role operator lifts a loopback caller to observe, never to change', async (t) => {
    const bench = await McpBench.start(t, {
      role: 'operator',
      allowChange: true,
      allow: ['read', 'observe', 'change'],
    });
    const { client } = await bench.connect(t);
    // BookTargets attaches nothing: that it got so far is what counts.
    assert.doesNotMatch(await refusal(client, 'watch', WATCH), /not permitted/);
    assert.match(await refusal(client, 'options', SET), /needs the role admin.*token of the role admin/);
    assert.match(await refusal(client, 'ognl', { express: '1', unsafe: true }), /needs the role admin/);
    const { client: admin } = await bench.connect(t, 'admin-secret');
    assert.equal((await callTool(admin, 'options', SET)).error, undefined);
    const { client: viewer } = await bench.connect(t, 'viewer-secret');
    assert.match(await refusal(viewer, 'watch', WATCH), /needs the role operator/);
  });

  it('tools of risk change are not there without the flag, and not above the ceiling with it', async (t) => {
    const change = { name: 'overwrite', risk: 'change' as const };
    const commands = [
      { ...BASE, ...change },
      { ...BASE, name: 'look', risk: 'observe' as const },
    ];
    const all = ['read', 'observe', 'change'] as const;
    const listed = async (options: object) => {
      const bench = await McpBench.start(t, { commands, ...options });
      const { client } = await bench.connect(t, 'admin-secret');
      return { bench, client, names: await names(client) };
    };
    const without = await listed({ allow: all });
    assert.deepEqual(without.names, ['look']);
    assert.match(await refusal(without.client, 'overwrite', {}), /--mcp-allow-change/);
    const above = await listed({ allow: ['read', 'observe'], allowChange: true });
    assert.deepEqual(above.names, ['look']);
    assert.match(await refusal(above.client, 'overwrite', {}), /does not allow to anybody.*--allow change/);
    const allowed = await listed({ allow: all, allowChange: true });
    assert.deepEqual(allowed.names, ['overwrite', 'look']);
    assert.equal((await callTool(allowed.client, 'overwrite')).success, true);
    const reading = await listed({ allow: ['read'] });
    assert.deepEqual(reading.names, []);
    assert.match(await refusal(reading.client, 'look', {}), /--allow observe/);
  });

  it('a token as an argument is kept nowhere, and raises nobody over MCP', async (t) => {
    const bench = await McpBench.start(t);
    const { client } = await bench.connect(t);
    const answer = await callTool(client, 'auth', { token: 'operator-secret' });
    assert.equal(answer.command, 'auth ***');
    await refusal(client, 'auth', { token: ['operator-secret'], also: 1 });
    assert.match(await refusal(client, 'watch', WATCH), /needs the role operator/);
    assert.doesNotMatch(JSON.stringify([bench.events, answer]), /operator-secret/);
  });

  it('how a caller is known decides what counts', () => {
    const caller = (kind: Caller['kind'], role: Caller['role']): Caller => ({
      kind,
      role,
      user: 'u',
      address: 'x',
    });
    const seen = (who: Caller, role: 'viewer' | 'operator', allowChange: boolean) =>
      mcpCaller(who, { role, allowChange, version: '', store: undefined as never }).role;
    assert.equal(seen(caller('uid', 'admin'), 'viewer', false), 'viewer');
    assert.equal(seen(caller('uid', 'admin'), 'operator', true), 'operator');
    assert.equal(seen(caller('unix', 'admin'), 'viewer', false), 'viewer');
    assert.equal(seen(caller('unix', 'admin'), 'viewer', true), 'admin');
    assert.equal(seen(caller('token', 'admin'), 'viewer', false), 'admin');
    assert.equal(seen(caller('token', 'viewer'), 'operator', true), 'viewer');
    assert.equal(seen(caller('certificate', 'operator'), 'viewer', false), 'operator');
    assert.equal(seen(caller('internal', 'viewer'), 'operator', true), 'viewer');
  });

  it('rate and number of calls are bounded', async (t) => {
    withLimit(t, 'mcp-calls-per-minute', 6, 120);
    withLimit(t, 'mcp-calls', 2, 8);
    const bench = await McpBench.start(t);
    const { client } = await bench.connect(t, 'operator-secret');
    const cancel = new AbortController();
    const running = [1, 2].map(() => callTool(client, 'tick', {}, { signal: cancel.signal }).catch(() => {}));
    while (bench.store.runningJobs() < 2) await new Promise((resolve) => setImmediate(resolve));
    assert.match(await refusal(client, 'version', {}), /2 calls of this session are running.*mcp-calls/);
    cancel.abort();
    await Promise.all(running);
    const again = await bench.connect(t, 'operator-secret');
    for (let call = 0; call < 3; call++) assert.equal(await refusal(again.client, 'version', {}), '');
    assert.match(
      await refusal(again.client, 'version', {}),
      /6 calls of this caller within a minute.*Wait \d+ s/,
    );
    const { client: other } = await bench.connect(t, 'viewer-secret');
    assert.equal(await refusal(other, 'version', {}), '');
    bench.clock.offset += 60_000;
    assert.equal(await refusal(again.client, 'version', {}), '');
  });
});

const BASE = {
  name: '',
  summary: 'A command of this test',
  examples: [],
  options: [],
  args: [],
  needs: 'none' as const,
  results: [],
  cost: 'None.',
  *run() {},
  render: () => undefined,
};
