import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeRecord, mesosCodec } from '../../../src/wire/index.js';
import { ApiBench, JSON_TYPE, PROTOBUF_TYPE, RECORDIO_TYPE } from '../support/apiBench.js';
import { MemoryContainers } from '../support/memoryContainers.js';

const VALID = 'Failed to validate agent::Call: ';

/** Bodies that are wrong and what the agent says to them (sheet 1.5, 3.2, 4.3). All are 400. */
function launch(command: string, more = ''): string {
  const body = `"container_id":{"value":"c","parent":{"value":"p"}},"command":${command}${more}`;
  return `{"type":"LAUNCH_NESTED_CONTAINER","launch_nested_container":{${body}}}`;
}

function variable(text: string): string {
  return launch(`{"environment":{"variables":[${text}]}}`);
}

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

const THIRD = '{"value":"g","parent":{"value":"c","parent":{"value":"p"}}}';
const long = 'x'.repeat(256);
const tooLong = 'x'.repeat(243);

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

const VALIDATION: readonly [about: string, body: string, detail: string][] = [
  ...[
    'GET_METRICS',
    'SET_LOGGING_LEVEL',
    'LIST_FILES',
    'READ_FILE',
    'LAUNCH_NESTED_CONTAINER',
    'WAIT_NESTED_CONTAINER',
    'KILL_NESTED_CONTAINER',
    'LAUNCH_NESTED_CONTAINER_SESSION',
    'ATTACH_CONTAINER_INPUT',
    'ATTACH_CONTAINER_OUTPUT',
    'REMOVE_NESTED_CONTAINER',
    'LAUNCH_CONTAINER',
    'WAIT_CONTAINER',
    'KILL_CONTAINER',
    'REMOVE_CONTAINER',
    'ADD_RESOURCE_PROVIDER_CONFIG',
    'UPDATE_RESOURCE_PROVIDER_CONFIG',
    'REMOVE_RESOURCE_PROVIDER_CONFIG',
    'MARK_RESOURCE_PROVIDER_GONE',
  ].map((type): [string, string, string] => [
    `${type} without its body`,
    `{"type":"${type}"}`,
    `Expecting '${type.toLowerCase()}' to be present`,
  ]),
  ...(
    [
      ['', 'ID must not be empty'],
      [long, 'ID must not be greater than 255 characters'],
      ['.', "'.' is disallowed"],
      ['..', "'..' is disallowed"],
      ['a/b', "'a/b' contains invalid characters"],
      ['a\\b', "'a\\b' contains invalid characters"],
      ['a\u0007', "'a\u0007' contains invalid characters"],
      [tooLong, `'ContainerID.value' '${tooLong}' exceeds the maximum length (242)`],
      ['a.b', "'ContainerID.value' 'a.b' contains invalid characters"],
      ['a b', "'ContainerID.value' 'a b' contains invalid characters"],
    ] as const
  ).map(([value, fault]): [string, string, string] => [
    `an id ${JSON.stringify(value.slice(0, 5))} (${value.length})`,
    attachTo(JSON.stringify({ value })),
    `'attach_container_output.container_id' is invalid: ${fault}`,
  ]),
  [
    'an id with a bad grandparent',
    attachTo('{"value":"a","parent":{"value":"b","parent":{"value":""}}}'),
    "'attach_container_output.container_id' is invalid: 'ContainerID.parent' is invalid: " +
      "'ContainerID.parent' is invalid: ID must not be empty",
  ],
  ...[
    'LAUNCH_NESTED_CONTAINER',
    'WAIT_NESTED_CONTAINER',
    'KILL_NESTED_CONTAINER',
    'REMOVE_NESTED_CONTAINER',
    'LAUNCH_NESTED_CONTAINER_SESSION',
  ].map((type): [string, string, string] => [
    `${type} without a parent`,
    `{"type":"${type}","${type.toLowerCase()}":{"container_id":{"value":"c"}}}`,
    `Expecting '${type.toLowerCase()}.container_id.parent' to be present`,
  ]),
  ...(
    [
      ['{"name":"N","type":"SECRET"}', "Environment variable 'N' of type 'SECRET' must have a secret set"],
      [
        '{"name":"N","type":"SECRET","secret":{},"value":""}',
        "Environment variable 'N' of type 'SECRET' must not have a value set",
      ],
      [
        '{"name":"N","type":"SECRET","secret":{"type":"REFERENCE"}}',
        "Environment variable 'N' specifies an invalid secret: Secret of type REFERENCE must have the 'reference' field set",
      ],
      [
        '{"name":"N","type":"SECRET","secret":{"type":"REFERENCE","reference":{"name":"R"},"value":{"data":""}}}',
        "Environment variable 'N' specifies an invalid secret: Secret 'R' of type REFERENCE must not have the 'value' field set",
      ],
      [
        '{"name":"N","type":"SECRET","secret":{"type":"VALUE"}}',
        "Environment variable 'N' specifies an invalid secret: Secret of type VALUE must have the 'value' field set",
      ],
      [
        '{"name":"N","type":"SECRET","secret":{"type":"VALUE","value":{"data":""},"reference":{"name":"R"}}}',
        "Environment variable 'N' specifies an invalid secret: Secret of type VALUE must not have the 'reference' field set",
      ],
      [
        '{"name":"N","type":"SECRET","secret":{"type":"VALUE","value":{"data":"YQBi"}}}',
        "Environment variable 'N' specifies a secret containing null bytes, which is not allowed in the environment",
      ],
      ['{"name":"N"}', "Environment variable 'N' of type 'VALUE' must have a value set"],
      [
        '{"name":"N","type":"VALUE","value":"","secret":{}}',
        "Environment variable 'N' of type 'VALUE' must not have a secret set",
      ],
      ['{"name":"N","type":"UNKNOWN"}', "Environment variable of type 'UNKNOWN' is not allowed"],
    ] as const
  ).map(([text, fault]): [string, string, string] => [
    fault.slice(0, 60),
    variable(text),
    `'launch_nested_container.command' is invalid: ${fault}`,
  ]),
  ...(
    [
      [
        '{"type":"MESOS","volumes":[{"container_path":"/a","mode":"RW"}]}',
        "Invalid volume: Only one of them should be set: 'host_path', 'image' and 'source'",
      ],
      [
        '{"type":"MESOS","volumes":[{"container_path":"/a","mode":"RW","host_path":"/b","source":{}}]}',
        "Invalid volume: Only one of them should be set: 'host_path', 'image' and 'source'",
      ],
      [
        '{"type":"MESOS","volumes":[{"container_path":"/a","mode":"RW","source":{"type":"HOST_PATH"}}]}',
        "Invalid volume: 'source.host_path' is not set for HOST_PATH volume",
      ],
      ['{"type":"DOCKER"}', "DockerInfo 'docker' is not set for DOCKER typed ContainerInfo"],
      [
        '{"type":"DOCKER","docker":{"image":"i","parameters":[{"key":"name","value":"v"}]}}',
        "Parameter in DockerInfo must not be 'name'",
      ],
    ] as const
  ).map(([text, fault]): [string, string, string] => [
    fault.slice(0, 60),
    container(text),
    `'launch_nested_container_session.container' is invalid: ${fault}`,
  ]),
  [
    'a session with cgroups of its own',
    container('{"type":"MESOS","linux_info":{"share_cgroups":false}}'),
    "'launch_nested_container_session.container.linux_info' is invalid: " +
      "'share_cgroups' cannot be set to 'false' for nested container sessions",
  ],
  ...(
    [
      ['{"name":"cpus","type":"SCALAR"}', "Invalid resources: Invalid scalar resource 'cpus'"],
      [
        '{"name":"gpus","type":"SCALAR","scalar":{"value":1.5}}',
        "Invalid GPU resources: The 'gpus' resource must be an unsigned integer",
      ],
      [
        '{"name":"cpus","type":"SCALAR","scalar":{"value":1},"role":"ops"}',
        "'launch_container.resources' must be unreserved",
      ],
      [
        '{"name":"cpus","type":"SCALAR","scalar":{"value":1},"reservations":[{"role":"ops"}]}',
        "'launch_container.resources' must be unreserved",
      ],
      [
        '{"name":"disk","type":"SCALAR","scalar":{"value":1},"disk":{"persistence":{}}}',
        "'launch_container.resources' may not use persistent volumes",
      ],
      [
        '{"name":"cpus","type":"SCALAR","scalar":{"value":1},"revocable":{}}',
        "'launch_container.resources' must be non-revocable",
      ],
    ] as const
  ).map(([text, fault]): [string, string, string] => [fault, standalone(`"resources":[${text}]`), fault]),
  [
    'a root that shares cgroups',
    standalone('"container":{"type":"MESOS","linux_info":{"share_cgroups":true}}'),
    "'launch_container' is invalid: containers without a parent cannot set 'share_cgroups' to 'true'",
  ],
  ...(
    [
      ['"resources":[{"name":"cpus","type":"SCALAR","scalar":{"value":1}}]', 'specify resources'],
      ['"limits":{"cpus":{"value":1}}', 'specify resource limits'],
      ['"container":{"type":"MESOS","linux_info":{"share_cgroups":false}}', "set 'share_cgroups' to 'false'"],
    ] as const
  ).map(([text, what]): [string, string, string] => [
    `a grandchild cannot ${what}`,
    standalone(text, THIRD),
    `'launch_container' is invalid: containers nested at the second level or greater cannot ${what}`,
  ]),
  [
    'a grandchild by the old call',
    `{"type":"LAUNCH_NESTED_CONTAINER","launch_nested_container":{"container_id":${THIRD},"container":{"type":"MESOS","linux_info":{"share_cgroups":false}}}}`,
    "'launch_nested_container' is invalid: containers nested at the second level or greater cannot set 'share_cgroups' to 'false'",
  ],
];

