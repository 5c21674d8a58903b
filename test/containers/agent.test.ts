/** The agent API of a whole `remora agent`, as somebody with curl meets it. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import type { Call, Response } from '../../src/wire/index.js';
import { type CliRun, type Home, makeHome, startCli } from '../cli/support/cli.js';
import { eventually, isAlive, lacksSystemParts, projectRoot } from '../support/index.js';

const run = promisify(execFile);

interface Agent {
  readonly cli: CliRun;
  readonly url: string;
  ask(call: Call, path?: string): Promise<{ status: number; text: string; hint: string | null }>;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

async function startAgent(
  t: TestContext,
  home: Home,
  allow: string,
  env: NodeJS.ProcessEnv = {},
): Promise<Agent> {
  const flags = ['--listen', '127.0.0.1:0', '--trust', 'uid', '--allow', allow, '--allow-root-containers'];
  const cli = startCli(['agent', ...flags], { home, env });
  t.after(() => void cli.child.kill('SIGKILL'));
  await cli.waitFor(/http:\/\/127\.0\.0\.1:\d+/);
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(cli.stdout() + cli.stderr())?.[0] ?? '';
  return {
    cli,
    url,
    async ask(call, path = '/api/v1') {
      const answer = await fetch(url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(call),
      });
      const hint = answer.headers.get('x-remora-hint');
      return { status: answer.status, text: await answer.text(), hint };
    },
    async stop(signal = 'SIGTERM') {
      cli.child.kill(signal);
      await cli.end;
    },
  };
}

function launch(value: string, command: string, more: object = {}): Call {
  return {
    type: 'LAUNCH_CONTAINER',
    launch_container: { container_id: { value }, command: { value: command }, ...more },
  };
}

const list: Call = { type: 'GET_CONTAINERS', get_containers: { show_nested: true, show_standalone: true } };

async function pidsOf(agent: Agent): Promise<number[]> {
  const { get_containers } = JSON.parse((await agent.ask(list)).text) as Response;
  return (get_containers?.containers ?? []).map(
    ({ container_status }) => container_status?.executor_pid ?? 0,
  );
}

describe('a whole agent', () => {
  it('what docs/containers.md tells people to type', { skip: lacksSystemParts('curl') }, async (t) => {
    const agent = await startAgent(t, makeHome(t), 'read,observe,containers');
    const page = readFileSync(join(projectRoot, 'docs', 'containers.md'), 'utf8');
    const [, script = ''] = /^```\n(api=[\s\S]*?)^```/m.exec(page) ?? [];
    const [, printed = ''] = /^```json\n([\s\S]*?)^```/m.exec(page) ?? [];
    assert.ok(script.includes('http://localhost:5051/'));
    const { stdout } = await run('bash', ['-c', script.replace('http://localhost:5051', agent.url)]);
    assert.equal(stdout, `58\n${printed.trim().split('\n').join('')}`);
    assert.deepEqual(await pidsOf(agent), []);
    await agent.stop();
  });

  it('shares its port with the other protocols', async (t) => {
    const agent = await startAgent(t, makeHome(t), 'read');
    const version = await agent.ask({ type: 'GET_VERSION' }, '/slave(1)/api/v1/');
    assert.equal(version.status, 200);
    assert.match(
      version.text,
      /"version":"\d+\.\d+\.\d+","build_date":"\d{4}-\d\d-\d\d [\d:.]+","build_time":\d+\}/,
    );
    const arthas = await fetch(`${agent.url}/api`, {
      method: 'POST',
      body: '{"action":"exec","command":"version"}',
    });
    assert.equal(arthas.status, 200);
    assert.match(await (await fetch(`${agent.url}/openapi.json`)).text(), /"\/api\/v1"/);
    await agent.stop();
  });

  it('allows no containers unless told so', async (t) => {
    const agent = await startAgent(t, makeHome(t), 'read,observe,change');
    const { status, text, hint } = await agent.ask(launch('box', 'true'));
    assert.deepEqual([status, text], [403, '403 Forbidden.']);
    assert.match(hint ?? '', /--allow containers/);
    assert.deepEqual(await agent.ask(list), { status: 200, text: '{"type":"GET_CONTAINERS"}', hint: null });
    await agent.stop();
  });

  it('ends: sessions die, containers live on, streams break off without an end; the next agent has them', async (t) => {
    const home = makeHome(t);
    const agent = await startAgent(t, home, 'read,containers');
    const tty = { container: { type: 'MESOS', tty_info: {} } };
    assert.equal((await agent.ask(launch('box', 'echo up; exec sleep 1000', tty))).status, 200);
    const open = async (call: Call): Promise<{ broke: Promise<boolean> }> => {
      const answer = await fetch(`${agent.url}/api/v1`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/recordio' },
        body: JSON.stringify(call),
      });
      assert.equal(answer.status, 200);
      return {
        broke: answer.text().then(
          () => false,
          () => true,
        ),
      };
    };
    const session = await open({
      type: 'LAUNCH_NESTED_CONTAINER_SESSION',
      launch_nested_container_session: {
        container_id: { value: 'look', parent: { value: 'box' } },
        command: { value: 'exec sleep 1000' },
      },
    });
    const output = await open({
      type: 'ATTACH_CONTAINER_OUTPUT',
      attach_container_output: { container_id: { value: 'box' } },
    });
    const [box = 0, look = 0] = await pidsOf(agent);
    assert.ok(isAlive(box) && isAlive(look));
    await agent.stop();
    assert.deepEqual(await Promise.all([session.broke, output.broke]), [true, true]);
    assert.ok(isAlive(box));
    assert.ok(!isAlive(look));
    const next = await startAgent(t, home, 'read,containers');
    assert.deepEqual(await pidsOf(next), [box]);
    assert.equal((await next.ask(launch('box', 'true'))).status, 202);
    const end = next.ask({ type: 'WAIT_CONTAINER', wait_container: { container_id: { value: 'box' } } });
    const killed = await next.ask({
      type: 'KILL_CONTAINER',
      kill_container: { container_id: { value: 'box' } },
    });
    assert.equal(killed.status, 200);
    assert.equal((await end).text, '{"type":"WAIT_CONTAINER","wait_container":{"exit_status":9}}');
    await next.stop();
  });

  it('a second agent of the same user does without, and says who has them', async (t) => {
    const home = makeHome(t);
    const first = await startAgent(t, home, 'read,containers');
    const other = makeHome(t);
    const second = await startAgent(t, home, 'read,containers', {
      XDG_RUNTIME_DIR: other.env.XDG_RUNTIME_DIR,
    });
    const { status, text } = await second.ask(launch('box', 'true'));
    assert.equal(status, 503);
    assert.match(text, new RegExp(`belong to the agent with pid ${first.cli.child.pid}\\. Stop that agent`));
    assert.equal((await second.ask({ type: 'GET_HEALTH' })).status, 200);
    assert.equal((await first.ask(list)).status, 200);
    await second.stop();
    await first.stop();
  });

  it('kill -9 of the agent: its sessions end as soon as the next one is there', async (t) => {
    const home = makeHome(t);
    const agent = await startAgent(t, home, 'read,containers');
    assert.equal((await agent.ask(launch('box', 'exec sleep 1000'))).status, 200);
    const opened = fetch(`${agent.url}/api/v1`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        type: 'LAUNCH_NESTED_CONTAINER_SESSION',
        launch_nested_container_session: {
          container_id: { value: 'look', parent: { value: 'box' } },
          command: { value: 'echo up; exec sleep 1000' },
        },
      }),
    });
    assert.equal((await opened).status, 200);
    const [box = 0, look = 0] = await pidsOf(agent);
    await agent.stop('SIGKILL');
    const next = await startAgent(t, home, 'read,containers');
    await eventually(() => !isAlive(look), { what: 'the session to be gone' });
    await eventually(async () => (await pidsOf(next)).length === 1, { what: 'it to be off the list' });
    assert.deepEqual(await pidsOf(next), [box]);
    await next.ask({ type: 'KILL_CONTAINER', kill_container: { container_id: { value: 'box' } } });
    await eventually(() => !isAlive(box), { what: 'the container to be gone' });
    await next.stop();
  });
});
