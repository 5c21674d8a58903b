import {
  descriptorCount,
  type MemoryFacts,
  type ProcessFacts,
  type ProcessInfo,
  type Target,
  threadStats,
} from '../../target/index.js';
import { arthasTime } from '../../wire/index.js';
import type { Command } from '../command.js';
import { ownThread } from '../facts/ownThread.js';
import { redactCommand, redactLine } from '../facts/redactLine.js';
import { formatBytes, renderKeyValue } from '../render/index.js';

interface Item {
  readonly name: string;
  readonly value?: unknown;
  readonly desc?: string;
}

interface Usage {
  readonly name: string;
  readonly used: number;
  readonly committed: number;
  readonly max: number;
}

export const jvm: Command = {
  name: 'jvm',
  summary: 'Show the runtime: versions, arguments, memory, system, threads and descriptors',
  description:
    'The runtime is Node.js with V8. What it does not keep account of, or could tell only at a cost, is left out: times of compilation, counts of collections (`dashboard` watches them), peaks.',
  examples: [
    { line: 'jvm', shows: 'all groups' },
    { line: 'jvm | grep DESCRIPTOR', shows: 'open files and their limit' },
  ],
  options: [],
  args: [],
  needs: 'target',
  risk: 'read',
  results: [
    {
      type: 'jvm',
      fields: [
        {
          name: 'jvmInfo',
          type: '{GROUP: {name,value?,desc?}[]}',
          summary:
            'Groups RUNTIME, CLASS-LOADING, COMPILATION, GARBAGE-COLLECTORS, MEMORY-MANAGERS, MEMORY, OPERATING-SYSTEM, THREAD, FILE-DESCRIPTOR. Memory in bytes; arguments with secrets masked; classes are CommonJS modules; threads are those of the system',
        },
      ],
    },
  ],
  cost: 'Counters of V8, Node and the system on the main thread: 0.04 ms, the first time about 1 ms. The heap is not walked.',
  async *run({ target, signal }) {
    const held = await target();
    const facts = await held.main<ProcessFacts>('processFacts', undefined, { signal });
    yield { type: 'jvm', jvmInfo: await groups(held, facts) };
  },
  render: (result, style, width) =>
    Object.entries(result.jvmInfo as Record<string, readonly Item[]>)
      .filter(([, items]) => items.length > 0)
      .map(([group, items]) => {
        const pairs = items.map((item) => [label(item), shown(item.value)] as const);
        return `${style.bold(group)}\n${renderKeyValue(pairs, style, width)}`;
      })
      .join('\n\n'),
};

async function groups(target: Target, facts: ProcessFacts): Promise<Map<string, Item[]>> {
  return new Map([
    ['RUNTIME', runtime(target.process, facts)],
    ['CLASS-LOADING', classLoading(facts)],
    ['COMPILATION', [{ name: 'NAME', value: `V8 ${facts.versions.v8 ?? ''}` }]],
    ['GARBAGE-COLLECTORS', collectors()],
    ['MEMORY-MANAGERS', memoryManagers(facts.memory)],
    ['MEMORY', memoryItems(facts.memory)],
    ['OPERATING-SYSTEM', system(facts)],
    ['THREAD', await threads(target)],
    ['FILE-DESCRIPTOR', descriptors(target.process.pid)],
  ]);
}

