import type { Command, Result, Style } from '../command.js';
import { renderStack, type StackFrame } from '../frames.js';
import { LoopBlocks } from '../loopBlocks.js';
import { type LoopSample, LoopWatch } from '../loopWatch.js';

interface Blocked {
  readonly sinceMs: number;
  readonly native: boolean;
  readonly stack?: readonly StackFrame[];
  readonly state?: string;
  readonly wchan?: string;
  readonly children?: readonly { readonly pid: number; readonly name: string }[];
}

interface Unblocked {
  readonly durationMs: number;
  readonly native: boolean;
  readonly stack?: readonly StackFrame[];
}

interface Interval extends LoopSample {
  readonly blockCount: number;
  readonly blockedMs: number;
  readonly repeated?: readonly { readonly at: string; readonly count: number; readonly totalMs: number }[];
}

export const loop: Command = {
  name: 'loop',
  summary: 'Watch the event loop: utilization, lag, and the stack of whatever blocks it',
  description:
    'A block longer than the threshold is told while it lasts, with the JavaScript stack that blocks; native code (a synchronous child process, a long native computation) cannot be interrupted, so there the state of the thread and its child processes are told, and the stack once it returns. A stack that blocks again is counted in the interval it fell into.',
  examples: [
    { line: 'loop', shows: 'one line per second, and every block longer than 50 ms' },
    { line: 'loop -n 10 --threshold 200', shows: 'ten seconds, and blocks longer than 200 ms' },
  ],
  options: [
    {
      short: 'i',
      long: 'interval',
      kind: 'integer',
      default: 1000,
      min: 100,
      max: 60_000,
      summary: 'Milliseconds between two results',
    },
    {
      short: 'n',
      long: 'number-of-execution',
      kind: 'integer',
      min: 1,
      summary: 'End after this many intervals',
    },
    {
      long: 'threshold',
      kind: 'integer',
      default: 50,
      min: 20,
      max: 60_000,
      summary: 'Milliseconds without a turn of the loop that count as blocked',
    },
  ],
  args: [],
  needs: 'target',
  risk: 'read',
  results: [
    {
      type: 'loop',
      fields: [
        { name: 'intervalMs', type: 'int', summary: 'The time that these figures are of' },
        {
          name: 'utilization',
          type: 'double',
          summary: 'Share of the time in which the loop was busy, 0 to 1',
        },
        {
          name: 'lagMeanMs, lagP50Ms, lagP99Ms, lagMaxMs',
          type: 'double',
          summary: 'By how much a timer of 20 ms came late; a block that still lasts is in the maximum',
        },
        {
          name: 'blockCount, blockedMs',
          type: 'int',
          summary: 'Blocks longer than the threshold that ended since the last result, and their time',
        },
        {
          name: 'repeated',
          type: '{at,count,totalMs,maxMs}[]?',
          summary: 'Of these, the ones not told one by one',
        },
        {
          name: 'blocked',
          type: '{block,sinceMs,native,stack?,state?,wchan?,children?}?',
          summary: 'A result of its own: the loop is blocked now, since when, and by what',
        },
        {
          name: 'unblocked',
          type: '{block,durationMs,native,stack?}?',
          summary: 'A result of its own: how long that block was; after native code its callers',
        },
      ],
    },
  ],
  cost: 'While it runs: an empty timer on the main thread (every quarter of the threshold, 10 to 100 ms) and Node’s own lag histogram, measured 0.5 to 1 % of one core on the main thread and as much in our Worker at the default threshold, a quarter of it from 200 ms on. One interrupt per block and per interval. Nothing afterwards.',
  async *run({ args, signal, suspension, target: attach }) {
    const { interval, numberOfExecution, threshold } = args.options as {
      interval: number;
      numberOfExecution?: number;
      threshold: number;
    };
    const target = await attach();
    const watch = new LoopWatch(target, threshold);
    const forget = suspension?.onSuspend(watch);
    const blocks = new LoopBlocks(target);
    try {
      const blind = await watch.start();
      if (blind !== undefined) {
        yield { type: 'message', message: `Blocks are not shown, utilization and lag are: ${blind}` };
      }
      let shown = 0;
      let due = performance.now() + interval;
      while (!signal.aborted) {
        const event = await watch.events.next(due - performance.now(), signal);
        if (event && 'failed' in event) throw event.failed;
        if (event && 'block' in event) {
          const result = await blocks.take(event.block);
          if (result) yield result;
        }
        if (event && 'sample' in event) {
          yield { type: 'loop', ...figures(event.sample), ...blocks.interval() };
          shown += 1;
          if (shown === numberOfExecution) {
            return { statusCode: 0, message: `Process ends after ${shown} time(s).` };
          }
        }
        await suspension?.whileSuspended();
        if (performance.now() < due) continue;
        watch.sample();
        due = Math.max(due + interval, performance.now());
      }
    } finally {
      forget?.();
      await watch.rest();
    }
    return undefined;
  },
  render: (result, style) => {
    if (result.blocked) return renderBlocked(result.blocked as Blocked, style);
    if (result.unblocked) return renderUnblocked(result.unblocked as Unblocked, style);
    return renderInterval(result as Result & Interval, style);
  },
};

/** Comes from a target: only numbers, whatever it sent. */
function figures(sample: LoopSample): LoopSample {
  const number = (value: unknown): number => (typeof value === 'number' ? value : 0);
  return {
    intervalMs: number(sample?.intervalMs),
    utilization: number(sample?.utilization),
    lagMeanMs: number(sample?.lagMeanMs),
    lagP50Ms: number(sample?.lagP50Ms),
    lagP99Ms: number(sample?.lagP99Ms),
    lagMaxMs: number(sample?.lagMaxMs),
  };
}

function renderInterval(result: Interval, style: Style): string {
  const { utilization, lagP50Ms, lagP99Ms, lagMaxMs, blockCount, blockedMs, repeated } = result;
  const percent = `${(utilization * 100).toFixed(1)} %`;
  const busy = utilization > 0.9 ? style.red(percent) : percent;
  const lag = `lag p50 ${lagP50Ms.toFixed(1)} p99 ${lagP99Ms.toFixed(1)} max ${lagMaxMs.toFixed(1)} ms`;
  const blocks = blockCount > 0 ? style.yellow(`  ${blockCount} block(s), ${blockedMs} ms`) : '';
  const again = (repeated ?? []).map(({ at, count, totalMs }) =>
    style.dim(`    ${count} more of ${totalMs} ms in ${at}`),
  );
  return [`loop ${busy}  ${lag}${blocks}`, ...again].join('\n');
}

function renderBlocked({ sinceMs, native, stack, state, wchan, children }: Blocked, style: Style): string {
  if (!native) {
    return [style.red(`blocked for ${sinceMs} ms by`), ...renderStack(stack ?? [])].join('\n');
  }
  const lines = [style.red(`blocked for ${sinceMs} ms in native code`)];
  if (state) lines.push(`    thread state ${state}${wchan ? `, sleeping in ${wchan}` : ''}`);
  for (const child of children ?? []) lines.push(`    child process ${child.pid} ${child.name}`);
  return lines.join('\n');
}

function renderUnblocked({ durationMs, native, stack }: Unblocked, style: Style): string {
  const head = style.green(`free again after ${durationMs} ms`);
  if (!native || !stack || stack.length === 0) return head;
  return [`${head}; the native code was called by`, ...renderStack(stack)].join('\n');
}
