import type { Call, ContainerID, MesosMessages } from '../../../src/wire/index.js';

/** The table of shared/wire/mesos-agent.md 8: what mesos-go's encoder made of each message. */
export interface Vector<K extends keyof MesosMessages = keyof MesosMessages> {
  readonly about: string;
  readonly kind: K;
  readonly hex: string;
  readonly value: MesosMessages[K];
  /** Where the sheet has it. */
  readonly json?: string;
  /** Bytes of the JSON form where the sheet has only that. */
  readonly jsonBytes?: number;
  /** We print a default that mesos-go leaves out (sheet 1.6, output of defaults). */
  readonly defaults?: boolean;
}

const p: ContainerID = { value: 'p' };
const c: ContainerID = { value: 'c', parent: p };
const g: ContainerID = { value: 'g', parent: c };
const EMPTY = Buffer.alloc(0);
const HI = Buffer.from('hi\n');

function input(attach: Call['attach_container_input']): Call {
  return { type: 'ATTACH_CONTAINER_INPUT', attach_container_input: attach };
}

function resize(rows: number, columns: number): Call {
  const tty_info = { window_size: { rows, columns } };
  return input({
    type: 'PROCESS_IO',
    process_io: { type: 'CONTROL', control: { type: 'TTY_INFO', tty_info } },
  });
}

function stdin(data: Buffer): Call {
  return input({ type: 'PROCESS_IO', process_io: { type: 'DATA', data: { type: 'STDIN', data } } });
}

const beat = {
  type: 'CONTROL',
  control: { type: 'HEARTBEAT', heartbeat: { interval: { nanoseconds: 30_000_000_000 } } },
} as const;

const calls: Omit<Vector<'Call'>, 'kind'>[] = [
  { about: 'GET_HEALTH', hex: '0801', value: { type: 'GET_HEALTH' }, json: '{"type":"GET_HEALTH"}' },
  {
    about: 'GET_METRICS, empty body',
    hex: '08041200',
    value: { type: 'GET_METRICS', get_metrics: {} },
    json: '{"type":"GET_METRICS","get_metrics":{}}',
  },
  {
    about: 'GET_CONTAINERS',
    hex: '080a',
    value: { type: 'GET_CONTAINERS' },
    json: '{"type":"GET_CONTAINERS"}',
  },
  {
    about: 'LIST_FILES /a',
    hex: '080722040a022f61',
    value: { type: 'LIST_FILES', list_files: { path: '/a' } },
    json: '{"type":"LIST_FILES","list_files":{"path":"/a"}}',
  },
  {
    about: 'READ_FILE /a 1 2',
    hex: '08082a080a022f6110011802',
    value: { type: 'READ_FILE', read_file: { path: '/a', offset: 1, length: 2 } },
    json: '{"type":"READ_FILE","read_file":{"path":"/a","offset":1,"length":2}}',
  },
  {
    about: 'LAUNCH_CONTAINER p',
    hex: '08166a120a030a0170120b1a09736c65657020313030',
    value: {
      type: 'LAUNCH_CONTAINER',
      launch_container: { container_id: p, command: { value: 'sleep 100' } },
    },
    json: '{"type":"LAUNCH_CONTAINER","launch_container":{"container_id":{"value":"p"},"command":{"value":"sleep 100"}}}',
    defaults: true,
  },
  {
    about: 'session p.c with a terminal',
    hex: '08114a1c0a080a016312030a0170120a1a02736830003a0273681a0408025200',
    value: {
      type: 'LAUNCH_NESTED_CONTAINER_SESSION',
      launch_nested_container_session: {
        container_id: c,
        command: { shell: false, value: 'sh', arguments: ['sh'] },
        container: { type: 'MESOS', tty_info: {} },
      },
    },
    json: '{"type":"LAUNCH_NESTED_CONTAINER_SESSION","launch_nested_container_session":{"container_id":{"value":"c","parent":{"value":"p"}},"command":{"shell":false,"value":"sh","arguments":["sh"]},"container":{"type":"MESOS","tty_info":{}}}}',
  },
  {
    about: 'session p.c with environment and user',
    hex: '08114a240a080a016312030a01701218120a0a080a014112013118011a0269642a066e6f626f6479',
    value: {
      type: 'LAUNCH_NESTED_CONTAINER_SESSION',
      launch_nested_container_session: {
        container_id: c,
        command: {
          value: 'id',
          environment: { variables: [{ name: 'A', type: 'VALUE', value: '1' }] },
          user: 'nobody',
        },
      },
    },
  },
  {
    about: 'ATTACH_CONTAINER_OUTPUT p.c',
    hex: '08135a0a0a080a016312030a0170',
    value: { type: 'ATTACH_CONTAINER_OUTPUT', attach_container_output: { container_id: c } },
    json: '{"type":"ATTACH_CONTAINER_OUTPUT","attach_container_output":{"container_id":{"value":"c","parent":{"value":"p"}}}}',
    jsonBytes: 114,
  },
  {
    about: 'ATTACH_CONTAINER_INPUT, id p.c',
    hex: '0812520c080112080a016312030a0170',
    value: input({ type: 'CONTAINER_ID', container_id: c }),
    json: '{"type":"ATTACH_CONTAINER_INPUT","attach_container_input":{"type":"CONTAINER_ID","container_id":{"value":"c","parent":{"value":"p"}}}}',
    jsonBytes: 134,
  },
  {
    about: 'ATTACH_CONTAINER_INPUT, id p.c.g',
    hex: '081252110801120d0a016712080a016312030a0170',
    value: input({ type: 'CONTAINER_ID', container_id: g }),
  },
  { about: 'TTY_INFO 24x80', hex: '0812521208021a0e08021a0a080112060a0408181050', value: resize(24, 80) },
  {
    about: 'TTY_INFO 0x0',
    hex: '0812521208021a0e08021a0a080112060a0408001000',
    value: resize(0, 0),
    jsonBytes: 192,
  },
  {
    about: 'DATA hi',
    hex: '0812520f08021a0b080112070801120368690a',
    value: stdin(HI),
    json: '{"type":"ATTACH_CONTAINER_INPUT","attach_container_input":{"type":"PROCESS_IO","process_io":{"type":"DATA","data":{"type":"STDIN","data":"aGkK"}}}}',
    jsonBytes: 147,
  },
  {
    about: 'DATA empty',
    hex: '0812520c08021a080801120408011200',
    value: stdin(EMPTY),
    json: '{"type":"ATTACH_CONTAINER_INPUT","attach_container_input":{"type":"PROCESS_IO","process_io":{"type":"DATA","data":{"type":"STDIN","data":""}}}}',
  },
  {
    about: 'HEARTBEAT 30 s',
    hex: '0812521408021a1008021a0c08021a080a060880d88ee16f',
    value: input({ type: 'PROCESS_IO', process_io: beat }),
    jsonBytes: 196,
  },
  {
    about: 'KILL_CONTAINER p.c',
    hex: '08187a0a0a080a016312030a0170',
    value: { type: 'KILL_CONTAINER', kill_container: { container_id: c } },
  },
  {
    about: 'KILL_CONTAINER p.c signal 15',
    hex: '08187a0c0a080a016312030a0170100f',
    value: { type: 'KILL_CONTAINER', kill_container: { container_id: c, signal: 15 } },
  },
  {
    about: 'WAIT_CONTAINER p.c',
    hex: '0817720a0a080a016312030a0170',
    value: { type: 'WAIT_CONTAINER', wait_container: { container_id: c } },
  },
];

