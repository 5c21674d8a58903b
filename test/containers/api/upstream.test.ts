/** The black-box cases of the reference's own tests (shared/wire/mesos-agent.md 6), with real processes. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { type Call, encodeRecord, mesosCodec } from '../../../src/wire/index.js';
import { limit } from '../../http/support.js';
import { isAlive } from '../../support/index.js';
import { type ApiBench, calls, JSON_TYPE, MEDIA_TYPES, until } from '../support/apiBench.js';
import { idOf } from '../support/host.js';
import { exitOf, launch, realBench, runSession, sessionOf } from '../support/realBench.js';

const MIB = 1 << 20;

function kill(id: string, signal?: number): Call {
  return { type: 'KILL_CONTAINER', kill_container: { container_id: idOf(id), signal } };
}

function attachOutput(id: string): Call {
  return { type: 'ATTACH_CONTAINER_OUTPUT', attach_container_output: { container_id: idOf(id) } };
}

function pidOf(
  containers: { list(): readonly { id: { value: string }; pid?: number }[] },
  leaf: string,
): number {
  return containers.list().find(({ id }) => id.value === leaf)?.pid ?? 0;
}

/** Sends input with pieces of 4096 bytes, with back-pressure, and ends the body. */
async function send(bench: ApiBench, id: string, data: Buffer, end: boolean, encoding: 'json' | 'protobuf') {
  const codec = await mesosCodec(encoding);
  const { request, answer } = await bench.input([calls.attach(idOf(id))], encoding);
  const write = async (record: Call): Promise<void> => {
    if (request.write(encodeRecord(codec.serialize('Call', record)))) return;
    // An answer that comes before the end is the end: nobody reads on.
    await Promise.race([answer, new Promise((resolve) => request.once('drain', resolve))]);
  };
  for (let at = 0; at < data.length; at += 4096) await write(calls.stdin(data.subarray(at, at + 4096)));
  if (end) await write(calls.stdin(''));
  request.end();
  return answer;
}

for (const encoding of ['json', 'protobuf'] as const) {
  describe(`sessions, ${encoding}`, () => {
    it('LaunchNestedContainerSession: both streams, the form without recordio', async (t) => {
      const { bench } = await realBench(t);
      const codec = await mesosCodec(encoding);
      const { request, response, answer } = bench.open({
        headers: { 'content-type': codec.mediaType, accept: codec.mediaType },
      });
      request.end(codec.serialize('Call', sessionOf('root.c', 'printf output; printf error >&2')));
      const head = await response;
      assert.equal(head.headers['content-type'], MEDIA_TYPES[encoding]);
      assert.equal(head.headers['message-content-type'], undefined);
      assert.ok((await answer).complete);
    });

    it('LaunchNestedContainerSessionWithTTY: all of it as STDOUT', async (t) => {
      const { bench } = await realBench(t);
      const ran = await runSession(bench, 'root.c', 'printf output; printf error >&2', true);
      assert.deepEqual(ran, { stdout: 'outputerror', stderr: '', exit: 0 });
    });

    it('LaunchNestedContainerSessionDisconnected: the process dies within 2 s', async (t) => {
      const { bench, containers } = await realBench(t);
      const session = await bench.stream(sessionOf('root.c', 'echo up; exec cat'), encoding);
      await until(() => session.text() === 'up\n');
      const pid = pidOf(containers, 'c');
      assert.ok(isAlive(pid));
      const started = performance.now();
      session.head.destroy();
      await until(() => !isAlive(pid));
      assert.ok(performance.now() - started < 2000);
      assert.equal(await exitOf(bench, 'root.c'), 9);
    });

    it('AttachContainerInputRepeat: short, then more than 1 MiB and the end', async (t) => {
      const { bench } = await realBench(t);
      const session = await bench.stream(sessionOf('root.c', 'cat'), encoding);
      const short = Buffer.from('short\n');
      const long = Buffer.from(randomBytes(MIB).toString('hex'));
      assert.equal((await send(bench, 'root.c', short, false, encoding)).status, 200);
      assert.equal((await send(bench, 'root.c', long, true, encoding)).status, 200);
      assert.ok((await session.answer).complete);
      assert.equal(session.text(), short.toString() + long.toString());
      assert.equal(session.text('STDERR'), '');
      assert.equal(await exitOf(bench, 'root.c'), 0);
    });

    it('AttachContainerInput with a terminal: the line comes twice', async (t) => {
      const { bench } = await realBench(t);
      await launch(bench, 'root.tty', 'exec cat', true);
      const output = await bench.stream(attachOutput('root.tty'), encoding);
      const codec = await mesosCodec(encoding);
      const { request, answer } = await bench.input([calls.attach(idOf('root.tty'))], encoding);
      request.write(encodeRecord(codec.serialize('Call', calls.stdin('line\n'))));
      await until(() => output.text() === 'line\r\nline\r\n');
      request.write(encodeRecord(codec.serialize('Call', calls.stdin('\x04'))));
      // The body is still open: it is the container that ends the call.
      assert.equal((await answer).status, 200);
      assert.ok((await output.answer).complete);
      request.destroy();
      assert.equal(await exitOf(bench, 'root.tty'), 0);
    });

    it('resize: the terminal has the size that was sent, and the program is told', async (t) => {
      const { bench } = await realBench(t);
      const command = 'trap "stty size; exit" WINCH; echo up; while true; do sleep 0.05; done';
      const session = await bench.stream(sessionOf('root.c', command, true), encoding);
      await until(() => session.text().startsWith('up'));
      const size = { window_size: { rows: 33, columns: 101 } };
      const { request } = await bench.input(
        [
          calls.attach(idOf('root.c')),
          calls.io({ type: 'CONTROL', control: { type: 'TTY_INFO', tty_info: size } }),
        ],
        encoding,
      );
      assert.ok((await session.answer).complete);
      assert.equal(session.text(), 'up\r\n33 101\r\n');
      request.destroy();
    });
  });
}

