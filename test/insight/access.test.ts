/** Who may ask what, and what is kept of it. */
import assert from 'node:assert/strict';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { type Answer, ask } from '../http/support.js';
import { spawnTarget } from '../support/index.js';
import { type DaemonProcess, startDaemonProcess } from './support/daemon.js';
import { portOf, sharedDaemons } from './support/sharedDaemons.js';

const daemons = sharedDaemons('agent', 'server');
const { call } = daemons;

describe('who may', () => {
  async function tokens(
    t: TestContext,
    role: string,
    args: readonly string[] = [],
  ): Promise<[DaemonProcess, string]> {
    const folder = daemons.agent.home.state;
    const file = join(folder, `token-${role}`);
    writeFileSync(file, `secret-of-${role}`);
    chmodSync(file, 0o600);
    const daemon = await startDaemonProcess(t, 'agent', [
      '--trust',
      'token',
      '--token',
      `it:${role}:${file}`,
      ...args,
    ]);
    return [daemon, `secret-of-${role}`];
  }

  it('a viewer sees version, counters and command lines, and profiles nobody', async (t) => {
    const [daemon, secret] = await tokens(t, 'viewer');
    const headers = { authorization: `Bearer ${secret}` };
    const get = (path: string, more = headers): Promise<Answer> =>
      ask({ port: portOf(daemon), path, headers: more });
    for (const path of ['/version', '/recentStartTime', '/pprof/cmdline', '/pprof/symbol', '/perfCounter'])
      assert.equal((await get(path)).status, 200, path);
    for (const kind of ['profile', 'heap', 'growth']) {
      for (const query of ['', `&process=${process.pid}`]) {
        const { status, text } = await get(`/pprof/${kind}?seconds=1${query}`);
        assert.equal(status, 403);
        assert.match(text, /needs operator/);
      }
    }
    const { status } = await ask({ port: portOf(daemon), path: '/version' });
    assert.equal(status, 401);
    assert.equal((await ask({ port: portOf(daemon), path: '/health' })).status, 200);
  });

  it('an agent that may only read profiles itself alone', async (t) => {
    const daemon = await startDaemonProcess(t, 'agent', ['--allow', 'read']);
    const { status, text } = await call(`/pprof/profile?seconds=1&process=${process.pid}`, { at: daemon });
    assert.equal(status, 403);
    assert.match(text, /does not observe processes.*--allow read,observe/);
    const audit = readFileSync(join(daemon.home.state, 'audit.jsonl'), 'utf8');
    assert.match(audit, /"action":"pprof\.profile".*"outcome":"refused"/);
    assert.equal((await fetch(`${daemon.url}/pprof/profile?seconds=1`)).status, 200);
  });

  it('a server profiles itself alone', async () => {
    for (const path of ['/pprof/profile?seconds=1&process=1', '/pprof/cmdline?process=1']) {
      const { status, text } = await call(path, { at: daemons.server });
      assert.equal(status, 400);
      assert.match(text, /is a server and attaches to none/);
    }
  });

  it('command lines of others are masked', async (t) => {
    const target = await spawnTarget({ file: 'idle.cjs', args: ['--password=hunter2', 'plain'], test: t });
    const { text } = await call(`/pprof/cmdline?process=${target.pid}`);
    assert.match(text, /idle\.cjs\n--password=\*\*\*\nplain\n$/);
  });

  it('every profile is in the audit', async () => {
    await fetch(`${daemons.agent.url}/pprof/heap?seconds=1&process=nobody-at-all`);
    await fetch(`${daemons.agent.url}/pprof/growth?seconds=1`);
    const lines = readFileSync(join(daemons.agent.home.state, 'audit.jsonl'), 'utf8').trimEnd().split('\n');
    const records = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    const growth = records.findLast(({ action }) => action === 'pprof.growth');
    assert.equal(growth?.outcome, 'ok');
    assert.match(String(growth?.process), new RegExp(`^${daemons.agent.pid} `));
  });
});
