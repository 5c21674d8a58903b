/** What a client gets wrong, and what goes wrong under it: a clear answer from a real agent, and the agent goes on. */
import { equal, match, ok } from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Daemon, startDaemon } from '../../src/daemon.js';
import { freePort, residentBytes, spawnTarget } from '../support/index.js';

const folder = mkdtempSync(join(tmpdir(), 'remora-e2e-'));
let agent: Daemon;
let url = '';

before(async () => {
  agent = await startDaemon({
    socketPath: join(folder, 'agent.sock'),
    listen: [{ host: '127.0.0.1', port: 0, required: true }],
    trust: 'token',
    tokens: [{ name: 'test', role: 'operator', secret: 'a-secret-of-the-test' }],
    hosts: [],
    agent: { allow: ['read', 'observe'] },
    insecure: false,
    log: { level: 'silent' },
  });
  url = agent.addresses[0] ?? '';
});

after(async () => {
  await agent.close('the test is over');
  rmSync(folder, { recursive: true, force: true });
});

interface Answer {
  readonly state?: string;
  readonly message?: string;
  readonly sessionId?: string;
  readonly body?: { readonly results?: readonly { type: string; statusCode?: number; message?: string }[] };
}

function post(body: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: 'Bearer a-secret-of-the-test' };
    const call = request(`${url}/api`, { method: 'POST', headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      response.on('error', reject);
    });
    call.on('error', reject);
    call.end(body);
  });
}

async function api(body: object): Promise<Answer> {
  return JSON.parse((await post(JSON.stringify(body))).text) as Answer;
}

const statusOf = (answer: Answer) => answer.body?.results?.find(({ type }) => type === 'status');

test('garbage, an unknown action, command and option have the documented answers', async () => {
  for (const body of ['', '{"action":', '[1]', '\u0000\u0001', '{"action":"exec"} trailing']) {
    const { status, text } = await post(body);
    equal(status, 200, text);
    equal((JSON.parse(text) as Answer).state, 'FAILED', text);
  }
  match((await api({ action: 'nope' })).message ?? '', /^unknown action: nope$/);
  match((await api({ action: 'exec', command: 'nosuch' })).message ?? '', /nosuch: command not found/);
  const option = await api({ action: 'exec', command: 'loop -n' });
  equal(statusOf(option)?.statusCode, -10, JSON.stringify(option));
  match((await api({ action: 'pull_results', sessionId: 'x' })).message ?? '', /session not found: x/);
});

test('a body of 50 MB is refused, and does not stay in memory', async () => {
  const before = residentBytes(process.pid);
  const body = 'x'.repeat(50 * 1024 * 1024);
  const outcome = await post(body).catch((error: NodeJS.ErrnoException) => error);
  if (outcome instanceof Error) match(String(outcome.code), /EPIPE|ECONNRESET/);
  else equal(outcome.status, 413, outcome.text);
  // The body itself is ours and counts once.
  ok(residentBytes(process.pid) - before < 200 * 1024 * 1024);
  equal((await api({ action: 'exec', command: 'version' })).state, 'SUCCEEDED');
});

test('an unknown process and a dead pid are named', async () => {
  const unknown = await api({ action: 'exec', command: 'jvm', process: 'no-such-service' });
  equal(unknown.state, 'FAILED', JSON.stringify(unknown));
  match(unknown.message ?? '', /no-such-service/);
  const target = await spawnTarget({ file: 'idle.cjs', nodeArgs: [`--inspect-port=${await freePort()}`] });
  await target.kill();
  const dead = await api({ action: 'exec', command: 'jvm', process: String(target.pid) });
  equal(dead.state, 'FAILED', JSON.stringify(dead));
  match(dead.message ?? '', new RegExp(String(target.pid)));
});

test('a target that exits in the middle of a command ends the command, and says so', async (t) => {
  const target = await spawnTarget({
    file: 'idle.cjs',
    nodeArgs: [`--inspect-port=${await freePort()}`],
    test: t,
  });
  const running = api({
    action: 'exec',
    command: 'loop -i 200',
    process: String(target.pid),
    execTimeout: 30_000,
  });
  // In the middle: at least one result has come by then, or the attach is under way; both must end clearly.
  setTimeout(() => void target.kill(), 1500);
  const answer = await running;
  equal(answer.state, 'SUCCEEDED', JSON.stringify(answer));
  equal(statusOf(answer)?.statusCode, -1, JSON.stringify(answer));
  match(statusOf(answer)?.message ?? '', /exited|has ended|let go|gone/);
  equal((await api({ action: 'exec', command: 'version' })).state, 'SUCCEEDED');
});

test('a role or ceiling that is too small is named', async () => {
  const answer = await api({ action: 'exec', command: 'ognl --unsafe process.uptime()' });
  equal(answer.state, 'FAILED');
  match(answer.message ?? '', /admin|--allow/);
});
