import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { setLimit } from '../../src/base/index.js';
import { RemoraClient, RemoraError, type Result } from '../../src/client/index.js';
import { startTestAgent, type TestAgent } from '../cli/support/agent.js';
import { type Home, makeHome } from '../cli/support/cli.js';
import { eventually, spawnTarget } from '../support/index.js';

interface Test {
  after(fn: () => Promise<void> | void): void;
}

async function connect(t: Test): Promise<{ client: RemoraClient; agent: TestAgent; home: Home }> {
  const home = makeHome(t);
  const agent = await startTestAgent(home, t, {
    tokens: [
      { name: 'eye', role: 'viewer', secret: 'only-looking' },
      { name: 'hand', role: 'operator', secret: 'may-touch-it' },
    ],
  });
  const client = new RemoraClient({ socketPath: agent.socketPath });
  t.after(() => client.close());
  return { client, agent, home };
}

async function collect(results: AsyncIterable<Result>): Promise<Result[]> {
  const all: Result[] = [];
  for await (const result of results) all.push(result);
  return all;
}

const types = (results: readonly Result[]) => results.map((result) => result.type);

function rejects(promise: Promise<unknown>, code: string, text: RegExp): Promise<void> {
  return assert.rejects(promise, (error) => {
    assert.ok(error instanceof RemoraError, String(error));
    assert.equal(error.code, code);
    assert.match(error.text, text);
    return true;
  });
}

describe('RemoraClient', () => {
  it('runs a command to its end', async (t) => {
    const { client } = await connect(t);
    const outcome = await client.exec('version');
    assert.deepEqual(types(outcome.results), ['version', 'status']);
    assert.equal(outcome.statusCode, 0);
    assert.equal(outcome.timedOut, false);
    const failed = await client.exec('fail');
    assert.equal(failed.statusCode, -1);
    assert.equal(failed.message, 'it said no');
  });

  it('tells a time-out with what came before', async (t) => {
    const { client } = await connect(t);
    const outcome = await client.exec('tick', { timeoutMs: 200 });
    assert.equal(outcome.timedOut, true);
    assert.ok(outcome.results.some((result) => result.type === 'tick'));
  });

  it('rejects what the agent could not do, without the noise of the protocol', async (t) => {
    const { client } = await connect(t);
    await rejects(client.exec('nope'), 'command-failed', /^nope: command not found/);
    await rejects(client.exec('attach', { process: 'no-such-one' }), 'command-failed', /no-such-one/);
    await rejects(client.attach({ process: '4999999' }), 'process-not-found', /4999999/);
    const answer = await client.api({ action: 'exec', command: 'nope', requestId: 'r1' });
    assert.equal(answer.state, 'FAILED');
    assert.equal(answer.requestId, 'r1');
  });

  it('lists, attaches and lets go', async (t) => {
    const { client } = await connect(t);
    const target = await spawnTarget({ file: 'idle.cjs', nodeArgs: ['--inspect-port=0'], test: t });
    const attached = await client.attach({ process: String(target.pid) });
    assert.equal(attached.process.pid, target.pid);
    assert.ok(attached.notices.length > 0);
    const seen = (await client.processes()).find((process) => process.pid === target.pid);
    assert.equal(seen?.attached, true);
    await client.detach(String(target.pid));
    const after = (await client.processes()).find((process) => process.pid === target.pid);
    assert.equal(after?.attached, false);
  });

  it('reuses its connection', async (t) => {
    const { home } = await connect(t);
    const client = new RemoraClient({ socketPath: home.socketPath });
    t.after(() => client.close());
    for (let n = 0; n < 20; n++) await client.exec('version');
    assert.equal((await client.info()).version, '0.0.0-test');
  });

  it('gives up when its caller does', async (t) => {
    const { client } = await connect(t);
    const aborter = new AbortController();
    const call = client.exec('tick', { signal: aborter.signal });
    setTimeout(() => aborter.abort(), 100);
    await rejects(call, 'aborted', /given up/);
  });
});

describe('RemoraClient: who may call', () => {
  it('is told to sign in, and what its token may not do', async (t) => {
    const { agent } = await connect(t);
    const clientOf = (token?: string) => {
      const client = new RemoraClient({ url: agent.url, token });
      t.after(() => client.close());
      return client;
    };
    await rejects(clientOf().info(), 'not-signed-in', /token/i);
    await rejects(clientOf('wrong-secret').info(), 'not-signed-in', /token/i);
    assert.equal((await clientOf('only-looking').info()).version, '0.0.0-test');
    await rejects(clientOf('only-looking').attach({ process: '1' }), 'role-too-small', /operator/);
    assert.equal((await clientOf('may-touch-it').exec('version')).statusCode, 0);
  });
});