const INPUT: readonly [about: string, body: string, text: string][] = [
  ['no type', '{}', `${VALID}Expecting 'attach_container_input.type' to be present`],
  ['UNKNOWN', '{"type":"UNKNOWN"}', `${VALID}'attach_container_input.type' is unknown`],
  [
    'CONTAINER_ID without an id',
    '{"type":"CONTAINER_ID"}',
    `${VALID}'attach_container_input.container_id' is invalid: ID must not be empty`,
  ],
  ['PROCESS_IO first', '{"type":"PROCESS_IO"}', "Expecting 'attach_container_input.type' to be CONTAINER_ID"],
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

describe('calls that are not valid (sheet 3.2, 4.3)', () => {
  for (const [about, body, detail] of VALIDATION) {
    it(about, async (t) => {
      const bench = await ApiBench.start(t, new MemoryContainers());
      const answer = await bench.ask({ headers: { 'content-type': JSON_TYPE }, body });
      assert.equal(answer.text, VALID + detail);
      assert.equal(answer.status, 400);
    });
  }

  for (const [about, body, text] of INPUT) {
    it(`the first record of an input: ${about}`, async (t) => {
      const bench = await ApiBench.start(t, new MemoryContainers());
      const answer = await bench.ask({
        headers: { 'content-type': RECORDIO_TYPE, 'message-content-type': JSON_TYPE },
        body: encodeRecord(`{"type":"ATTACH_CONTAINER_INPUT","attach_container_input":${body}}`),
      });
      assert.deepEqual([answer.status, answer.text], [400, text]);
    });
  }
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

  it('every body goes through both forms unchanged', async () => {
    const [json, protobuf] = await Promise.all([mesosCodec('json'), mesosCodec('protobuf')]);
    for (const [, body] of VALIDATION) {
      const call = json.parse('Call', Buffer.from(body));
      assert.deepEqual(protobuf.parse('Call', protobuf.serialize('Call', call)), call);
    }
  });
});
