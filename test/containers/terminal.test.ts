/** Terminals (wire/mesos-agent.md 3.10). */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { OutputReader } from '../../src/containers/index.js';
import { host, idOf, launchRoot, never, readAll, request, sh } from './support/host.js';

const TTY = { type: 'MESOS', tty_info: {} } as const;

/** Reads until the text is there. */
async function until(iterator: AsyncIterator<{ data: Buffer }>, text: string): Promise<string> {
  let seen = '';
  while (!seen.includes(text)) {
    const next = await iterator.next();
    assert.equal(next.done, false, `ended before '${text}': ${seen}`);
    seen += String(next.value.data);
  }
  return seen;
}

function iterate(reader: OutputReader): AsyncIterator<{ data: Buffer }> {
  return reader[Symbol.asyncIterator]();
}

test('a terminal is stdin, stdout, stderr and the controlling terminal, of the size asked for', async (t) => {
  const { containers } = host(t);
  await launchRoot(containers);
  const container = { type: 'MESOS', tty_info: { window_size: { rows: 33, columns: 99 } } } as const;
  const text =
    'stty size; test -t 0 && test -t 1 && test -t 2 && echo all; echo err >&2; echo ctty > /dev/tty';
  await containers.launch(request('root.t', sh(text), { class: 'debug', container }));
  const result = await readAll(await containers.attachOutput(idOf('root.t')));
  assert.deepEqual(result, { stdout: '33 99\r\nall\r\nerr\r\nctty\r\n', stderr: '' });
  assert.deepEqual(await containers.wait(idOf('root.t'), never), { exitStatus: 0 });
});

test('without a size it is 0 x 0; a new one is seen with SIGWINCH; 0 x 0 is legal again', async (t) => {
  const { containers } = host(t);
  await launchRoot(containers);
  const text = "trap 'stty size' WINCH; stty size; while :; do sleep 0.05; done";
  await containers.launch(request('root.t', sh(text), { class: 'debug', container: TTY }));
  const output = iterate(await containers.attachOutput(idOf('root.t')));
  const input = await containers.attachInput(idOf('root.t'));
  await until(output, '0 0\r\n');
  input.resize({ rows: 40, columns: 120 });
  await until(output, '40 120\r\n');
  input.resize({ rows: 0, columns: 0 });
  await until(output, '0 0\r\n');
  input.resize({ rows: 65_536 + 3, columns: 5 });
  await until(output, '3 5\r\n');
});

test('input is echoed, EOT ends it, ^C interrupts; an empty write changes nothing', async (t) => {
  const { containers } = host(t);
  await launchRoot(containers);
  await containers.launch(
    request('root.t', sh('cat; echo after; exec sleep 1000'), { class: 'debug', container: TTY }),
  );
  const output = iterate(await containers.attachOutput(idOf('root.t')));
  const input = await containers.attachInput(idOf('root.t'));
  await input.write(Buffer.from('hi\n'));
  assert.equal(await until(output, 'hi\r\nhi\r\n'), 'hi\r\nhi\r\n');
  await input.write(Buffer.alloc(0));
  await input.write(Buffer.from('more\n'));
  await until(output, 'more\r\nmore\r\n');
  await input.write(Buffer.from([4]));
  await until(output, 'after\r\n');
  await input.write(Buffer.from([3]));
  assert.deepEqual(await containers.wait(idOf('root.t'), never), { exitStatus: 2 });
});

test('output of a terminal is whole, and all of it stands in the file stdout', async (t) => {
  const { containers, folder } = host(t);
  await launchRoot(containers);
  const text = 'stty -opost; seq 1 400000; printf Hello; printf World >&2';
  await containers.launch(request('root.t', sh(text), { class: 'debug', container: TTY }));
  const { stdout } = await readAll(await containers.attachOutput(idOf('root.t')));
  const expected = `${Array.from({ length: 400_000 }, (_, index) => index + 1).join('\n')}\nHelloWorld`;
  assert.ok(stdout === expected, `${stdout.length} of ${expected.length}`);
  await containers.wait(idOf('root.t'), never);
  const file = join(folder, 'sandboxes', 'root', 'containers', 't', 'stdout');
  assert.ok(readFileSync(file, 'utf8') === expected);
});

test('a terminal that outlives its agent can be attached to like any other', async (t) => {
  const { containers } = host(t);
  await containers.launch(request('root', sh('read line; echo "got $line"; exit 3'), { container: TTY }));
  const reader = await containers.attachOutput(idOf('root'));
  const writer = await containers.attachInput(idOf('root'));
  const wait = containers.wait(idOf('root'), never);
  await writer.write(Buffer.from('x\n'));
  assert.match((await readAll(reader)).stdout, /got x\r\n$/);
  assert.deepEqual(await wait, { exitStatus: 768 });
});

test('resize of a container without terminal is ignored', async (t) => {
  const { containers } = host(t);
  await launchRoot(containers);
  await containers.launch(request('root.s', sh('cat'), { class: 'debug' }));
  const reader = await containers.attachOutput(idOf('root.s'));
  const writer = await containers.attachInput(idOf('root.s'));
  writer.resize({ rows: 1, columns: 1 });
  await writer.write(Buffer.alloc(0));
  assert.equal((await readAll(reader)).stdout, '');
});
