import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RemoraError } from '../../../src/base/index.js';
import { encodeRecord } from '../../../src/wire/index.js';
import { ApiBench, calls, until } from '../support/apiBench.js';
import { MemoryContainers } from '../support/memoryContainers.js';

const child = { container_id: { value: 'c', parent: { value: 'p' } } };
const id = child.container_id;

async function withSession(containers: MemoryContainers, command = 'x', tty = false): Promise<void> {
  await containers.launch({
    id,
    class: 'debug',
    command: { value: command },
    container: tty ? { type: 'MESOS', tty_info: {} } : undefined,
    caller: { kind: 'internal', user: 'test', role: 'admin', address: 'internal' },
  });
}

/** Records after the first, and what the stream is answered with (sheet 3.7). */
const RECORDS: readonly [about: string, record: string, status: number, text: string | RegExp][] = [
  [
    'a second CONTAINER_ID',
    '{"type":"CONTAINER_ID","container_id":{"value":"c"}}',
    400,
    "Expecting 'attach_container_input.type' to be 'PROCESS_IO' instead of: '1'",
  ],
  [
    'no process_io',
    '{"type":"PROCESS_IO"}',
    400,
    "Expecting 'attach_container_input.process_io' to be present",
  ],
  ['no kind', io('{}'), 400, "Expecting 'process_io.type' to be present"],
  ['an unknown kind', io('{"type":"UNKNOWN"}'), 400, "'process_io.type' is unknown"],
  ['no control', io('{"type":"CONTROL"}'), 400, "Expecting 'process_io.control' to be present"],
  ['no kind of control', control('{}'), 400, "Expecting 'process_io.control.type' to be present"],
  ['an unknown kind of control', control('{"type":"UNKNOWN"}'), 400, "'process_io.control.type' is unknown"],
  [
    'no tty_info',
    control('{"type":"TTY_INFO"}'),
    400,
    "Expecting 'process_io.control.tty_info' to be present",
  ],
  [
    'no window_size',
    control('{"type":"TTY_INFO","tty_info":{}}'),
    400,
    "Expecting 'tty_info.window_size' to be present",
  ],
  [
    'no heartbeat',
    control('{"type":"HEARTBEAT"}'),
    400,
    "Expecting 'process_io.control.heartbeat' to be present",
  ],
  ['no data', io('{"type":"DATA"}'), 400, "Expecting 'process_io.data' to be present"],
  ['no kind of data', data('{}'), 400, "Expecting 'process_io.data.type' to be present"],
  ...['STDOUT', 'STDERR', 'UNKNOWN'].map((type): [string, string, number, string] => [
    `data of ${type}`,
    data(`{"type":"${type}","data":"aGkK"}`),
    400,
    "Expecting 'process_io.data.type' to be 'STDIN'",
  ]),
  ['no bytes', data('{"type":"STDIN"}'), 400, "Expecting 'process_io.data.data' to be present"],
  [
    'no type',
    '{}',
    500,
    "Failed to validate agent::Call: Expecting 'attach_container_input.type' to be present",
  ],
];

function io(text: string): string {
  return `{"type":"PROCESS_IO","process_io":${text}}`;
}

function control(text: string): string {
  return io(`{"type":"CONTROL","control":${text}}`);
}

function data(text: string): string {
  return io(`{"type":"DATA","data":${text}}`);
}

/** Whole records, framed or not. */
const RAW: readonly [about: string, bytes: string | Buffer, status: number, text: string | RegExp][] = [
  ['no JSON', encodeRecord('nope'), 500, /^Failed to parse body into JSON: /],
  ['an empty record', '0\n', 500, /^Failed to parse body into JSON: /],
  [
    'no type of call',
    encodeRecord('{}'),
    500,
    "Failed to validate agent::Call: Expecting 'type' to be present",
  ],
  [
    'no body',
    encodeRecord('{"type":"ATTACH_CONTAINER_INPUT"}'),
    500,
    "Failed to validate agent::Call: Expecting 'attach_container_input' to be present",
  ],
  [
    'another call, by which the reference dies',
    encodeRecord('{"type":"GET_HEALTH"}'),
    400,
    "Expecting 'type' to be 'ATTACH_CONTAINER_INPUT' instead of: 'GET_HEALTH'",
  ],
  ['a broken count', '5\r\n', 500, /^Decoder failure: Failed to decode length '5\r'/],
  ['an endless record', '-1\n', 500, /^Decoder failure: Failed to decode length '-1': it is negative/],
  ['an empty line', '\n', 500, /^Decoder failure: Failed to decode length ''/],
];

