import { epochMs, errorText } from '../../base/index.js';
import {
  heapUsed,
  memoryHeadroom,
  type Target,
  takeHeapSnapshot,
  takeProfileTurn,
} from '../../target/index.js';
import { type Command, type CommandContext, CommandFailure } from '../command.js';
import { EventQueue } from '../eventQueue.js';
import { SNAPSHOT_IS_WHOLE } from '../heap/takeSnapshot.js';
import { type OutputFile, outputNameOf, outputOf, outputStamp } from '../output/index.js';
import { type HeapCost, heapCost, heapObjection } from '../profiler/heapCost.js';
import { heapDumpBytes, heapDumpWait } from '../profiler/limits.js';
import { formatBytes } from '../render/index.js';

const NATIVE_END = '.heapsnapshot';
/** Taken from the process and not written yet; beyond it the disk is too slow. */
const UNWRITTEN_BYTES = 256 * 1024 * 1024;
const TENTH = 10;

export const heapdump: Command = {
  name: 'heapdump',
  summary: 'Write the heap to a file for DevTools; the process stands still',
  description:
    "First says how long the main thread will stand still and how much memory it will take, measured against the memory limits of the process (its cgroup's too) and the agent's disk; refuses where that looks bad, or the heap is larger than the limit `heap-dump-bytes`, unless `--force` is given. `profiler start -e heap -d 30` shows what holds memory by sampling, without a stall. The file (`.heapsnapshot`: open it in Chrome DevTools, Memory, Load) lies in the agent's output folder and is fetched from `url` by who has the role. It holds every string of the process: passwords, tokens, personal data. Interrupted, nothing is kept; V8 goes on to the end of its snapshot, since nothing can stop it; for the same reason Ctrl-Z is refused.",
  examples: [
    { line: 'heapdump shop.heapsnapshot', shows: 'estimates, then writes the heap of a small process' },
  ],
  options: [
    {
      short: 'l',
      long: 'live',
      kind: 'flag',
      summary: 'Only what is reachable: V8 always collects garbage first, so this changes nothing',
    },
    { long: 'force', kind: 'flag', summary: 'Also where the estimate speaks against it' },
  ],
  args: [
    {
      name: 'file',
      required: false,
      summary: "Name of the file in the agent's output folder; heapdump-TIME.heapsnapshot unless given",
    },
  ],
  needs: 'target',
  risk: 'change',
  results: [
    {
      type: 'heapdump',
      fields: [
        { name: 'dumpFile', type: 'string', summary: "The file, on the agent's host" },
        { name: 'live', type: 'boolean', summary: 'As it was asked for' },
        {
          name: 'url',
          type: 'string',
          summary: 'Where it is fetched, below any address of the agent, by role admin',
        },
        { name: 'bytes', type: 'int', summary: 'Size of the file' },
        { name: 'stallMs', type: 'int', summary: 'How long the main thread stood still, about' },
      ],
    },
  ],
  cost: 'The main thread stands still: about 150 s for each GB of the heap, and ten times the heap in memory meanwhile (measured on small objects, Node.js 24). Said before it is done.',
  async *run(context) {
    const { args, services, signal, suspension } = context;
    const live = args.options.live === true;
    const output = outputOf(services);
    const target = await context.target();
    const cost = heapCost(await heapUsed(target, signal));
    yield { type: 'message', message: estimateText(cost, target) };
    if (args.options.force !== true) refuse(cost, target, await output.room());
    const file = await output.create(fileName(args.positional[0], live), {
      risk: 'change',
      whenTaken: args.positional[0] === undefined ? 'number' : 'refuse',
    });
    yield { type: 'message', message: `Dumping heap to ${file.path} ...` };
    const allow = suspension?.refuse(SNAPSHOT_IS_WHOLE);
    const dump = new Dump(context, target, file);
    try {
      yield* dump.progress(signal);
      const stallMs = await dump.ended;
      yield { type: 'message', message: 'Heap dump file created' };
      yield { type: 'heapdump', dumpFile: file.path, live, url: file.url, bytes: file.bytes, stallMs };
      return undefined;
    } catch (error) {
      if (signal.aborted) {
        yield {
          type: 'message',
          message: 'Interrupted: no file is kept; V8 finishes its snapshot all the same',
        };
        return undefined;
      }
      throw new CommandFailure(`heap dump error: ${errorText(error)}`);
    } finally {
      allow?.();
      await file.abort();
    }
  },
  render(result, style) {
    const { dumpFile, url, bytes, stallMs } = result as Record<string, unknown>;
    return [
      `${style.bold(String(dumpFile))}  ${formatBytes(Number(bytes))}, the main thread stood still for ${(Number(stallMs) / 1000).toFixed(1)} s`,
      `to be fetched from ${String(url)}; DevTools: Memory, Load profile`,
    ].join('\n');
  },
};

