/** Long calls as tasks (protocol revision 2025-11-25). */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Client } from '@modelcontextprotocol/client';
import { eventually } from '../../support/index.js';
import { McpBench, type ToolAnswer, withLimit } from './support/mcpBench.js';

interface Task {
  readonly taskId: string;
  readonly status: string;
  readonly statusMessage?: string;
  readonly ttl: number;
  readonly pollInterval: number;
}

/** Any result: the SDK has no method of its own for tasks. */
const ANY = {
  '~standard': { version: 1, vendor: 'test', validate: (value: unknown) => ({ value }) },
} as const;

const ask = async (client: Client, method: string, params: Record<string, unknown> = {}) =>
  (await client.request({ method, params }, ANY as never)) as Record<string, unknown>;

async function start(
  client: Client,
  name: string,
  args: Record<string, unknown>,
  task: object = {},
): Promise<Task> {
  const answer = await ask(client, 'tools/call', {
    name,
    arguments: args,
    task,
    _meta: { progressToken: name },
  });
  assert.match(JSON.stringify(answer.content), /tasks\/result/);
  return answer.task as Task;
}

const answerOf = (result: Record<string, unknown>) => result.structuredContent as unknown as ToolAnswer;

describe('MCP: tasks', () => {
  it('run, tell, are listed, fetched, cancelled', async (t) => {
    const bench = await McpBench.start(t);
    const { client } = await bench.connect(t, 'operator-secret');
    const told: { method: string; params?: Record<string, unknown> }[] = [];
    client.fallbackNotificationHandler = async (news) => void told.push(news);
    client.setNotificationHandler('notifications/progress', (news) => void told.push(news));

    const ended = await start(client, 'many', { limits: 3 });
    assert.deepEqual([ended.status, ended.ttl, ended.pollInterval], ['working', 1_800_000, 1000]);
    const result = await ask(client, 'tasks/result', { taskId: ended.taskId });
    assert.equal(answerOf(result).results.filter(({ type }) => type === 'many').length, 3);
    assert.deepEqual((result._meta as Record<string, unknown>)['io.modelcontextprotocol/related-task'], {
      taskId: ended.taskId,
    });
    assert.equal(
      ((await ask(client, 'tasks/get', { taskId: ended.taskId })) as unknown as Task).status,
      'completed',
    );

    const failed = await start(client, 'fail', {});
    assert.equal((await ask(client, 'tasks/result', { taskId: failed.taskId })).isError, true);
    assert.equal(
      ((await ask(client, 'tasks/get', { taskId: failed.taskId })) as unknown as Task).status,
      'failed',
    );

    const endless = await start(client, 'tick', { interval: 20 }, { ttl: 60_000 });
    assert.equal(endless.ttl, 60_000);
    const news = await eventually(() => told.find(({ params }) => params?.progressToken === 'tick')?.params, {
      what: 'progress',
    });
    assert.equal(news.total, 54);
    const waiting = ask(client, 'tasks/result', { taskId: endless.taskId });
    const cancelled = (await ask(client, 'tasks/cancel', { taskId: endless.taskId })) as unknown as Task;
    assert.equal(cancelled.status, 'cancelled');
    const seen = answerOf(await waiting);
    assert.equal(seen.cancelled, true);
    assert.ok(seen.results.some(({ type }) => type === 'tick'));
    assert.equal(bench.store.runningJobs(), 0);
    await assert.rejects(
      ask(client, 'tasks/cancel', { taskId: endless.taskId }),
      /has ended already \(cancelled\)/,
    );

    const { tasks } = (await ask(client, 'tasks/list')) as unknown as { tasks: Task[] };
    assert.deepEqual(
      tasks.map(({ status }) => status),
      ['completed', 'failed', 'cancelled'],
    );
    await eventually(
      () => told.filter(({ method }) => method === 'notifications/tasks/status').length === 3,
      { what: 'three ends told' },
    );

    const other = await bench.connect(t, 'operator-secret');
    await assert.rejects(ask(other.client, 'tasks/get', { taskId: ended.taskId }), /There is no task/);
    await assert.rejects(ask(client, 'tasks/list', { cursor: 'x' }), /none of ours/);
    await assert.rejects(ask(client, 'tasks/get', {}), /taskId/);
  });

  it('at most five at once; their time to live ends them; the session takes them along', async (t) => {
    const bench = await McpBench.start(t);
    const { client, transport } = await bench.connect(t, 'operator-secret');
    const made: Task[] = [];
    for (let count = 0; count < 5; count++) made.push(await start(client, 'tick', {}));
    await assert.rejects(start(client, 'tick', {}), /5 tasks of this session are running.*mcp-tasks/);
    assert.equal(bench.events.at(-1)?.outcome, 'refused');
    // A call is none of them.
    assert.equal((await client.callTool({ name: 'version' })).isError, false);
    await ask(client, 'tasks/cancel', { taskId: made[0]?.taskId });
    const short = await start(client, 'tick', { interval: 20 }, { ttl: 1000 });
    const { timedOut, results } = answerOf(await ask(client, 'tasks/result', { taskId: short.taskId }));
    assert.equal(timedOut, true);
    assert.ok(results.length > 2);
    bench.clock.offset += 1001;
    await assert.rejects(ask(client, 'tasks/get', { taskId: short.taskId }), /time to live is over/);
    assert.equal(bench.store.runningJobs(), 4);
    await transport.terminateSession();
    await eventually(() => bench.store.runningJobs() === 0, { what: 'all jobs ended' });
    assert.deepEqual(bench.faults, []);
  });

  it('keeps a bounded number of ended ones, and lists them in pages', async (t) => {
    withLimit(t, 'mcp-tasks-kept', 3, 20);
    withLimit(t, 'mcp-tools-page', 2, 100);
    const bench = await McpBench.start(t);
    const { client } = await bench.connect(t, 'operator-secret');
    const made: Task[] = [];
    for (let count = 0; count < 5; count++) {
      const task = await start(client, 'many', {});
      made.push(task);
      await ask(client, 'tasks/result', { taskId: task.taskId });
    }
    const first = (await ask(client, 'tasks/list')) as unknown as { tasks: Task[]; nextCursor: string };
    const rest = (await ask(client, 'tasks/list', { cursor: first.nextCursor })) as unknown as {
      tasks: Task[];
    };
    assert.deepEqual(
      [...first.tasks, ...rest.tasks].map(({ taskId }) => taskId),
      made.slice(2).map(({ taskId }) => taskId),
    );
    assert.deepEqual(Object.keys(rest), ['tasks']);
  });
});