function runtime(info: ProcessInfo, facts: ProcessFacts): Item[] {
  const { versions } = facts;
  return present([
    { name: 'MACHINE-NAME', value: `${facts.pid}@${redactLine(facts.title)}`, desc: 'pid@title' },
    { name: 'JVM-START-TIME', value: arthasTime(new Date(info.startTime)) },
    { name: 'SPEC-NAME', value: 'Node.js' },
    { name: 'SPEC-VERSION', value: versions.node },
    { name: 'VM-NAME', value: 'V8' },
    { name: 'VM-VERSION', value: versions.v8 },
    { name: 'INPUT-ARGUMENTS', value: redactCommand(facts.execArgv) },
    {
      name: 'NODE-OPTIONS',
      value: facts.nodeOptions === undefined ? undefined : redactLine(facts.nodeOptions),
    },
    { name: 'ARGV', value: redactCommand(facts.argv) },
    { name: 'EXEC-PATH', value: facts.execPath },
    { name: 'WORKING-FOLDER', value: facts.cwd },
    { name: 'UPTIME', value: Math.round(facts.uptimeS * 1000), desc: 'time (ms)' },
    { name: 'LIBUV-VERSION', value: versions.uv },
    { name: 'OPENSSL-VERSION', value: versions.openssl },
    { name: 'MODULES-VERSION', value: versions.modules, desc: 'ABI of native modules' },
  ]);
}

function classLoading({ commonJsModules }: ProcessFacts): Item[] {
  return present([{ name: 'LOADED-CLASS-COUNT', value: commonJsModules, desc: 'CommonJS modules' }]);
}

function collectors(): Item[] {
  const desc = 'counted while a dashboard runs';
  return ['scavenge', 'mark_sweep_compact'].map((name) => ({ name, value: { name }, desc }));
}

/** Which collector cleans which space. Source: V8's src/heap; the read-only space is never collected. */
function memoryManagers({ spaces }: MemoryFacts): Item[] {
  const names = spaces.map(({ name }) => name.toLowerCase());
  const young = names.filter((name) => name.startsWith('new_'));
  const collected = names.filter((name) => name !== 'read_only_space');
  return [
    { name: 'scavenge', value: young },
    { name: 'mark_sweep_compact', value: collected },
  ];
}

function memoryItems(facts: MemoryFacts): Item[] {
  const desc = 'memory in bytes';
  const outside = Math.max(0, facts.rss - facts.heapResident);
  const heap: Usage = {
    name: 'HEAP-MEMORY-USAGE',
    used: facts.heapUsed,
    committed: facts.heapTotal,
    max: facts.heapLimit,
  };
  const nonheap: Usage = { name: 'NO-HEAP-MEMORY-USAGE', used: outside, committed: outside, max: -1 };
  return [heap, nonheap].map((value) => ({ name: value.name, value, desc }));
}

function system({ host }: ProcessFacts): Item[] {
  return present([
    { name: 'OS', value: host.osName },
    { name: 'ARCH', value: host.arch },
    { name: 'MACHINE', value: host.machine },
    { name: 'PROCESSORS-COUNT', value: host.processors },
    { name: 'LOAD-AVERAGE', value: host.loadAverage },
    { name: 'VERSION', value: host.osVersion },
  ]);
}

async function threads(target: Target): Promise<Item[]> {
  const own = await ownThread(target);
  const count = threadStats(target.process.pid).filter(({ tid }) => tid !== own).length;
  return [{ name: 'COUNT', value: count }];
}

function descriptors(pid: number): Item[] {
  const { limit, open } = descriptorCount(pid);
  return [
    { name: 'MAX-FILE-DESCRIPTOR-COUNT', value: limit ?? -1 },
    { name: 'OPEN-FILE-DESCRIPTOR-COUNT', value: open ?? -1, desc: "with the probe's own" },
  ];
}

function present(items: readonly Item[]): Item[] {
  return items.filter(({ value }) => value !== undefined);
}

function label({ name, desc }: Item): string {
  return desc === undefined ? name : `${name} (${desc})`;
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? '[]' : value.join('\n');
  if (typeof value !== 'object' || value === null) return String(value);
  const { used, committed, max, name } = value as Partial<Usage>;
  if (used === undefined || committed === undefined || max === undefined) return String(name);
  return `${formatBytes(used)} used, ${formatBytes(committed)} committed, ${max < 0 ? 'no' : formatBytes(max)} maximum`;
}
