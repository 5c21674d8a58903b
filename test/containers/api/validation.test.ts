import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeRecord, mesosCodec } from '../../../src/wire/index.js';
import { ApiBench, JSON_TYPE, RECORDIO_TYPE } from '../support/apiBench.js';
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

it('every such call goes through both forms unchanged', async () => {
  const [json, protobuf] = await Promise.all([mesosCodec('json'), mesosCodec('protobuf')]);
  for (const [, body] of VALIDATION) {
    const call = json.parse('Call', Buffer.from(body));
    assert.deepEqual(protobuf.parse('Call', protobuf.serialize('Call', call)), call);
  }
});
