import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { describe, it } from 'node:test';
import { RemoraError } from '../../../src/base/index.js';
import type { Call, MesosEncoding } from '../../../src/wire/index.js';
import { ApiBench, calls, JSON_TYPE } from '../support/apiBench.js';
import { MemoryContainers } from '../support/memoryContainers.js';

const root = { container_id: { value: 'p' } };
const child = { container_id: { value: 'c', parent: { value: 'p' } } };
const LAUNCH: Call = { type: 'LAUNCH_CONTAINER', launch_container: { ...root, command: { value: 'x' } } };
const NESTED: Call = {
  type: 'LAUNCH_NESTED_CONTAINER',
  launch_nested_container: { ...child, command: { value: 'y' } },
};

async function started(t: Parameters<typeof ApiBench.start>[0]): Promise<[ApiBench, MemoryContainers]> {
  const containers = new MemoryContainers();
  return [await ApiBench.start(t, containers), containers];
}

for (const encoding of ['json', 'protobuf'] as const satisfies MesosEncoding[]) {
  describe(`calls, ${encoding}`, () => {
    it('launch: 200 without Content-Type, and 202 however often the id is used again', async (t) => {
      const [bench, containers] = await started(t);
      const statuses: number[] = [];
      for (let round = 0; round < 4; round++) {
        const { status, text, headers } = await bench.call(LAUNCH, encoding);
        statuses.push(status);
        assert.deepEqual([text, headers['content-type'], headers['content-length']], ['', undefined, '0']);
      }
      assert.deepEqual(statuses, [200, 202, 202, 202]);
      assert.equal((await bench.call(NESTED, encoding)).status, 200);
      assert.deepEqual(
        [...containers.held].map(([name, { request }]) => [name, request.class, request.command?.value]),
        [
          ['p', 'default', 'x'],
          ['p.c', 'default', 'y'],
        ],
      );
      assert.equal(containers.get('p').request.caller.role, 'admin');
    });

    it('wait: pending until the end, both calls', async (t) => {
      const [bench, containers] = await started(t);
      await bench.call(LAUNCH, encoding);
      await bench.call(NESTED, encoding);
      const one = bench.object({ type: 'WAIT_CONTAINER', wait_container: child }, encoding);
      const other = bench.object({ type: 'WAIT_NESTED_CONTAINER', wait_nested_container: child }, encoding);
      assert.equal(await Promise.race([one, new Promise((go) => setTimeout(go, 50, 'waits'))]), 'waits');
      const killed = await bench.call({ type: 'KILL_CONTAINER', kill_container: child }, encoding);
      assert.deepEqual([killed.status, killed.headers['content-type']], [200, undefined]);
      assert.deepEqual(await one, { type: 'WAIT_CONTAINER', wait_container: { exit_status: 9 } });
      const end = { type: 'WAIT_NESTED_CONTAINER', wait_nested_container: { exit_status: 9 } };
      assert.deepEqual(await other, end);
      assert.equal(containers.get('p').termination, undefined);
    });

    it('a termination says how, in the words of the reference', async (t) => {
      const [bench, containers] = await started(t);
      await bench.call(LAUNCH, encoding);
      containers.end('p');
      containers.get('p').termination = {
        exitStatus: undefined,
        state: 'TASK_FAILED',
        reason: 'REASON_IO_SWITCHBOARD_EXITED',
        message: "'IOSwitchboard' exited with status 1",
      };
      const { wait_container } = await bench.object(
        { type: 'WAIT_CONTAINER', wait_container: root },
        encoding,
      );
      assert.deepEqual(wait_container, {
        state: 'TASK_FAILED',
        reason: 'REASON_IO_SWITCHBOARD_EXITED',
        message: "'IOSwitchboard' exited with status 1",
      });
    });

    it('kill: the signal, both calls; remove: what has ended', async (t) => {
      const [bench, containers] = await started(t);
      await bench.call(LAUNCH, encoding);
      await bench.call(NESTED, encoding);
      await bench.call(
        { type: 'KILL_NESTED_CONTAINER', kill_nested_container: { ...child, signal: 15 } },
        encoding,
      );
      await bench.call({ type: 'KILL_CONTAINER', kill_container: root }, encoding);
      assert.deepEqual(containers.killed, [
        ['p.c', 15],
        ['p', undefined],
      ]);
      assert.equal(
        (await bench.call({ type: 'REMOVE_NESTED_CONTAINER', remove_nested_container: child }, encoding))
          .status,
        200,
      );
      assert.equal(
        (await bench.call({ type: 'REMOVE_CONTAINER', remove_container: root }, encoding)).status,
        200,
      );
      assert.deepEqual(containers.removed, ['p.c', 'p']);
    });

    it('GET_CONTAINERS: what was asked for, the leaf as id and the whole id in the status', async (t) => {
      const [bench] = await started(t);
      const list = (get_containers?: Call['get_containers']) =>
        bench.object({ type: 'GET_CONTAINERS', get_containers }, encoding);
      assert.deepEqual(await list({ show_nested: true, show_standalone: true }), { type: 'GET_CONTAINERS' });
      await bench.call(LAUNCH, encoding);
      await bench.call(NESTED, encoding);
      const p = {
        container_id: { value: 'p' },
        container_status: { container_id: { value: 'p' }, executor_pid: 1000 },
      };
      const c = {
        container_id: { value: 'c' },
        container_status: { container_id: child.container_id, executor_pid: 1001 },
      };
      const listed = async (body?: Call['get_containers']): Promise<unknown> =>
        (await list(body)).get_containers?.containers;
      assert.equal(await listed(), undefined);
      assert.deepEqual(await listed({ show_standalone: true }), [p]);
      assert.deepEqual(await listed({ show_nested: true }), [c]);
      assert.deepEqual(await listed({ show_nested: true, show_standalone: true }), [p, c]);
      await bench.call({ type: 'KILL_CONTAINER', kill_container: child });
      assert.equal(await listed({ show_nested: true }), undefined);
    });

    it('the getters', async (t) => {
      const [bench] = await started(t);
      const get = async (type: Call['type'], more: Omit<Call, 'type'> = {}): Promise<unknown> => {
        const { type: said, ...body } = await bench.object({ type, ...more }, encoding);
        assert.equal(said, type);
        return Object.values(body)[0];
      };
      assert.deepEqual(await get('GET_HEALTH'), { healthy: true });
      assert.deepEqual(await get('GET_VERSION'), { version_info: { version: '1.2.3' } });
      assert.deepEqual(await get('GET_AGENT'), { agent_info: { hostname: hostname(), port: bench.port } });
      assert.deepEqual(await get('GET_LOGGING_LEVEL'), { level: 0 });
      for (const type of ['FRAMEWORKS', 'EXECUTORS', 'TASKS', 'OPERATIONS', 'RESOURCE_PROVIDERS'] as const) {
        assert.deepEqual(await get(`GET_${type}`), {});
      }
      assert.deepEqual(await get('GET_STATE'), { get_tasks: {}, get_executors: {}, get_frameworks: {} });
      const { metrics } = (await get('GET_METRICS', { get_metrics: {} })) as {
        metrics: { name: string; value: number }[];
      };
      const names = metrics.map(({ name }) => name);
      assert.deepEqual(names, names.toSorted());
      assert.ok(metrics.every(({ value }) => typeof value === 'number'));
      for (const name of ['slave/uptime_secs', 'system/mem_total_bytes', 'remora/containers/calls']) {
        assert.ok(names.includes(name), name);
      }
    });
  });
}

