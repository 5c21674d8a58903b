import { setTimeout as sleep } from 'node:timers/promises';
import type { NativeWait, Target } from '../../target/index.js';
import { type Command, type CommandContext, CommandFailure, type Result, type Style } from '../command.js';
import { renderStack, type StackFrame } from '../frames.js';
import { renderTable } from '../render/index.js';
import {
  busyThread,
  countStates,
  mainStack,
  sampleThreads,
  THREAD_STATES,
  type ThreadRow,
  type ThreadState,
  threadInfo,
} from '../threads.js';

interface Options {
  readonly topNThreads?: number;
  readonly includeBlockingThread?: boolean;
  readonly sampleInterval: number;
  readonly state?: string;
  readonly all?: boolean;
}

interface Stacked {
  readonly stackTrace: readonly StackFrame[];
  readonly native?: NativeWait;
}

interface Info extends Stacked {
  readonly threadId: number;
  readonly threadName: string;
  readonly threadState: string;
}

const FAILURE = 1;
/** An interrupt can fall into Node's own work on its timers; hardly ever twice. */
const ARM_TRIES = 20;

export const thread: Command = {
  name: 'thread',
  summary: 'Show the OS threads of a process, the busiest, or what blocks the event loop',
  description:
    'Rows are OS threads by the names that Node gives them: the main thread, worker_threads by their own names (Node 24 and later), libuv’s pool, V8’s helpers. Only the main thread’s JavaScript stack is read, by an interrupt; application workers are never entered. The probe’s own thread is left out unless --all.',
  examples: [
    { line: 'thread', shows: 'all threads with state and CPU over 200 ms' },
    { line: 'thread -n 3 -i 1000', shows: 'the three busiest of one second, with the JavaScript stack' },
    { line: 'thread -b', shows: 'the stack that blocks the event loop now' },
    { line: 'thread 4242', shows: 'one thread' },
  ],
  options: [
    {
      short: 'n',
      long: 'top-n-threads',
      kind: 'integer',
      min: -1,
      summary: 'The N busiest with their stack; -1 = all',
    },
    {
      short: 'b',
      long: 'include-blocking-thread',
      kind: 'flag',
      summary: 'What blocks the event loop now',
    },
    {
      short: 'i',
      long: 'sample-interval',
      kind: 'integer',
      default: 200,
      min: 10,
      max: 60_000,
      summary: 'Milliseconds over which CPU time is measured',
    },
    { long: 'state', kind: 'string', summary: `Only threads in this state: ${THREAD_STATES.join(', ')}` },
    { long: 'all', kind: 'flag', summary: 'Also the thread of our own probe' },
    {
      long: 'lockedMonitors',
      kind: 'flag',
      summary: 'Accepted for compatibility: JavaScript has no monitors',
    },
    { long: 'lockedSynchronizers', kind: 'flag', summary: 'Accepted for compatibility, as above' },
  ],
  args: [{ name: 'id', required: false, summary: 'Id of one thread (first column)' }],
  needs: 'target',
  risk: 'read',
  results: [
    {
      type: 'thread',
      fields: [
        { name: 'all', type: 'bool', summary: 'Whether --all was given' },
        {
          name: 'threadStats',
          type: '{id,name,group,priority,state,cpu,deltaTime,time,interrupted,daemon}[]?',
          summary: 'Threads, busiest first; times in ms, cpu in percent of one core',
        },
        { name: 'threadStateCount', type: '{STATE:int}?', summary: 'How many threads are in each state' },
        {
          name: 'busyThreads',
          type: '(row + {stackTrace,inNative,blockedCount,waitedCount,lockName?,native?,…})[]?',
          summary:
            'With -n; counts are forced and voluntary context switches, lockName the kernel function slept in',
        },
        {
          name: 'threadInfo',
          type: '{threadId,threadName,threadState,stackTrace,inNative,native?,…}?',
          summary: 'With an id; native:{state,wchan?,children} when the main thread is in native code',
        },
        {
          name: 'blockingLockInfo',
          type: '{threadInfo,lockIdentityHashCode,blockingThreadCount}?',
          summary: 'With -b: the main thread and the stack that keeps the event loop from turning',
        },
      ],
    },
  ],
  cost: 'Threads are read from /proc: the process does nothing. A stack is one interrupt of the main thread, measured at 0.02 to 0.1 ms; -b takes two and one timer.',
  async *run(context) {
    const { options, positional } = context.args;
    const { topNThreads, includeBlockingThread, all = false, state } = options as unknown as Options;
    if (state !== undefined && !isState(state.toUpperCase())) {
      throw new CommandFailure(
        `Illegal argument, state should be one of [${THREAD_STATES.join(', ')}]`,
        FAILURE,
      );
    }
    const target = await context.target();
    const [id] = positional;
    if (id !== undefined) yield { type: 'thread', all, ...(await one(context, target, id)) };
    else if (includeBlockingThread) yield { type: 'thread', all, ...(await blocking(context, target)) };
    else if (topNThreads !== undefined) {
      yield { type: 'thread', all, ...(await busiest(context, target, topNThreads)) };
    } else {
      yield { type: 'thread', all, ...(await list(context, target, state?.toUpperCase())) };
    }
  },
  render: (result, style, width) => {
    if (result.threadInfo) return renderInfo(result.threadInfo as Info, style);
    if (result.blockingLockInfo) {
      const { threadInfo: info } = result.blockingLockInfo as { threadInfo: Info };
      return `${style.red('The event loop is blocked by')}\n${renderInfo(info, style)}`;
    }
    if (result.busyThreads) return renderBusy(result.busyThreads as readonly (ThreadRow & Stacked)[], style);
    return renderList(result, style, width);
  },
};

