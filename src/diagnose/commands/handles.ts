import { setTimeout as sleep } from 'node:timers/promises';
import type { Target } from '../../target/index.js';
import { dataMap } from '../../wire/index.js';
import { type Command, CommandFailure, type Result, type Style } from '../command.js';
import { renderStack, type StackFrame, stackTrace, wireFrames } from '../frames.js';
import { handleStacks } from '../limits.js';
import { startOnMain, stopSoon } from '../loopWatch.js';
import { renderTable } from '../render/index.js';

interface Group {
  readonly type: string;
  readonly count: number;
  readonly details: readonly Record<string, string | number>[];
}

interface Now {
  readonly handleCount: number;
  readonly requestCount: number;
  readonly handles: readonly Group[];
  readonly requests: readonly Group[];
  readonly resources: Record<string, number>;
}

interface TypeCount {
  readonly type: string;
  readonly made: number;
  readonly alive?: number;
}

interface Made {
  readonly types: readonly TypeCount[];
  readonly stacks: readonly (Required<TypeCount> & {
    readonly frames: unknown;
    readonly timeoutMs?: number;
  })[];
  readonly unlocated: number;
}

interface ShownStack extends Required<TypeCount> {
  readonly timeoutMs?: number;
  readonly stackTrace: readonly StackFrame[];
}

export const handles: Command = {
  name: 'handles',
  summary: 'Show the active handles and requests of a process, or where new ones are made',
  description:
    'Handles are what keeps the event loop alive: sockets, servers, child processes, file watchers, timers. With --watch every asynchronous resource that is made in that time is counted by type and by the stack that made it, with how many of them are still alive: those that only grow are the leak. Node keeps no list of timers that could be read, so without --watch they are only counted.',
  examples: [
    { line: 'handles', shows: 'handles and requests by type, details of the first ten of each' },
    { line: 'handles --watch 5', shows: 'what is made in five seconds, by type and stack' },
  ],
  options: [
    {
      long: 'watch',
      kind: 'number',
      min: 0.1,
      max: 300,
      summary: 'Seconds for which new resources are counted, with their stacks (async_hooks)',
    },
    {
      short: 'n',
      long: 'limits',
      kind: 'integer',
      default: 10,
      min: 0,
      max: 1000,
      summary: 'Details of each type; with --watch, stacks',
    },
  ],
  args: [],
  needs: 'target',
  risk: 'read',
  riskOf: ({ options }) => (options.watch === undefined ? 'read' : 'observe'),
  results: [
    {
      type: 'handles',
      fields: [
        { name: 'handleCount, requestCount', type: 'int?', summary: 'How many there are' },
        {
          name: 'handles, requests',
          type: '{type,count,details:{type,local?,remote?,fd?,pid?,command?,connections?,host?,…}[]}[]?',
          summary: 'By class, most first; details of the first -n',
        },
        {
          name: 'resources',
          type: '{NAME:int}?',
          summary: 'What Node itself counts as active, timers included',
        },
        { name: 'watchedMs', type: 'int?', summary: 'With --watch: for how long' },
        {
          name: 'made',
          type: '{type,made,alive?}[]?',
          summary:
            'With --watch: resources made, and of these alive at the end; ticks and (where Node reports them) promises are only counted',
        },
        {
          name: 'stacks',
          type: '{type,made,alive,timeoutMs?,stackTrace}[]?',
          summary: 'With --watch: where, most alive first',
        },
        { name: 'unlocated', type: 'int?', summary: 'Made beyond the bounds of stacks per second or in all' },
      ],
    },
  ],
  cost: 'Without --watch one look of 0.2 to 1 ms. With --watch every new timer, socket or request costs some 5 to 20 µs (a stack), bounded at 2,000 stacks per second; on Node 20 and 22 also each `await` about 1 µs, since the hook cannot leave promises out there (on 24.21 and 26.10, where these were measured, it can). Nothing afterwards.',
  async *run({ args, signal, suspension, target: attach }) {
    const { watch, limits } = args.options as { watch?: number; limits: number };
    const target = await attach();
    if (watch === undefined) return yield await activeNow(target, limits);
    const allow = suspension?.refuse(
      `--watch looks at what is made from its beginning to its end, ${watch} s`,
    );
    try {
      yield await made(target, watch, limits, signal);
    } finally {
      allow?.();
    }
  },
  render: (result, style, width) =>
    result.made ? renderMade(result, style, width) : renderNow(result as Result & Now, style, width),
};