describe('RemoraClient: nobody there', () => {
  it('says how to start an agent', async (t) => {
    const client = new RemoraClient({ socketPath: makeHome(t).socketPath });
    await rejects(client.info(), 'no-agent', /no agent is running.*`remora up`/);
  });

  it('says that nothing listens', async () => {
    await rejects(
      new RemoraClient({ url: 'http://127.0.0.1:9' }).info(),
      'connection-refused',
      /127\.0\.0\.1:9/,
    );
  });

  for (const url of ['localhost:8563', 'ftp://x', 'http://me:secret@host']) {
    it(`refuses the address ${url}`, () => {
      assert.throws(() => new RemoraClient({ url }), /not the address|must not hold a password/);
    });
  }

  it('knows when a stranger answers', async (t) => {
    const server = createServer((_, response) => response.end('<html>hello</html>'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.after(() => void server.close());
    const client = new RemoraClient({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
    t.after(() => client.close());
    await rejects(client.info(), 'bad-answer', /did not answer in JSON/);
  });

  it('gives up after the time it was given', async (t) => {
    const server = createServer(() => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.after(() => void server.close());
    t.after(() => server.closeAllConnections());
    const client = new RemoraClient({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
    await rejects(client.info({ timeoutMs: 100 }), 'timed-out', /within 100 ms/);
  });
});

describe('ClientSession', () => {
  it('runs commands one after another, each to its status', async (t) => {
    const { client } = await connect(t);
    const session = await client.openSession();
    t.after(() => session.close());
    for (let n = 0; n < 5; n++) {
      assert.deepEqual(types(await collect(session.run('version'))), ['command', 'version', 'status']);
    }
    const many = await collect(session.run('many -n 300'));
    assert.equal(many.filter((result) => result.type === 'many').length, 300);
    assert.equal(many.at(-1)?.type, 'status');
  });

  it('gives results while the job runs, and interrupts it', async (t) => {
    const { client } = await connect(t);
    const session = await client.openSession();
    t.after(() => session.close());
    assert.equal(await session.interrupt(), false);
    let seen = 0;
    let last: Result | undefined;
    for await (const result of session.run('tick -i 20')) {
      last = result;
      if (result.type === 'tick' && ++seen === 5) assert.equal(await session.interrupt(), true);
    }
    assert.ok(seen >= 5);
    assert.equal(last?.type, 'status');
    assert.equal(last?.statusCode, 0);
  });

  it('waits for a job that is suspended, and gives on what comes when it is continued', async (t) => {
    const { client } = await connect(t);
    const session = await client.openSession();
    const numbers: number[] = [];
    let isStopped = false;
    for await (const { type, number, message } of session.run('tick -i 20')) {
      if (type === 'tick') numbers.push(Number(number));
      if (numbers.length === 2 && type === 'tick') assert.equal(await session.suspend(), true);
      if (/stopped: tick/.test(String(message))) {
        isStopped = true;
        await session.start('jobs');
        await eventually(() => session.start('fg').catch(() => undefined), { what: 'it to go on' });
      }
      if (numbers.length === 5) await session.interrupt();
    }
    assert.ok(isStopped);
    assert.deepEqual(
      numbers,
      numbers.map((_, index) => index + 1),
    );
    await session.close();
  });

  it('interrupts the job when the loop is left', async (t) => {
    const { client, agent } = await connect(t);
    const session = await client.openSession();
    t.after(() => session.close());
    for await (const result of session.run('tick -i 20')) if (result.type === 'tick') break;
    await eventually(() => agent.store.services.jobs().every((job) => job.status !== 'RUNNING'), {
      what: 'the job to end',
    });
    assert.deepEqual(types(await collect(session.run('version'))), ['command', 'version', 'status']);
  });

  it('refuses a second command while one runs', async (t) => {
    const { client } = await connect(t);
    const session = await client.openSession();
    t.after(() => session.close());
    for await (const result of session.run('tick -i 20')) {
      if (result.type !== 'tick') continue;
      await rejects(collect(session.run('version')), 'busy', /Another job is running/);
      break;
    }
  });

  it('gives the results of a background job to listeners', async (t) => {
    const { client } = await connect(t);
    const session = await client.openSession();
    t.after(() => session.close());
    const heard: Result[] = [];
    session.listen({ result: (result) => heard.push(result) });
    await collect(session.run('timed -n 3 -i 100 &'));
    assert.deepEqual(types(await collect(session.run('version'))).slice(-2), ['version', 'status']);
    await eventually(() => heard.some((result) => result.type === 'status'), {
      what: 'the end of the background job',
    });
    assert.ok(heard.filter((result) => result.type === 'timed').length >= 2);
  });

  it('is usable again after its consumer was forgotten', async (t) => {
    const { client, agent } = await connect(t);
    const session = await client.openSession();
    t.after(() => session.close());
    await collect(session.run('version'));
    const stored = agent.store.session(session.sessionId);
    assert.ok(stored);
    const heard: Result[] = [];
    session.listen({ result: (result) => heard.push(result) });
    setLimit('consumer-timeout=0');
    t.after(() => setLimit('consumer-timeout=300'));
    stored.dropIdleConsumers();
    assert.deepEqual(types(await collect(session.run('version'))).slice(-2), ['version', 'status']);
    assert.deepEqual(
      heard.filter((result) => result.type === 'version'),
      [],
      'what was read before is not given again',
    );
  });

  it('tells its listeners and its runs when the agent goes', async (t) => {
    const { client, agent } = await connect(t);
    const session = await client.openSession();
    let ended: RemoraError | undefined;
    session.listen({
      ended: (error) => {
        ended = error;
      },
    });
    const run = collect(session.run('tick -i 20'));
    setTimeout(() => void agent.close(), 100);
    await assert.rejects(run, RemoraError).catch(() => undefined);
    await eventually(() => ended, { what: 'the listener to be told' });
    await assert.rejects(collect(session.run('version')), RemoraError);
  });

  it('ends by stop', async (t) => {
    const { client } = await connect(t);
    const target = await spawnTarget({ file: 'idle.cjs', nodeArgs: ['--inspect-port=0'], test: t });
    const session = await client.openSession({ process: String(target.pid) });
    await collect(session.run('attach'));
    const results = await collect(session.run('stop'));
    assert.ok(types(results).includes('shutdown'));
    assert.equal((await client.processes()).find(({ pid }) => pid === target.pid)?.attached, false);
    await session.close();
  });
});
