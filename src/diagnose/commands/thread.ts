import { setTimeout as sleep } from 'node:timers/promises';
import type { NativeWait, Target } from '../../target/index.js';
import { type Command, type CommandContext, CommandFailure, type Result, type Style } from '../command.js';
import { renderStack, type StackFrame } from '../frames.js';
import { pause } from '../pause.js';
import { renderTable } from '../render/index.js';
import {
  countStates,
  sampleThreads,
  THREAD_STATES,
  type ThreadRow,
  type ThreadState,
} from '../threadRows.js';
import { busyThread, mainStack, type ThreadStack, threadInfo } from '../threads.js';
import { enterWorkers, rowById } from '../workerThreads.js';

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
    'Rows are OS threads: the main thread, worker_threads by their own names, and as Node calls them (from 22 on) libuv’s pool and V8’s helpers. The JavaScript stack of the main thread and of workers is read by an interrupt; nothing is paused, and the probe’s own thread is never entered, and left out unless --all. An id is that of the OS thread; else a worker’s number in node:worker_threads, where 0 (and 1, unless it is a worker’s) is the main thread.',
  examples: [
    { line: 'thread', shows: 'all threads with state and CPU over 200 ms' },
    { line: 'thread -n 3 -i 1000', shows: 'the three busiest of one second, with the JavaScript stack' },
    { line: 'thread -b', shows: 'the stack that blocks the event loop now' },
    { line: 'thread 4242', shows: 'one thread' },
    { line: 'thread 1', shows: 'the main thread, or the application’s worker 1' },
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
  args: [{ name: 'id', required: false, summary: 'Id of one thread (first column), or a worker’s number' }],
  needs: 'target',
  risk: 'read',
  results: [
    {
      type: 'thread',
      fields: [
        { name: 'all', type: 'bool', summary: 'Whether --all was given' },
        {
          name: 'threadStats',
          type: '{id,name,group,threadId?,priority,state,cpu,deltaTime,time,interrupted,daemon}[]?',
          summary:
            'Threads, busiest first; times in ms, cpu in percent of one core; threadId of a worker, by its number in node:worker_threads',
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
  cost: 'Times are read from /proc. A stack is one interrupt of the main thread, measured below 1 ms; names, numbers and stacks of workers cost each of them 0.7 ms and the main thread 0.6 ms (no worker: nothing); -b takes two interrupts and one timer.',
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

function rowsOf(context: CommandContext, target: Target): Promise<ThreadRow[]> {
  const { sampleInterval, all } = context.args.options as unknown as Options;
  return sampleThreads(target, sampleInterval, all === true, context);
}

async function list(context: CommandContext, target: Target, state: string | undefined) {
  const { rows } = await enterWorkers(target, await rowsOf(context, target), context.signal);
  return {
    threadStats: state === undefined ? rows : rows.filter((row) => row.state === state),
    threadStateCount: countStates(rows),
  };
}

async function busiest(context: CommandContext, target: Target, most: number) {
  const { pid } = target.process;
  const { signal } = context;
  const sampled = await rowsOf(context, target);
  const { rows, stacks } = await enterWorkers(target, most < 0 ? sampled : sampled.slice(0, most), signal);
  const main = rows.some(({ id }) => id === pid) ? await mainStack(target, false, signal) : undefined;
  return {
    busyThreads: rows.map((row) => busyThread(pid, row, stackOf(pid, row, main, stacks))),
  };
}

async function one(context: CommandContext, target: Target, id: string) {
  const { pid } = target.process;
  const { signal } = context;
  const all = await sampleThreads(target, 0, true);
  const { rows, stacks } = await enterWorkers(target, all, signal);
  const row = rowById(pid, rows, id);
  if (!row) throw new CommandFailure(`thread do not exist! id: ${id}`, FAILURE);
  const main = row.id === pid ? await mainStack(target, false, signal) : undefined;
  return { threadInfo: threadInfo(pid, row, stackOf(pid, row, main, stacks)) };
}

function stackOf(
  pid: number,
  { id }: ThreadRow,
  main: ThreadStack | undefined,
  workers: ReadonlyMap<number, ThreadStack>,
): ThreadStack | undefined {
  return id === pid ? main : workers.get(id);
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
    await pause(context, sampleInterval);
    signal.throwIfAborted();
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