describe('sessions', () => {
  it('in parallel', async (t) => {
    const { bench } = await realBench(t);
    const ran = await Promise.all(
      Array.from({ length: 10 }, (_, index) => runSession(bench, `root.c${index}`, 'echo echo')),
    );
    assert.deepEqual(
      ran.map(({ stdout, exit }) => [stdout, exit]),
      ran.map(() => ['echo\n', 0]),
    );
  });

  it('exit codes, signals, and what cannot be run', async (t) => {
    const { bench } = await realBench(t);
    const cases: [command: string, exit: number, stderr: RegExp][] = [
      ['true', 0, /^$/],
      ['exit 10', 2560, /^$/],
      ['kill -TERM $$; sleep 9', 15, /^$/],
      ['no-such-program', 127 * 256, /not found/],
    ];
    for (const [index, [command, exit, stderr]] of cases.entries()) {
      const ran = await runSession(bench, `root.c${index}`, command);
      assert.equal(ran.exit, exit, command);
      assert.match(ran.stderr, stderr);
    }
    const session = await bench.stream({
      type: 'LAUNCH_NESTED_CONTAINER_SESSION',
      launch_nested_container_session: {
        container_id: idOf('root.none'),
        command: { shell: false, value: 'nosuch', arguments: ['nosuch'] },
      },
    });
    await session.answer;
    assert.match(session.text('STDERR'), /^Failed to execute 'nosuch': No such file or directory/);
    assert.equal(await exitOf(bench, 'root.none'), 256);
  });

  it('arguments, environment and working directory are the parent’s and the call’s', async (t) => {
    const { bench } = await realBench(t);
    await bench.call({
      type: 'LAUNCH_CONTAINER',
      launch_container: {
        container_id: idOf('p'),
        command: {
          value: 'echo here > a.txt; exec sleep 1000',
          environment: {
            variables: [
              { name: 'A', value: '1' },
              { name: 'B', value: '1' },
            ],
          },
        },
      },
    });
    const reads = async (name: string): Promise<boolean> =>
      (await runSession(bench, name, 'cat a.txt')).stdout === 'here\n';
    let round = 0;
    await until(() => reads(`p.read${round++}`));
    const session = await bench.stream({
      type: 'LAUNCH_NESTED_CONTAINER_SESSION',
      launch_nested_container_session: {
        container_id: idOf('p.c'),
        command: {
          shell: false,
          value: 'sh',
          arguments: ['mine', '-c', 'echo $0 $A $B $HOME$XDG_STATE_HOME "$@"', 'zero', 'x y'],
          environment: { variables: [{ name: 'B', type: 'VALUE', value: '2' }] },
        },
      },
    });
    await session.answer;
    assert.equal(session.text(), 'zero 1 2 x y\n');
  });

  it('KillTask: input that ends the parent ends the session and its answers', async (t) => {
    const { bench, containers } = await realBench(t);
    await launch(bench, 'p', 'exec sleep 1000');
    const pid = pidOf(containers, 'p');
    const session = await bench.stream(sessionOf('p.c', 'sh'));
    const { answer, request } = await bench.input([
      calls.attach(idOf('p.c')),
      calls.stdin(`kill -9 ${pid}\n`),
    ]);
    assert.equal((await answer).status, 200);
    assert.ok((await session.answer).complete);
    request.destroy();
    await until(() => !isAlive(pid));
  });

  it('a heartbeat beside a silent program', async (t) => {
    limit(t, 'container-heartbeat-ms', 100);
    const { bench } = await realBench(t);
    const session = await bench.stream(sessionOf('root.c', 'exec sleep 1000'));
    await until(() => session.records.length >= 3);
    assert.ok(
      session.records.every(({ type, control }) => type === 'CONTROL' && control?.type === 'HEARTBEAT'),
    );
    session.head.destroy();
  });

  it('a program that has closed its input and then ends is no error to who writes', async (t) => {
    const { bench } = await realBench(t);
    const session = await bench.stream(sessionOf('root.c', 'head -c 3'));
    const answer = await send(bench, 'root.c', Buffer.alloc(4 * MIB, 'x'), true, 'protobuf');
    assert.deepEqual([answer.status, answer.text], [200, '']);
    assert.ok((await session.answer).complete);
    assert.equal(session.text(), 'xxx');
    assert.equal(await exitOf(bench, 'root.c'), 0);
  });

  it('a program that has closed its input and lives on: 500, and it lives on', async (t) => {
    limit(t, 'container-input-grace', 50);
    const { bench } = await realBench(t);
    const session = await bench.stream(sessionOf('root.c', 'exec <&-; echo up; exec sleep 1000'));
    await until(() => session.text() === 'up\n');
    const answer = await send(bench, 'root.c', Buffer.alloc(4 * MIB, 'x'), true, 'protobuf');
    assert.equal(answer.status, 500);
    assert.match(answer.text, /^Failed writing to stdin: /);
    assert.equal((await bench.call(kill('root.c', 15))).status, 200);
    assert.ok((await session.answer).complete);
    assert.equal(await exitOf(bench, 'root.c'), 15);
  });
});