const streams: Omit<Vector<'ProcessIO'>, 'kind'>[] = [
  {
    about: 'STDOUT hi',
    hex: '080112070802120368690a',
    value: { type: 'DATA', data: { type: 'STDOUT', data: HI } },
    json: '{"type":"DATA","data":{"type":"STDOUT","data":"aGkK"}}',
    jsonBytes: 54,
  },
  {
    about: 'STDERR hi',
    hex: '080112070803120368690a',
    value: { type: 'DATA', data: { type: 'STDERR', data: HI } },
  },
  {
    about: 'HEARTBEAT 30 s',
    hex: '08021a0c08021a080a060880d88ee16f',
    value: beat,
    json: '{"type":"CONTROL","control":{"type":"HEARTBEAT","heartbeat":{"interval":{"nanoseconds":30000000000}}}}',
    jsonBytes: 102,
  },
];

const responses: Omit<Vector<'Response'>, 'kind'>[] = [
  {
    about: 'GET_HEALTH',
    hex: '080112020801',
    value: { type: 'GET_HEALTH', get_health: { healthy: true } },
    json: '{"type":"GET_HEALTH","get_health":{"healthy":true}}',
  },
  {
    about: 'GET_LOGGING_LEVEL 0',
    hex: '080532020800',
    value: { type: 'GET_LOGGING_LEVEL', get_logging_level: { level: 0 } },
    json: '{"type":"GET_LOGGING_LEVEL","get_logging_level":{"level":0}}',
  },
  {
    about: 'READ_FILE 4 od',
    hex: '08074206080412026f64',
    value: { type: 'READ_FILE', read_file: { size: 4, data: Buffer.from('od') } },
    json: '{"type":"READ_FILE","read_file":{"size":4,"data":"b2Q="}}',
  },
  ...(
    [
      ['exit 10', 2560, '080f820103088014'],
      ['exit 0', 0, '080f8201020800'],
      ['SIGKILL', 9, '080f8201020809'],
    ] as const
  ).map(([how, exit_status, hex]) => ({
    about: `WAIT_CONTAINER ${how}`,
    hex,
    value: { type: 'WAIT_CONTAINER', wait_container: { exit_status } } as const,
    json: `{"type":"WAIT_CONTAINER","wait_container":{"exit_status":${exit_status}}}`,
  })),
  {
    about: 'WAIT_NESTED_CONTAINER exit 10',
    hex: '080d7203088014',
    value: { type: 'WAIT_NESTED_CONTAINER', wait_nested_container: { exit_status: 2560 } },
    json: '{"type":"WAIT_NESTED_CONTAINER","wait_nested_container":{"exit_status":2560}}',
  },
  {
    about: 'GET_CONTAINERS, p.c with pid 42',
    hex: '080952150a1322030a01632a0c182a22080a016312030a0170',
    value: {
      type: 'GET_CONTAINERS',
      get_containers: {
        containers: [
          { container_id: { value: 'c' }, container_status: { container_id: c, executor_pid: 42 } },
        ],
      },
    },
    json: '{"type":"GET_CONTAINERS","get_containers":{"containers":[{"container_id":{"value":"c"},"container_status":{"container_id":{"value":"c","parent":{"value":"p"}},"executor_pid":42}}]}}',
  },
];

export const VECTORS: readonly Vector[] = [
  ...calls.map((vector) => ({ ...vector, kind: 'Call' as const })),
  ...streams.map((vector) => ({ ...vector, kind: 'ProcessIO' as const })),
  ...responses.map((vector) => ({ ...vector, kind: 'Response' as const })),
];
