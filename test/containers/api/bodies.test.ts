import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { mesosCodec } from '../../../src/wire/index.js';
import { ApiBench, JSON_TYPE, PROTOBUF_TYPE } from '../support/apiBench.js';
import { MemoryContainers } from '../support/memoryContainers.js';

const VALID = 'Failed to validate agent::Call: ';

/** Bodies that are wrong and what the agent says to them (sheet 1.5, 3.2, 4.3). All are 400. */
function container(text: string, type = 'LAUNCH_NESTED_CONTAINER_SESSION'): string {
  const body = `"container_id":{"value":"c","parent":{"value":"p"}},"container":${text}`;
  return `{"type":"${type}","${type.toLowerCase()}":{${body}}}`;
}

function attachTo(id: string): string {
  return `{"type":"ATTACH_CONTAINER_OUTPUT","attach_container_output":{"container_id":${id}}}`;
}

function standalone(text: string, id = '{"value":"c"}'): string {
  return `{"type":"LAUNCH_CONTAINER","launch_container":{"container_id":${id},${text}}}`;
}

const DECODING: readonly [about: string, body: string, text: string | RegExp][] = [
  ['JSON that is none', '{"type":', /^Failed to parse body into JSON: ./],
  ['an empty body', '', /^Failed to parse body into JSON: ./],
  ['a text', '"x"', 'Expecting a JSON object'],
  ['null', 'null', 'Expecting a JSON object'],
  ['a list', '[{"type":"GET_HEALTH"}]', 'Expecting a JSON object'],
  [
    'a required field that is missing',
    '{"type":"LAUNCH_CONTAINER","launch_container":{"container_id":{"parent":{}},"command":{"uris":[{"value":"a"},{}]}}}',
    'Missing required fields: launch_container.container_id.value, ' +
      'launch_container.container_id.parent.value, launch_container.command.uris[1].value',
  ],
  ['a text for a message', '{"get_metrics":"x"}', "Not expecting a JSON string for field 'get_metrics'"],
  ['a number for a text', attachTo('{"value":7}'), "Not expecting a JSON number for field 'value'"],
  ['a boolean for a text', attachTo('{"value":true}'), "Not expecting a JSON boolean for field 'value'"],
  ['an object for a text', attachTo('{"value":{}}'), "Not expecting a JSON object for field 'value'"],
  ['a list for one text', attachTo('{"value":["a"]}'), "Not expecting a JSON array for field 'value'"],
  ['a number for an enum', '{"type":1}', "Not expecting a JSON number for field 'type'"],
  [
    'a boolean for a number',
    '{"type":"SET_LOGGING_LEVEL","set_logging_level":{"level":true}}',
    "Not expecting a JSON boolean for field 'level'",
  ],
  [
    'a text that is no number',
    '{"type":"SET_LOGGING_LEVEL","set_logging_level":{"level":"much"}}',
    "Failed to parse 'much' as a JSON number for field 'level'",
  ],
  [
    'bad base64',
    '{"attach_container_input":{"process_io":{"data":{"data":"aG-k"}}}}',
    "Failed to base64 decode bytes field 'data': Invalid character '-'",
  ],
  ['an unknown name of a required enum', container('{"type":"RKT"}'), "Failed to find enum for 'RKT'"],
  ['an unknown type', '{"type":"LAUNCH_ROCKET"}', `${VALID}Expecting 'type' to be present`],
  ['no type', '{}', `${VALID}Expecting 'type' to be present`],
  ['a type that is null', '{"type":null}', `${VALID}Expecting 'type' to be present`],
  ['names in camel case are unknown', '{"Type":"GET_HEALTH"}', `${VALID}Expecting 'type' to be present`],
];