function isState(text: string): text is ThreadState {
  return (THREAD_STATES as readonly string[]).includes(text);
}

function rowsOf({ args, signal }: CommandContext, target: Target): Promise<ThreadRow[]> {
  const { sampleInterval, all } = args.options as unknown as Options;
  return sampleThreads(target, sampleInterval, all === true, signal);
}

async function list(context: CommandContext, target: Target, state: string | undefined) {
  const rows = await rowsOf(context, target);
  return {
    threadStats: state === undefined ? rows : rows.filter((row) => row.state === state),
    threadStateCount: countStates(rows),
  };
}

async function busiest(context: CommandContext, target: Target, most: number) {
  const { pid } = target.process;
  const rows = await rowsOf(context, target);
  const shown = most < 0 ? rows : rows.slice(0, most);
  const stack = shown.some(({ id }) => id === pid)
    ? await mainStack(target, false, context.signal)
    : undefined;
  return { busyThreads: shown.map((row) => busyThread(pid, row, row.id === pid ? stack : undefined)) };
}

async function one(context: CommandContext, target: Target, id: string) {
  const { pid } = target.process;
  const rows = await sampleThreads(target, 0, true, context.signal);
  const row = rows.find((candidate) => String(candidate.id) === id);
  if (!row) throw new CommandFailure(`thread do not exist! id: ${id}`, FAILURE);
  const stack = row.id === pid ? await mainStack(target, false, context.signal) : undefined;
  return { threadInfo: threadInfo(pid, row, stack) };
}

/** Blocked is a loop that does not turn for a whole sample interval; a request being answered is none. */
async function blocking(context: CommandContext, target: Target) {
  const { pid } = target.process;
  const { signal } = context;
  const { sampleInterval } = context.args.options as unknown as Options;
  let first = await mainStack(target, true, signal);
  for (let tries = 1; !first.armed && first.frames.length > 0 && tries < ARM_TRIES; tries++) {
    await sleep(5, undefined, { signal });
    first = await mainStack(target, true, signal);
  }
  let last = first;
  if (first.frames.length > 0) {
    await sleep(sampleInterval, undefined, { signal });
    last = await mainStack(target, false, signal);
  }
  const stuck = first.armed && last.turns === first.turns && last.frames.length > 0;
  const [row] = (await sampleThreads(target, 0, true)).filter(({ id }) => id === pid);
  if ((!stuck && !last.native) || !row) {
    throw new CommandFailure('No most blocking thread found!', FAILURE);
  }
  return {
    blockingLockInfo: {
      threadInfo: threadInfo(pid, row, last),
      lockIdentityHashCode: 0,
      // The event loop: everything that waits for its turn.
      blockingThreadCount: 1,
    },
  };
}

function renderList(result: Result, style: Style, width: number): string {
  const rows = result.threadStats as readonly ThreadRow[];
  const counts = Object.entries(result.threadStateCount as Record<string, number>);
  const total = counts.reduce((sum, [, count]) => sum + count, 0);
  const states = counts.filter(([, count]) => count > 0).map(([state, count]) => `${state}: ${count}`);
  const columns = [
    { title: 'ID', min: 6, paint: style.cyan },
    { title: 'NAME', min: 8 },
    { title: 'GROUP', min: 5 },
    { title: 'PRIORITY', align: 'right' as const, min: 8 },
    { title: 'STATE', min: 8 },
    { title: '%CPU', align: 'right' as const, min: 5 },
    { title: 'DELTA_TIME', align: 'right' as const, min: 10 },
    { title: 'TIME', align: 'right' as const, min: 8 },
  ];
  const cells = rows.map((row) => [
    String(row.id),
    row.name,
    row.group,
    String(row.priority),
    row.state,
    row.cpu.toFixed(2),
    `${row.deltaTime} ms`,
    seconds(row.time),
  ]);
  return `Threads Total: ${total}, ${states.join(', ')}\n${renderTable(columns, cells, style, width)}`;
}

function renderBusy(rows: readonly (ThreadRow & Stacked)[], style: Style): string {
  return rows
    .map((row) => {
      const figures = `Id=${row.id} cpuUsage=${row.cpu}% deltaTime=${row.deltaTime}ms time=${row.time}ms`;
      return [`${style.bold(`"${row.name}"`)} ${figures} ${row.state}`, ...renderStacked(row)].join('\n');
    })
    .join('\n\n');
}

function renderInfo(info: Info, style: Style): string {
  const head = `${style.bold(`"${info.threadName}"`)} Id=${info.threadId} ${info.threadState}`;
  return [head, ...renderStacked(info)].join('\n');
}

function renderStacked({ stackTrace, native }: Stacked): string[] {
  if (!native) return renderStack(stackTrace);
  const { state, wchan, children } = native;
  const sleeping = wchan ? `, sleeping in ${wchan}` : '';
  return [
    `    in native code (thread state ${state}${sleeping})`,
    ...children.map(({ pid, name }) => `    child process ${pid} ${name}`),
  ];
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(3)} s`;
}
