import assert from 'node:assert/strict';
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { isAlive } from '../support/index.js';
import { type CliRun, makeHome, runCli, startCli } from './support/cli.js';

async function addressOf(run: CliRun): Promise<string> {
  await run.waitFor(/http:\/\/127\.0\.0\.1:\d+/);
  return /http:\/\/127\.0\.0\.1:\d+/.exec(run.stdout() + run.stderr())?.[0] ?? '';
}

async function execVersion(url: string, token?: string): Promise<Response> {
  return fetch(`${url}/api`, {
    method: 'POST',
    body: '{"action":"exec","command":"version"}',
    headers: token ? { authorization: `Bearer ${token}` } : {},
  });
}

describe('remora agent', () => {
  it('serves until SIGTERM, is used by others, and takes its socket along', async (t) => {
    const home = makeHome(t);
    const run = startCli(['agent'], { home });
    t.after(() => void run.child.kill('SIGKILL'));
    await run.waitFor('agent.sock');
    const version = await runCli(['version'], { home });
    assert.match(version.stdout, new RegExp(`agent \\d+\\.\\d+\\.\\d+ \\(pid ${run.child.pid}\\)`));
    const second = await runCli(['agent'], { home });
    assert.equal(second.code, 2);
    assert.match(second.stderr, new RegExp(`runs already: pid ${run.child.pid}`));
    run.child.kill('SIGTERM');
    assert.equal((await run.end).code, 0);
    assert.ok(!existsSync(home.socketPath));
  });

  it('wants a token on TCP unless told otherwise', async (t) => {
    const home = makeHome(t);
    const file = join(home.state, '..', 'secret');
    writeFileSync(file, 'correct-horse-battery\n');
    chmodSync(file, 0o600);
    const run = startCli(['agent', '--listen', '127.0.0.1:0', '--token', `me:operator:${file}`], { home });
    t.after(() => void run.child.kill('SIGKILL'));
    const url = await addressOf(run);
    assert.equal((await execVersion(url)).status, 401);
    assert.equal((await execVersion(url, 'correct-horse-battery')).status, 200);
    run.child.kill('SIGINT');
    assert.equal((await run.end).code, 0);
  });

  it('refuses to listen beyond loopback without TLS and credentials', async (t) => {
    const { code, stderr } = await runCli(['agent', '--listen', '0.0.0.0:0'], { home: makeHome(t) });
    assert.equal(code, 2);
    assert.match(stderr, /TLS/);
  });

  it('names the owner of a port that was asked for', async (t) => {
    const home = makeHome(t);
    const run = startCli(['agent', '--listen', '127.0.0.1:0'], { home });
    t.after(() => void run.child.kill('SIGKILL'));
    const port = new URL(await addressOf(run)).port;
    const other = await runCli(['agent', '--listen', `127.0.0.1:${port}`], { home: makeHome(t) });
    assert.equal(other.code, 2);
    assert.match(other.stderr, new RegExp(`${run.child.pid}`));
  });
});

describe('remora up', () => {
  it('prints the address and the documented call, which works', async (t) => {
    const home = makeHome(t);
    const run = startCli(['up', '--listen', '127.0.0.1:0'], { home });
    t.after(() => void run.child.kill('SIGKILL'));
    const url = await addressOf(run);
    await run.waitFor('Three things to try');
    assert.match(run.stdout(), /curl -Ss -XPOST http:\/\/localhost:\d+\/api -d '\n/);
    assert.match(run.stdout(), /\bps +# /);
    const answer = (await (await execVersion(url)).json()) as { state: string };
    assert.equal(answer.state, 'SUCCEEDED');
    run.child.kill('SIGTERM');
    assert.equal((await run.end).code, 0);
    assert.ok(!existsSync(home.socketPath));
  });
});

describe('remora up --with-shop', () => {
  it('runs the shop beside the agent, and takes it along', async (t) => {
    const home = makeHome(t);
    const run = startCli(['up', '--with-shop'], { home });
    t.after(() => void run.child.kill('SIGKILL'));
    await run.waitFor(/Shop .*\(pid \d+/, 20_000);
    const [, url = '', pid = ''] = /Shop +(\S+) \(pid (\d+)/.exec(run.stdout()) ?? [];
    assert.equal((await fetch(`${url}/health`)).status, 200);
    const session = await runCli(['attach', pid, '-c', 'session'], { home });
    assert.equal(session.code, 0, session.stderr);
    assert.match(session.stdout, new RegExp(`shop\\S* \\(${pid}\\)`));
    run.child.kill('SIGINT');
    assert.equal((await run.end).code, 0);
    assert.equal(isAlive(Number(pid)), false);
  });
});

describe('remora attach --listen', () => {
  it('serves the HTTP API while it runs', async (t) => {
    const home = makeHome(t);
    const run = startCli(['attach', String(process.pid), '--listen', '127.0.0.1:0', '-c', 'nope'], { home });
    const { stderr } = await run.end;
    assert.match(stderr, /HTTP API: http:\/\/127\.0\.0\.1:\d+\/api/);
  });
});