describe('bodies that cannot be read (sheet 1.5)', () => {
  for (const [about, body, text] of DECODING) {
    it(about, async (t) => {
      const bench = await ApiBench.start(t, new MemoryContainers());
      const answer = await bench.ask({ headers: { 'content-type': JSON_TYPE }, body });
      if (typeof text === 'string') assert.equal(answer.text, text);
      else assert.match(answer.text, text);
      assert.equal(answer.status, 400);
    });
  }

  const protobuf: [about: string, hex: string, text: string][] = [
    ['cut off', '0817720a0a08', 'Failed to parse body into a protobuf object'],
    ['a required field is missing', '08176a00', 'Failed to parse body into a protobuf object'],
    ['no protobuf', 'ffffffffffffffffffffff', 'Failed to parse body into a protobuf object'],
    ['field number 0', '0001', 'Failed to parse body into a protobuf object'],
    ['a group that ends only', '0c', 'Failed to parse body into a protobuf object'],
    ['an unknown type', '087f', `${VALID}Expecting 'type' to be present`],
    ['empty', '', `${VALID}Expecting 'type' to be present`],
    ['type with another wire type', '0a0101', `${VALID}Expecting 'type' to be present`],
  ];
  for (const [about, hex, text] of protobuf) {
    it(`protobuf: ${about}`, async (t) => {
      const bench = await ApiBench.start(t, new MemoryContainers());
      const headers = { 'content-type': PROTOBUF_TYPE };
      const answer = await bench.ask({ headers, body: Buffer.from(hex, 'hex') });
      assert.deepEqual([answer.status, answer.text], [400, text]);
    });
  }

  it('protobuf nested without end', async (t) => {
    const bench = await ApiBench.start(t, new MemoryContainers());
    let id = Buffer.from('0a0161', 'hex');
    const varint = (size: number): Buffer => {
      const bytes: number[] = [];
      for (let rest = size; ; rest >>>= 7) {
        if (rest < 0x80) return Buffer.from([...bytes, rest]);
        bytes.push((rest & 0x7f) | 0x80);
      }
    };
    const wrap = (tag: number, inner: Buffer): Buffer =>
      Buffer.concat([Buffer.from([tag]), varint(inner.length), inner]);
    for (let depth = 0; depth < 10_000; depth++)
      id = Buffer.concat([Buffer.from('0a0161', 'hex'), wrap(0x12, id)]);
    const body = Buffer.concat([Buffer.from('0813', 'hex'), wrap(0x5a, wrap(0x0a, id))]);
    const deep = await bench.ask({ headers: { 'content-type': PROTOBUF_TYPE }, body });
    assert.deepEqual([deep.status, deep.text], [400, 'Failed to parse body into a protobuf object']);
    const groups = Buffer.alloc(1 << 20, 0x0b);
    const grouped = await bench.ask({ headers: { 'content-type': PROTOBUF_TYPE }, body: groups });
    assert.deepEqual([grouped.status, grouped.text], [400, 'Failed to parse body into a protobuf object']);
  });

  it('JSON nested without end', async (t) => {
    const bench = await ApiBench.start(t, new MemoryContainers());
    const depth = 100_000;
    const id = `${'{"value":"a","parent":'.repeat(depth)}null${'}'.repeat(depth)}`;
    const answer = await bench.ask({ headers: { 'content-type': JSON_TYPE }, body: attachTo(id) });
    assert.equal(answer.status, 400);
    assert.match(answer.text, /^Failed to parse body into JSON: /);
  });

  it('a call larger than the limit', async (t) => {
    const bench = await ApiBench.start(t, new MemoryContainers());
    const body = Buffer.alloc((4 << 20) + 1, ' ');
    const { status, text } = await bench.ask({ headers: { 'content-type': JSON_TYPE }, body });
    assert.deepEqual([status, text], [413, `The call is larger than ${4 << 20} bytes`]);
  });
});

describe('bodies that are taken (sheet 1.6)', () => {
  const health: [about: string, body: string][] = [
    ['unknown keys', '{"type":"GET_HEALTH","extra":{"type":7},"getMetrics":1}'],
    ['null', '{"type":"GET_HEALTH","get_metrics":null}'],
    ['a key twice: the last counts', '{"type":"GET_STATE","type":"GET_HEALTH"}'],
    ['white space', ' \n\t{ "type" : "GET_HEALTH" }\r\n'],
    ['prototype keys', '{"type":"GET_HEALTH","__proto__":{"a":1},"constructor":{}}'],
  ];
  for (const [about, body] of health) {
    it(about, async (t) => {
      const bench = await ApiBench.start(t, new MemoryContainers());
      const { status } = await bench.ask({ headers: { 'content-type': JSON_TYPE }, body });
      assert.equal(status, 200);
    });
  }

  it('null in a repeated field, one value for a list, numbers and booleans as text, unknown optional enums', async (t) => {
    const containers = new MemoryContainers();
    const bench = await ApiBench.start(t, containers);
    const body = standalone(
      '"command":{"value":"id","shell":"true","uris":null,"arguments":"one","environment":null},' +
        '"resources":null,"limits":null,"container":{"type":"MESOS","network_infos":null,' +
        '"volumes":null,"linux_info":{"ipc_mode":"STRANGE"},"rlimit_info":{"rlimits":{"type":"RLMT_NOFILE","hard":"1024","soft":9}}}',
    );
    const { status } = await bench.ask({ headers: { 'content-type': JSON_TYPE }, body });
    assert.equal(status, 200);
    const { command, container } = containers.get('c').request;
    assert.deepEqual(command, { value: 'id', shell: true, arguments: ['one'] });
    assert.deepEqual(container, {
      type: 'MESOS',
      linux_info: {},
      rlimit_info: { rlimits: [{ type: 'RLMT_NOFILE', hard: 1024, soft: 9 }] },
    });
  });

  it('bytes: white space, no padding, nothing after the first =', async () => {
    const json = await mesosCodec('json');
    const read = (data: string): string | undefined =>
      json.parse('ProcessIO', Buffer.from(JSON.stringify({ data: { data } }))).data?.data?.toString();
    assert.deepEqual(['aGkK', ' aG\nk K', 'aGk', 'aGk=', 'aGk=!!!', ''].map(read), [
      'hi\n',
      'hi\n',
      'hi',
      'hi',
      'hi',
      '',
    ]);
  });

  it('proto2: a message that comes twice is merged, packed numbers are taken, unknown fields are skipped', async () => {
    const protobuf = await mesosCodec('protobuf');
    const parse = (hex: string): unknown => protobuf.parse('Call', Buffer.from(hex, 'hex'));
    // attach_container_input.type in one part, container_id in another, and field 100 between them.
    assert.deepEqual(parse('0812 52020801 a20601ff 520512030a0170'.replaceAll(' ', '')), {
      type: 'ATTACH_CONTAINER_INPUT',
      attach_container_input: { type: 'CONTAINER_ID', container_id: { value: 'p' } },
    });
  });
});
