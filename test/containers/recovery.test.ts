/** An agent that is killed, and the next one: containers go on, and are found with output, input and exit status. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createLog } from '../../src/base/index.js';
import {
  type Containers,
  type ContainerView,
  createContainers,
  type LaunchRequest,
} from '../../src/containers/index.js';
import { eventually } from '../support/index.js';
import { endAll, idOf, never, readAll, request, session, sh, tempFolder } from './support/host.js';

const TTY = { type: 'MESOS', tty_info: {} } as const;
const PROGRAM = fileURLToPath(new URL('./support/agentProgram.js', import.meta.url));

interface First {
  readonly folder: string;
  readonly views: readonly ContainerView[];
  kill(): Promise<void>;
  /** A second agent on the same folder. */
  next(): Containers;
}

async function firstAgent(t: TestContext, requests: LaunchRequest[]): Promise<First> {
  const folder = tempFolder();
  const agent: ChildProcess = spawn(process.execPath, [PROGRAM, folder, JSON.stringify(requests)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const agents: Containers[] = [];
  const next = (): Containers => {
    const containers = createContainers({
      folder: join(folder, 'private'),
      sandboxFolder: join(folder, 'sandboxes'),
      log: createLog({ level: 'silent' }),
      allowRootContainers: true,
    });
    agents.push(containers);
    return containers;
  };
  t.after(async () => {
    if (agent.exitCode === null && agent.signalCode === null) agent.kill('SIGKILL');
    if (agents.length === 0) next();
    for (const each of agents) {
      await each.wait({ value: 'none' }, never);
      await endAll(each);
    }
    rmSync(folder, { recursive: true, force: true });
  });
  const [line] = (await once(createInterface({ input: agent.stdout! }), 'line')) as [string];
  return {
    folder,
    views: JSON.parse(line) as ContainerView[],
    async kill() {
      agent.kill('SIGKILL');
      await once(agent, 'exit');
    },
    next,
  };
}

function isRunning(pid: number | undefined): boolean {
  try {
    return pid !== undefined && !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

test('a container with streams goes on without its agent and is found with output, input and exit status', async (t) => {
  const text = 'echo started; read a; echo "got $a"; read b; echo "got $b" >&2; exit 139';
  const first = await firstAgent(t, [request('root', sh(text), { attachable: true })]);
  const sandbox = join(first.folder, 'sandboxes', 'root');
  // What an agent has read and not yet written dies with it.
  await eventually(() => readFileSync(join(sandbox, 'stdout'), 'utf8') === 'started\n', {
    what: 'the first line',
  });
  await first.kill();
  assert.ok(isRunning(first.views[0]?.pid));
  const containers = first.next();
  const reader = await containers.attachOutput(idOf('root'));
  const writer = await containers.attachInput(idOf('root'));
  const wait = containers.wait(idOf('root'), never);
  await writer.write(Buffer.from('1\n2\n'));
  const { stdout, stderr } = await readAll(reader);
  assert.match(stdout, /got 1\n$/);
  assert.equal(stderr, 'got 2\n');
  assert.deepEqual(await wait, { exitStatus: 139 << 8 });
  assert.equal(
    readFileSync(join(sandbox, 'stdout'), 'utf8'),
    'started\ngot 1\n',
    'nothing was lost in between',
  );
});

test('output that was written while no agent ran is not lost, even where the container ended meanwhile', async (t) => {
  const text = 'echo early; sleep 0.7; seq 1 5000; kill -9 $$';
  const requests = [
    request('root', sh('exec sleep 1000')),
    request('root.streams', sh(text), { attachable: true }),
    request('root.files', sh(text)),
    request('lone', sh('sleep 0.3; exit 6')),
  ];
  const first = await firstAgent(t, requests);
  await first.kill();
  await sleep(1500);
  const containers = first.next();
  assert.deepEqual(await containers.wait(idOf('root.streams'), never), { exitStatus: 9 });
  assert.deepEqual(await containers.wait(idOf('root.files'), never), { exitStatus: 9 });
  assert.deepEqual(
    await containers.wait(idOf('lone'), never),
    { exitStatus: 1536 },
    'nobody could wait for it before',
  );
  const whole = `early\n${Array.from({ length: 5000 }, (_, index) => index + 1).join('\n')}\n`;
  for (const id of ['streams', 'files']) {
    const file = join(first.folder, 'sandboxes', 'root', 'containers', id, 'stdout');
    assert.equal(readFileSync(file, 'utf8'), whole, id);
  }
});

test('a container that writes without end waits for the next agent, which gets all of it', async (t) => {
  const first = await firstAgent(t, [
    request('root', sh('exec sleep 1000')),
    request('root.a', sh('sleep 0.5; seq 1 1000000; exit 1'), { attachable: true }),
  ]);
  await first.kill();
  await sleep(1500);
  const containers = first.next();
  const reader = await containers.attachOutput(idOf('root.a'));
  const { stdout } = await readAll(reader);
  assert.ok(stdout.endsWith('\n1000000\n'), 'it was held back and went on');
  assert.deepEqual(await containers.wait(idOf('root.a'), never), { exitStatus: 256 });
});

test('a terminal outlives its agent too: input, size, controlling terminal, exit status', async (t) => {
  const text =
    "trap 'stty size' WINCH; echo ready; until read a; do :; done; stty size; echo got $a > /dev/tty; exit 5";
  const first = await firstAgent(t, [request('root', sh(text), { container: TTY })]);
  await first.kill();
  await sleep(300);
  const containers = first.next();
  const reader = await containers.attachOutput(idOf('root'));
  const writer = await containers.attachInput(idOf('root'));
  const wait = containers.wait(idOf('root'), never);
  writer.resize({ rows: 41, columns: 121 });
  await writer.write(Buffer.from('it\n'));
  assert.match((await readAll(reader)).stdout, /41 121\r\ngot it\r\n$/);
  assert.deepEqual(await wait, { exitStatus: 1280 });
});

test('sessions of a killed agent are ended by the next one; other containers live', async (t) => {
  const forksTwice = "(setsid sh -c 'setsid sleep 1000 & echo $! > pid' &); exec sleep 1000";
  const first = await firstAgent(t, [
    request('root', sh('exec sleep 1000')),
    request('root.session', sh(forksTwice), { class: 'debug' }),
    request('root.tty', sh('exec sleep 1000'), { class: 'debug', container: TTY }),
    request('root.below', sh('exec sleep 1000')),
  ]);
  const pid = await eventually(
    () => Number(readFileSync(join(first.folder, 'sandboxes', 'root', 'pid'), 'utf8')),
    {
      what: 'the pid',
    },
  );
  await first.kill();
  const containers = first.next();
  assert.deepEqual(await containers.wait(idOf('root.session'), never), { exitStatus: 9 });
  assert.deepEqual(await containers.wait(idOf('root.tty'), never), { exitStatus: 9 });
  assert.equal(isRunning(pid), false);
  const live = containers.list().filter(({ state }) => state === 'running');
  assert.deepEqual(live.map(({ id }) => id.value).sort(), ['below', 'root']);
  const inherits = await session(containers, 'root.again', sh('echo $MESOS_SANDBOX; pwd'));
  const sandbox = join(first.folder, 'sandboxes', 'root');
  assert.equal(inherits.stdout, `${sandbox}\n${sandbox}\n`, 'and sessions below them inherit as before');
});

test('a record of an ended nested container survives the agent; of one whose root has gone it does not', async (t) => {
  const first = await firstAgent(t, [
    request('root', sh('exec sleep 1000')),
    request('root.a', sh('exit 3')),
    request('brief', sh('sleep 0.5')),
    request('brief.a', sh('exit 3')),
  ]);
  await sleep(1000);
  await first.kill();
  const containers = first.next();
  assert.deepEqual(await containers.wait(idOf('root.a'), never), { exitStatus: 768 });
  assert.equal(await containers.wait(idOf('brief.a'), never), undefined);
  assert.equal(await containers.wait(idOf('brief'), never), undefined);
});

test('a keeper that is killed leaves its container running, in the state lost, without an exit status', async (t) => {
  const first = await firstAgent(t, [request('root', sh('exec sleep 1000'))]);
  await first.kill();
  const [key = ''] = readdirSync(join(first.folder, 'private', 'run'));
  const file = join(first.folder, 'private', 'run', key, 'record.json');
  const { state } = JSON.parse(readFileSync(file, 'utf8')) as { state: { keeper: { pid: number } } };
  process.kill(state.keeper.pid, 'SIGKILL');
  const containers = first.next();
  await eventually(() => containers.list()[0]?.state === 'lost', { what: 'the state lost' });
  assert.ok(isRunning(first.views[0]?.pid));
  const wait = containers.wait(idOf('root'), never);
  assert.equal(await containers.kill(idOf('root'), 15), true);
  assert.deepEqual(await wait, { exitStatus: undefined });
});

test('records that cannot be read harm nobody', async (t) => {
  const first = await firstAgent(t, [request('root', sh('exec sleep 1000'))]);
  await first.kill();
  const run = join(first.folder, 'private', 'run');
  const [key = ''] = readdirSync(run);
  for (const text of ['', '{', 'null', '[]', '{"version":1}', '{"version":99,"key":"x","path":["x"]}']) {
    const folder = join(run, `bad${text.length}`);
    (await import('node:fs')).mkdirSync(folder, { mode: 0o700 });
    writeFileSync(join(folder, 'record.json'), text);
  }
  (await import('node:fs')).mkdirSync(join(run, 'empty'));
  appendFileSync(join(run, key, 'record.json'), '\n');
  const containers = first.next();
  await containers.wait(idOf('none'), never);
  assert.deepEqual(
    containers.list().map(({ id, state }) => [id.value, state]),
    [['root', 'running']],
  );
});

test('an agent that is killed in the middle of launches leaves nothing that the next one does not know', async (t) => {
  for (const delay of [20, 100, 300, 800, 1600]) {
    const folder = tempFolder();
    const kinds = [{}, { attachable: true }, { container: TTY }, { class: 'debug' as const }];
    const requests = Array.from({ length: 24 }, (_, index) =>
      request(`c${index}`, sh('exec sleep 1000'), kinds[index % kinds.length]),
    ).map((each, index) =>
      each.class === 'debug' ? { ...each, id: { value: `c${index}`, parent: { value: 'c0' } } } : each,
    );
    const agent = spawn(process.execPath, [PROGRAM, folder, JSON.stringify(requests), 'storm'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(createInterface({ input: agent.stdout! }), 'line');
    await sleep(delay);
    agent.kill('SIGKILL');
    await once(agent, 'exit');
    const containers = createContainers({
      folder: join(folder, 'private'),
      sandboxFolder: join(folder, 'sandboxes'),
      log: createLog({ level: 'silent' }),
      allowRootContainers: true,
    });
    await containers.wait({ value: 'none' }, never);
    const found = containers.list().filter(({ state }) => state === 'running' || state === 'lost');
    t.diagnostic(`killed after ${delay} ms: ${found.length} go on`);
    for (const view of found) assert.ok(isRunning(view.pid), JSON.stringify(view));
    const known = found.map(({ id }) => containers.wait(id, never));
    await Promise.all(found.filter(({ id }) => !id.parent).map(({ id }) => containers.destroy(id)));
    for (const end of await Promise.all(known)) assert.deepEqual(end, { exitStatus: 9 });
    await eventually(() => helpersOf(folder).length === 0, { what: 'no helper' });
    await containers.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

/** Whatever holds or names something below the folder. */
function helpersOf(folder: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      try {
        const links = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
        links.push(readlinkSync(`/proc/${pid}/cwd`), readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
        return links.some((text) => text.includes(folder));
      } catch {
        return false;
      }
    })
    .map((pid) => `${pid} ${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')}`);
}