describe('other cases', () => {
  it('ParentExit and DestroyParent: children first', async (t) => {
    const { bench } = await realBench(t);
    await launch(bench, 'p', 'exec sleep 1000');
    await launch(bench, 'p.c', 'exec sleep 1000');
    const child = exitOf(bench, 'p.c');
    const parent = exitOf(bench, 'p');
    // Both are waited for before either is gone.
    await new Promise((resolve) => setTimeout(resolve, 100));
    await bench.call(kill('p', 15));
    assert.deepEqual([await child, await parent], [9, 15]);
    await assert.rejects(exitOf(bench, 'p.c'), /404/);
  });

  it('GetContainers', async (t) => {
    const { bench, containers } = await realBench(t);
    await launch(bench, 'root.c', 'exec sleep 1000');
    const call: Call = {
      type: 'GET_CONTAINERS',
      get_containers: { show_nested: true, show_standalone: true },
    };
    const { get_containers } = await bench.object(call);
    assert.deepEqual(
      get_containers?.containers?.map(({ container_id, container_status }) => [
        container_id,
        container_status,
      ]),
      ['root', 'root.c'].map((name) => {
        const id = idOf(name);
        return [{ value: id.value }, { container_id: id, executor_pid: pidOf(containers, id.value) }];
      }),
    );
  });

  it('OutputRedirectionWithTTY: the sandbox file has both streams', async (t) => {
    const { bench, containers } = await realBench(t);
    await launch(bench, 'root.c', 'printf Hello; printf World 1>&2; sleep 0.2', true);
    const sandbox = containers.list().find(({ id }) => id.value === 'c')?.sandbox ?? '';
    assert.equal(await exitOf(bench, 'root.c'), 0);
    assert.equal(readFileSync(join(sandbox, 'stdout'), 'utf8'), 'HelloWorld');
  });

  it('TTY_INFO for a container without a terminal', async (t) => {
    const { bench } = await realBench(t);
    const session = await bench.stream(sessionOf('root.c', 'exec sleep 1000'));
    const { answer, request } = await bench.input([
      calls.attach(idOf('root.c')),
      calls.io({
        type: 'CONTROL',
        control: { type: 'TTY_INFO', tty_info: { window_size: { rows: 1, columns: 1 } } },
      }),
    ]);
    const { status, text } = await answer;
    assert.deepEqual([status, text], [400, 'Unable to set the window size: Inappropriate ioctl for device']);
    request.destroy();
    session.head.destroy();
  });

  it('attach to one without streams', async (t) => {
    const { bench } = await realBench(t);
    const { status, text } = await bench.call(attachOutput('root'));
    assert.deepEqual([status, text], [500, 'I/O switchboard server was disabled for this container']);
  });

  it('kill: a signal that the program handles', async (t) => {
    const { bench } = await realBench(t);
    await launch(bench, 'root.c', 'trap "exit 7" USR1; while true; do sleep 0.05; done');
    const end = exitOf(bench, 'root.c');
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.equal((await bench.call(kill('root.c', 10))).status, 200);
    assert.equal(await end, 7 * 256);
    const bad = await bench.call({ ...kill('root', 999) });
    assert.deepEqual([bad.status, bad.text], [500, 'Unable to send signal to container: Invalid argument']);
  });

  it('standalone roots: ended, they are gone (404); removed, nothing is left', async (t) => {
    const { bench } = await realBench(t);
    await launch(bench, 'p', 'exit 5');
    await until(
      async () =>
        (await bench.call({ type: 'WAIT_CONTAINER', wait_container: { container_id: { value: 'p' } } }))
          .status === 404,
    );
    const remove: Call = { type: 'REMOVE_CONTAINER', remove_container: { container_id: { value: 'p' } } };
    assert.equal((await bench.call(remove)).status, 200);
    assert.equal(
      (await bench.ask({ headers: { 'content-type': JSON_TYPE }, body: '{"type":"GET_HEALTH"}' })).status,
      200,
    );
  });
});