describe('input: bad records end the attachment, and not the container', () => {
  const rows = [
    ...RECORDS.map(
      ([about, record, status, text]) =>
        [
          about,
          encodeRecord(`{"type":"ATTACH_CONTAINER_INPUT","attach_container_input":${record}}`),
          status,
          text,
        ] as const,
    ),
    ...RAW,
  ];
  for (const [about, bytes, status, text] of rows) {
    it(about, async (t) => {
      const containers = new MemoryContainers();
      const bench = await ApiBench.start(t, containers);
      await withSession(containers);
      const { request, answer } = await bench.input([calls.attach(id), calls.stdin('before')]);
      // The body stays open: it is the record that ends the call.
      request.write(bytes);
      const given = await answer;
      assert.equal(given.status, status, given.text);
      if (typeof text === 'string') assert.equal(given.text, text);
      else assert.match(given.text, text);
      const held = containers.get('p.c');
      assert.equal(Buffer.concat(held.input).toString(), 'before');
      assert.deepEqual([held.taken, held.termination], [false, undefined]);
      request.destroy();
    });
  }

  it('a record that is not complete at the end is dropped', async (t) => {
    const containers = new MemoryContainers();
    const bench = await ApiBench.start(t, containers);
    await withSession(containers);
    const { request, answer } = await bench.input([calls.attach(id), calls.stdin('all')]);
    request.end('500\n{"type":');
    assert.equal((await answer).status, 200);
    assert.equal(Buffer.concat(containers.get('p.c').input).toString(), 'all');
  });

  it('a record of the other encoding', async (t) => {
    const containers = new MemoryContainers();
    const bench = await ApiBench.start(t, containers);
    await withSession(containers);
    const { request, answer } = await bench.input([calls.attach(id)], 'protobuf');
    request.write(encodeRecord(JSON.stringify(calls.attach(id))));
    const { status, text } = await answer;
    assert.deepEqual([status, text], [500, 'Failed to parse body into a protobuf object']);
  });
});

describe('input: one writer at a time', () => {
  it('a second gets 409 at once, and the first goes on', async (t) => {
    const containers = new MemoryContainers();
    const bench = await ApiBench.start(t, containers);
    await withSession(containers);
    const first = await bench.input([calls.attach(id), calls.stdin('a')]);
    await until(() => containers.get('p.c').input.length === 1);
    const second = await bench.input([calls.attach(id), calls.stdin('b')]);
    const { status, text } = await second.answer;
    assert.deepEqual([status, text], [409, 'Multiple input connections are not allowed']);
    first.request.write(encodeRecord(Buffer.from(JSON.stringify({ ...calls.stdin(''), ...json('c') }))));
    first.request.end();
    assert.equal((await first.answer).status, 200);
    assert.equal(Buffer.concat(containers.get('p.c').input).toString(), 'ac');
  });

  it('a client that vanishes frees the slot, and nothing else happens', async (t) => {
    const containers = new MemoryContainers();
    const bench = await ApiBench.start(t, containers);
    await withSession(containers);
    const { request } = await bench.input([calls.attach(id), calls.stdin('a')]);
    await until(() => containers.get('p.c').input.length === 1);
    request.destroy();
    await until(() => !containers.get('p.c').taken);
    assert.deepEqual(
      [containers.get('p.c').closedInput, containers.get('p.c').termination],
      [false, undefined],
    );
  });

  it('the container ends: 200 while the body is still open, and not before', async (t) => {
    const containers = new MemoryContainers();
    const bench = await ApiBench.start(t, containers);
    await withSession(containers);
    const { request, answer } = await bench.input([calls.attach(id)]);
    let answered = false;
    void answer.then(() => {
      answered = true;
    });
    await until(() => containers.get('p.c').taken);
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(answered, false);
    containers.end('p.c');
    assert.equal((await answer).status, 200);
    request.destroy();
  });

  it('a write that fails is 500, and the container lives', async (t) => {
    const containers = new MemoryContainers();
    const bench = await ApiBench.start(t, containers);
    await withSession(containers);
    containers.failures.write = new RemoraError('input-failed', 'Failed writing to stdin: Broken pipe');
    const { request, answer } = await bench.input([calls.attach(id), calls.stdin('x')]);
    const { status, text } = await answer;
    assert.deepEqual([status, text], [500, 'Failed writing to stdin: Broken pipe']);
    assert.equal(containers.get('p.c').termination, undefined);
    request.destroy();
  });

  it('a finished container is 500, an unknown one 404', async (t) => {
    const containers = new MemoryContainers();
    const bench = await ApiBench.start(t, containers);
    const unknown = await bench.input([calls.attach(id)]);
    assert.equal((await unknown.answer).status, 404);
    await withSession(containers);
    containers.end('p.c');
    const { answer } = await bench.input([calls.attach(id)]);
    const { status, text } = await answer;
    assert.deepEqual([status, text], [500, 'Unknown container p.c']);
  });
});

function json(text: string): object {
  const bytes = Buffer.from(text).toString('base64');
  return {
    attach_container_input: {
      type: 'PROCESS_IO',
      process_io: { type: 'DATA', data: { type: 'STDIN', data: bytes } },
    },
  };
}