/** A snapshot on its way into a file. */
class Dump {
  readonly ended: Promise<number>;
  readonly #news = new EventQueue<{ readonly percent: number } | 'ended'>();

  constructor({ signal, caller }: CommandContext, target: Target, file: OutputFile) {
    this.ended = this.#run(target, file, signal, `\`heapdump\` of ${caller.user}`).finally(() =>
      this.#news.push('ended'),
    );
    this.ended.catch(() => {});
  }

  /** A message for each tenth of it, as it goes on. */
  async *progress(signal: AbortSignal): AsyncGenerator<{ type: string; message: string }, void, void> {
    let shown = 0;
    while (!signal.aborted) {
      const news = await this.#news.next(60_000, signal);
      if (news === 'ended') return;
      if (!news || news.percent < shown + TENTH) continue;
      shown = news.percent - (news.percent % TENTH);
      yield { type: 'message', message: `${shown} % of the objects looked at` };
    }
  }

  async #run(target: Target, file: OutputFile, signal: AbortSignal, holder: string): Promise<number> {
    const turn = takeProfileTurn(target.process, holder);
    const lease = target.lease(holder);
    const gone = new AbortController();
    let unwritten = 0;
    let fault: unknown;
    const began = performance.now();
    try {
      await takeHeapSnapshot(
        target,
        {
          take: (text) => {
            if (fault !== undefined) return;
            const data = Buffer.from(text, 'utf8');
            unwritten += data.length;
            if (unwritten > UNWRITTEN_BYTES) gone.abort();
            file.write(data).then(
              () => {
                unwritten -= data.length;
              },
              (error: unknown) => {
                fault ??= error;
                gone.abort();
              },
            );
          },
          progress: (done, total) => {
            if (total > 0) this.#news.push({ percent: Math.min(100, Math.floor((100 * done) / total)) });
          },
        },
        { signal: AbortSignal.any([signal, gone.signal]), timeoutMs: heapDumpWait.value * 1000 },
      );
      const stallMs = Math.round(performance.now() - began);
      await file.close();
      return stallMs;
    } catch (error) {
      if (fault === undefined && gone.signal.aborted)
        throw new Error('the disk of the agent is slower than the process writes; nothing was kept');
      throw fault ?? error;
    } finally {
      turn.release();
      lease.release();
    }
  }
}

function estimateText(
  { heapBytes, stallMs, memoryBytes, fileBytes }: HeapCost,
  { process: { name, pid } }: Target,
): string {
  return `The heap of ${name} (${pid}) has ${formatBytes(heapBytes)}: its main thread will stand still for about ${seconds(stallMs)}, take up to ${formatBytes(memoryBytes)} more memory meanwhile, and the file will have about ${formatBytes(fileBytes)}. The file will hold every string of the process, secrets too.`;
}

/** @throws CommandFailure with the way out */
function refuse(cost: HeapCost, target: Target, room: { limit: number; disk: number }): void {
  const headroom = memoryHeadroom(target.process.pid);
  const objection = heapObjection(cost, headroom, room);
  if (!objection) return;
  const why = {
    'heap-too-large': `the heap is larger than ${formatBytes(heapDumpBytes.value)}, the limit heap-dump-bytes`,
    'memory-too-scarce': `only ${formatBytes(headroom.bytes)} of memory are left to it (${headroom.limitedBy}), and the kernel may end it`,
    'disk-too-small': `only ${formatBytes(Math.min(room.limit, room.disk))} are left for the file (${room.limit < room.disk ? 'limits output-file-bytes and output-bytes' : "the disk of the agent's state folder"})`,
  }[objection];
  throw new CommandFailure(
    `heap dump error: refused, since ${why}. 'profiler start -e heap -d 30 --wait' shows what holds memory by sampling, without a stall; --force dumps all the same`,
  );
}

function seconds(ms: number): string {
  return ms < 1000
    ? 'half a second'
    : ms < 60_000
      ? `${Math.ceil(ms / 1000)} s`
      : `${(ms / 60_000).toFixed(1)} min`;
}

/** The last part of what was named: files lie in the output folder only. */
function fileName(named: string | undefined, live: boolean): string {
  if (named === undefined)
    return `heapdump-${outputStamp(new Date(epochMs()))}${live ? '-live' : ''}${NATIVE_END}`;
  const name = outputNameOf(named.replace(/.*\//s, '') || 'heapdump', 140);
  return name.endsWith(NATIVE_END) ? name : `${name.replace(/\.hprof$/, '')}${NATIVE_END}`;
}