async function activeNow(target: Target, details: number): Promise<Result> {
  const now = await target.main<Now>('handles', { details });
  const byCount = (groups: readonly Group[]) => [...groups].sort((a, b) => b.count - a.count);
  return {
    type: 'handles',
    handleCount: now.handleCount,
    requestCount: now.requestCount,
    handles: byCount(now.handles),
    requests: byCount(now.requests),
    resources: dataMap(Object.fromEntries(Object.entries(now.resources).sort(([, a], [, b]) => b - a))),
  };
}

async function made(target: Target, seconds: number, most: number, signal: AbortSignal): Promise<Result> {
  const began = performance.now();
  let ended = false;
  try {
    await startOnMain(target, 'handlesWatchStart', { seconds });
    await sleep(seconds * 1000, undefined, { signal }).catch(() => undefined);
    // After an interrupt too: what was seen until then is worth as much.
    const report = await target.main<Made | null>('handlesWatchEnd');
    ended = true;
    if (!report) throw new CommandFailure('the watch was ended by the target', 1);
    const stacks = [...report.stacks].sort((a, b) => b.alive - a.alive || b.made - a.made);
    return {
      type: 'handles',
      watchedMs: Math.round(performance.now() - began),
      made: [...report.types].sort((a, b) => b.made - a.made),
      stacks: await Promise.all(
        stacks.slice(0, Math.min(most, handleStacks.value)).map(async ({ frames, ...counts }) => ({
          ...counts,
          stackTrace: wireFrames(await stackTrace(target, frames)),
        })),
      ),
      unlocated: report.unlocated,
    };
  } finally {
    if (!ended) await stopSoon(target.main('handlesWatchEnd'));
  }
}

function renderNow(result: Now, style: Style, width: number): string {
  const parts = [renderGroups('HANDLES', result.handleCount, result.handles, style, width)];
  if (result.requestCount > 0) {
    parts.push(renderGroups('REQUESTS', result.requestCount, result.requests, style, width));
  }
  const resources = Object.entries(result.resources).map(([name, count]) => `${name} ${count}`);
  parts.push(`${style.bold('ACTIVE RESOURCES')}  ${resources.join(', ') || 'none'}`);
  return parts.join('\n\n');
}

function renderGroups(
  title: string,
  total: number,
  groups: readonly Group[],
  style: Style,
  width: number,
): string {
  const columns = [
    { title, min: 10, paint: style.cyan },
    { title: String(total), align: 'right' as const, min: 4 },
    { title: 'DETAILS', min: 20 },
  ];
  const rows = groups.map(({ type, count, details }) => {
    const lines = details.map(detailText).filter((line) => line !== '');
    if (lines.length > 0 && count > details.length) lines.push(`... ${count - details.length} more`);
    return [type, String(count), lines.join('\n')];
  });
  return renderTable(columns, rows, style, width);
}

function detailText(detail: Record<string, string | number>): string {
  const { local, remote, ...others } = detail;
  const words = local ? [remote ? `${local} -> ${remote}` : String(local)] : [];
  for (const [name, value] of Object.entries(others)) if (name !== 'type') words.push(`${name}=${value}`);
  return words.join(' ');
}

function renderMade(result: Result, style: Style, width: number): string {
  const types = result.made as readonly TypeCount[];
  const columns = [
    { title: 'MADE', align: 'right' as const, min: 6 },
    { title: 'ALIVE', align: 'right' as const, min: 6 },
    { title: 'TYPE', min: 10, paint: style.cyan },
  ];
  const rows = types.map(({ type, made: count, alive }) => [
    String(count),
    alive === undefined ? '-' : String(alive),
    type,
  ]);
  const stacks = (result.stacks as readonly ShownStack[]).map((stack) => {
    const every = stack.timeoutMs === undefined ? '' : `, ${stack.timeoutMs} ms`;
    const head = `${style.cyan(stack.type)}${every}: ${stack.made} made, ${style.bold(`${stack.alive} alive`)}`;
    return [head, ...renderStack(stack.stackTrace)].join('\n');
  });
  const lost = result.unlocated as number;
  if (lost > 0) stacks.push(style.yellow(`${lost} more without a stack: too many at once`));
  return [`in ${String(result.watchedMs)} ms`, renderTable(columns, rows, style, width), ...stacks].join(
    '\n\n',
  );
}
