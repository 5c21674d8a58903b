/** A session lives and dies with its connection: within two seconds, however the connection ends, whatever runs. */
import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { describe, it } from 'node:test';
import { eventually, isAlive } from '../../support/index.js';
import { AgentUnderTest } from './support.js';

const WITHIN_MS = 2000;

async function agentWithContainer(t: { after(fn: () => void): void }): Promise<AgentUnderTest> {
  const agent = await AgentUnderTest.start(t);
  assert.equal((await agent.cli(['run', '-d', '--name', 'web', 'sleep', '1000'])).code, 0);
  return agent;
}

async function diesSoon(pids: readonly number[]): Promise<void> {
  const started = performance.now();
  for (const pid of pids) {
    assert.ok(pid > 1, String(pid));
    await eventually(() => !isAlive(pid), { timeoutMs: WITHIN_MS, what: `process ${pid} to end` });
  }
  assert.ok(performance.now() - started < WITHIN_MS);
}

/** A session as a client of bare sockets asks for it, documented headers and all. Resolves once it has printed its pids. */
async function rawSession(
  t: { after(fn: () => void): void },
  agent: AgentUnderTest,
  script: string,
): Promise<{ socket: Socket; pids: number[] }> {
  const { port } = new URL(agent.url);
  const body = JSON.stringify({
    type: 'LAUNCH_NESTED_CONTAINER_SESSION',
    launch_nested_container_session: {
      container_id: { value: 'raw', parent: { value: 'web' } },
      command: { value: script },
    },
  });
  const socket = connect({ port: Number(port), host: '127.0.0.1', allowHalfOpen: true });
  t.after(() => socket.destroy());
  socket.on('error', () => undefined);
  socket.write(
    `POST /api/v1 HTTP/1.1\r\nHost: localhost:${port}\r\nContent-Type: application/json\r\n` +
      'Accept: application/recordio\r\nMessage-Accept: application/json\r\n' +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  let text = '';
  const onData = (chunk: Buffer) => {
    text += chunk.toString('latin1');
  };
  socket.on('data', onData);
  const line = await eventually(
    () => {
      const data = [...text.matchAll(/"data":"([^"]+)"/g)].map(([, each = '']) =>
        Buffer.from(each, 'base64'),
      );
      return /^pids ([\d ]+)\n/m.exec(Buffer.concat(data).toString('latin1'))?.[1];
    },
    { timeoutMs: 10_000, what: 'the pids' },
  ).catch((error: Error) => {
    throw new Error(`${error.message}\n${text.slice(0, 2000)}`);
  });
  socket.off('data', onData);
  return { socket, pids: line.trim().split(' ').map(Number) };
}

describe('a session ends with its connection', () => {
  it('kill -9 of the client', async (t) => {
    const agent = await agentWithContainer(t);
    const run = agent.startCli([
      'exec',
      'web',
      'sh',
      '-c',
      'trap "" TERM HUP INT; echo "pid $$"; while :; do sleep 1; done',
    ]);
    await run.waitFor(/pid \d+/);
    const pid = Number(/pid (\d+)/.exec(run.stdout())?.[1]);
    run.child.kill('SIGKILL');
    await diesSoon([pid]);
  });

  it('a half-closed connection', async (t) => {
    const agent = await agentWithContainer(t);
    const { socket, pids } = await rawSession(
      t,
      agent,
      'trap "" TERM HUP; echo "pids $$"; while :; do sleep 1; done',
    );
    socket.resume();
    socket.end();
    await diesSoon(pids);
  });

  it('a reset', async (t) => {
    const agent = await agentWithContainer(t);
    const { socket, pids } = await rawSession(t, agent, 'echo "pids $$"; exec sleep 1000');
    socket.resetAndDestroy();
    await diesSoon(pids);
  });

  it('a half-closed connection whose client has stopped reading', async (t) => {
    const agent = await agentWithContainer(t);
    const { socket, pids } = await rawSession(t, agent, 'echo "pids $$"; exec yes');
    socket.pause();
    await new Promise((resolve) => setTimeout(resolve, 500));
    socket.end();
    await diesSoon(pids);
  });

  it('takes along what the process has started, also what tries to get away', async (t) => {
    const agent = await agentWithContainer(t);
    const script =
      'sleep 1001 & a=$!; setsid sh -c "trap \\"\\" TERM HUP; (setsid sleep 1002 & echo \\$! >&3; wait)" 3>f & ' +
      'while [ ! -s f ]; do sleep 0.05; done; echo "pids $$ $a $! $(cat f)"; wait';
    const { socket, pids } = await rawSession(t, agent, script);
    assert.equal(pids.length, 4);
    for (const pid of pids) assert.ok(isAlive(pid));
    socket.end();
    await diesSoon(pids);
  });

  it('kill -9 of the agent', async (t) => {
    const agent = await agentWithContainer(t);
    const { pids } = await rawSession(t, agent, 'echo "pids $$"; exec sleep 1000');
    await agent.crashAndRestart();
    // Nobody was there to see the connection end; the next agent ends what is left, as the protocol has it.
    await diesSoon(pids);
    const client = agent.client();
    const left = async () => (await client.list()).filter(({ end }) => !end).map(({ id }) => id);
    await eventually(async () => (await left()).join() === 'web', { what: 'the session to be gone' });
  });
});