describe('answers in JSON, byte by byte', () => {
  const cases: [body: string, answer: RegExp | string][] = [
    ['{"type":"GET_CONTAINERS"}', '{"type":"GET_CONTAINERS"}'],
    ['{"type":"GET_LOGGING_LEVEL"}', '{"type":"GET_LOGGING_LEVEL","get_logging_level":{"level":0}}'],
    [
      '{"type":"GET_STATE"}',
      '{"type":"GET_STATE","get_state":{' +
        '"get_tasks":{"pending_tasks":[],"queued_tasks":[],"launched_tasks":[],"terminated_tasks":[],"completed_tasks":[]},' +
        '"get_executors":{"executors":[],"completed_executors":[]},' +
        '"get_frameworks":{"frameworks":[],"completed_frameworks":[]}}}',
    ],
    [
      '{"type":"GET_AGENT"}',
      /^\{"type":"GET_AGENT","get_agent":\{"agent_info":\{"hostname":"[^"]+","port":\d+\}\}\}$/,
    ],
  ];
  for (const [body, expected] of cases) {
    it(body, async (t) => {
      const [bench] = await started(t);
      const { text } = await bench.ask({ headers: { 'content-type': JSON_TYPE }, body });
      if (typeof expected === 'string') assert.equal(text, expected);
      else assert.match(text, expected);
    });
  }
});

describe('what is not there (sheet 4.3 to 4.6)', () => {
  const rows: [about: string, call: Call, status: number, text: string][] = [
    ['wait', { type: 'WAIT_CONTAINER', wait_container: child }, 404, 'Container p.c cannot be found'],
    [
      'kill',
      { type: 'KILL_CONTAINER', kill_container: child },
      404,
      "Container 'p.c' cannot be found (or is already killed)",
    ],
    [
      'kill by a signal that is none',
      { type: 'KILL_CONTAINER', kill_container: { ...child, signal: 999 } },
      404,
      "Container 'p.c' cannot be found (or is already killed)",
    ],
    [
      'remove below an unknown root',
      { type: 'REMOVE_NESTED_CONTAINER', remove_nested_container: child },
      500,
      'Unknown root container',
    ],
    [
      'launch what is not supported',
      {
        type: 'LAUNCH_CONTAINER',
        launch_container: { ...root, container: { type: 'DOCKER', docker: { image: 'i' } } },
      },
      400,
      'The provided ContainerInfo is not supported',
    ],
    ...(['LIST_FILES', 'READ_FILE'] as const).map((type): [string, Call, number, string] => [
      `${type} is not served`,
      { type, list_files: { path: '/' }, read_file: { path: '/', offset: 0 } },
      501,
      '501 Not Implemented.',
    ]),
    ['GET_FLAGS is not served', { type: 'GET_FLAGS' }, 501, '501 Not Implemented.'],
    ['PRUNE_IMAGES is not served', { type: 'PRUNE_IMAGES' }, 501, '501 Not Implemented.'],
  ];
  for (const [about, call, status, text] of rows) {
    it(about, async (t) => {
      const [bench] = await started(t);
      const answer = await bench.call(call);
      assert.deepEqual([answer.status, answer.text], [status, text]);
    });
  }

  it('a signal that is none, to a container that runs', async (t) => {
    const [bench, containers] = await started(t);
    await bench.call(LAUNCH);
    for (const signal of [65, 999, -1, 2 ** 31 - 1]) {
      const answer = await bench.call({ type: 'KILL_CONTAINER', kill_container: { ...root, signal } });
      assert.deepEqual(
        [answer.status, answer.text],
        [500, 'Unable to send signal to container: Invalid argument'],
      );
    }
    assert.deepEqual(containers.killed, []);
  });

  it('remove: what runs is 500, what never was is 200 below a root that is known', async (t) => {
    const [bench] = await started(t);
    await bench.call(LAUNCH);
    await bench.call(NESTED);
    const running = await bench.call({ type: 'REMOVE_CONTAINER', remove_container: child });
    assert.deepEqual([running.status, running.text], [500, 'Nested container has not terminated yet']);
    const never = { container_id: { value: 'x', parent: { value: 'p' } } };
    assert.equal((await bench.call({ type: 'REMOVE_CONTAINER', remove_container: never })).status, 200);
  });

  it('errors of the room have their status and their text', async (t) => {
    const [bench, containers] = await started(t);
    const rows: [code: string, status: number][] = [
      ['no-parent', 400],
      ['parent-destroying', 400],
      ['bad-container', 400],
      ['launch-failed', 400],
      ['sandbox-failed', 500],
      ['something-else', 500],
    ];
    for (const [code, status] of rows) {
      containers.failures.launch = new RemoraError(code, `says ${code}`, { hint: 'do this – or that' });
      const answer = await bench.call(LAUNCH);
      assert.deepEqual([answer.status, answer.text], [status, `says ${code}`]);
      assert.equal(answer.headers['x-remora-hint'], 'do this ? or that');
    }
  });

  it('errors that the reference does not have say how to go on', async (t) => {
    const [bench, containers] = await started(t);
    const rows: [code: string, status: number][] = [
      ['root-not-allowed', 400],
      ['user-not-allowed', 400],
      ['no-user', 400],
      ['container-limit', 400],
      ['agent-closing', 503],
      ['folder-in-use', 503],
    ];
    for (const [code, status] of rows) {
      containers.failures.launch = new RemoraError(code, `says ${code}`, { hint: 'Do this' });
      const { status: given, text } = await bench.call(LAUNCH);
      assert.deepEqual([given, text], [status, `says ${code}. Do this`]);
    }
  });

  it('a fault of ours is 500 with no word of it, and is logged', async (t) => {
    const [bench, containers] = await started(t);
    containers.failures.launch = new Error('secret');
    const answer = await bench.call(LAUNCH);
    assert.equal(answer.status, 500);
    assert.doesNotMatch(answer.text, /secret/);
    assert.equal(answer.headers['content-type'], 'text/plain; charset=utf-8');
  });
});

describe('SET_LOGGING_LEVEL', () => {
  it('for a while; a later call replaces the time of an earlier one', async (t) => {
    const [bench] = await started(t);
    const set = async (level: number, ms: number): Promise<void> => {
      const set_logging_level = { level, duration: { nanoseconds: ms * 1e6 } };
      assert.equal((await bench.call({ type: 'SET_LOGGING_LEVEL', set_logging_level })).status, 200);
    };
    const level = async (): Promise<unknown> =>
      (await bench.object({ type: 'GET_LOGGING_LEVEL' })).get_logging_level?.level;
    await set(1, 60_000);
    assert.equal(await level(), 1);
    await set(7, 100);
    assert.equal(await level(), 2);
    await new Promise((resolve) => setTimeout(resolve, 150));
    assert.equal(await level(), 0);
  });

  it('needs the role admin', async (t) => {
    const tokens = [{ name: 'op', secret: 'hunter2hunter2', role: 'operator' as const }];
    const bench = await ApiBench.start(t, new MemoryContainers(), { http: { trust: 'token', tokens } });
    const answer = await bench.call(
      { type: 'SET_LOGGING_LEVEL', set_logging_level: { level: 1, duration: { nanoseconds: 1 } } },
      'json',
      { authorization: 'Bearer hunter2hunter2' },
    );
    assert.deepEqual([answer.status, answer.text], [403, '403 Forbidden.']);
  });
});

describe('the audit', () => {
  it('has one record of every call that observes or changes, and none of the others', async (t) => {
    const [bench, containers] = await started(t);
    await bench.call({ type: 'GET_HEALTH' });
    await bench.call({
      type: 'LAUNCH_CONTAINER',
      launch_container: {
        ...root,
        command: { shell: false, value: 'mysql', arguments: ['mysql', '--password=x'] },
      },
    });
    await bench.call(LAUNCH);
    const session = await bench.stream(calls.session(child, 'cat'));
    const input = await bench.input([calls.attach(child.container_id), calls.stdin('')]);
    input.request.end();
    await input.answer;
    await session.answer;
    await bench.call({ type: 'WAIT_CONTAINER', wait_container: child });
    await bench.call({ type: 'ATTACH_CONTAINER_OUTPUT', attach_container_output: root });
    await bench.call({ type: 'KILL_CONTAINER', kill_container: root });
    await bench.call({ type: 'REMOVE_CONTAINER', remove_container: root });
    assert.deepEqual([...containers.held.keys()], ['p.c']);
    const records = readFileSync(bench.auditFile, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.deepEqual(
      records.map(({ action, process, command, outcome }) => [action, process, command, outcome]),
      [
        ['mesos.launch_container', 'p', 'mysql --password=***', 'ok'],
        ['mesos.launch_container', 'p', 'x', 'ok'],
        ['mesos.launch_nested_container_session', 'p.c', 'cat', 'ok'],
        ['mesos.attach_container_input', 'p.c', undefined, 'ok'],
        ['mesos.attach_container_output', 'p', undefined, 'not-attachable'],
        ['mesos.kill_container', 'p', undefined, 'ok'],
        ['mesos.remove_container', 'p', undefined, 'ok'],
      ],
    );
    assert.ok(records.every(({ user, role }) => typeof user === 'string' && role === 'admin'));
  });

  it('has what was refused', async (t) => {
    const bench = await ApiBench.start(t, new MemoryContainers(), { allow: ['read'] });
    await bench.call(LAUNCH);
    const record = JSON.parse(readFileSync(bench.auditFile, 'utf8')) as Record<string, unknown>;
    assert.deepEqual(
      [record.action, record.process, record.outcome],
      ['mesos.launch_container', 'p', 'refused'],
    );
  });
});
