import { errorText, RemoraError } from '../../base/index.js';
import type { RecordedEvent, Target } from '../../target/index.js';
import type { CommandArguments, CommandContext, CommandEnd, Result } from '../command.js';
import { isInterrupted } from '../errors.js';
import { type OutputFile, outputOf } from '../output/index.js';
import { pause } from '../pause.js';
import { nothingTaken, profilerError } from './errors.js';
import { formatOf } from './formats/index.js';
import { profilerFinish } from './limits.js';
import { ignoredOptions, startNotices } from './options.js';
import { EVENT_TITLES, isMemory } from './profile.js';
import { Profiler, type ProfilerStatus } from './profilers.js';
import { type DrawWish, drawWish, type EventWish, eventWish } from './wish.js';
import { openProfileFile, profileText, type Written, writeProfile } from './writeProfile.js';

type Steps = AsyncGenerator<Result, CommandEnd | undefined, void>;

/** What one action is run with: an `execute` has arguments of its own. */
export interface ActionContext {
  readonly context: CommandContext;
  readonly action: string;
  readonly args: CommandArguments;
}

/** Of a profile that is waited for: a message each time this share of it is over, and no more often than once in: */
const PROGRESS_SHARE = 0.1;
const PROGRESS_LEAST_MS = 1000;

export const ACTIONS: Readonly<Record<string, (asked: ActionContext) => Steps>> = {
  start: (asked) => start(asked, false),
  resume: (asked) => start(asked, true),
  stop: (asked) => finish(asked, 'stop'),
  dump: (asked) => finish(asked, 'dump'),
  status,
  meminfo,
  list: (asked) => say(asked, EVENT_LIST),
  version,
  load: (asked) =>
    say(asked, "Nothing to load: the profiler is V8's own, which every Node.js process has.\n"),
  execute,
  dumpCollapsed: (asked) => text(asked, 'collapsed'),
  dumpFlat: (asked) => text(asked, 'flat'),
  dumpTraces: (asked) => text(asked, 'traces'),
  getSamples,
  actions: async function* ({ action }): Steps {
    yield { type: 'profiler', action, supportedActions: Object.keys(ACTIONS), executeResult: undefined };
    return undefined;
  },
};

const EVENT_LIST = `Basic events:
  cpu    where CPU time goes, by functions of JavaScript (sampled, 100 times a second)
  wall   the same with the time in which the main thread had nothing to do, by what was pending then,
         and with --await how long async functions waited, and where
  alloc  what allocates memory, in use or not (sampled by bytes)
  heap   of what is allocated while it runs: what is in use at the end
`;

async function* start(asked: ActionContext, resumed: boolean): Steps {
  const { context, action, args } = asked;
  const wish = eventWish(args);
  const draw = drawWish(args, wish.event);
  const waits = args.options.wait === true;
  if (waits && wish.seconds === undefined) throw profilerError('--wait needs -d SECONDS: how long to wait');
  if (resumed && wish.event === 'heap')
    throw profilerError('a heap profile cannot be resumed; start another');
  const target = await context.target();
  const profiler = Profiler.of(target);
  const output = outputOf(context.services);
  // Before the process is touched: a disk that is full, or a name that is taken.
  const file =
    wish.seconds === undefined && draw.file === undefined
      ? undefined
      : await openProfileFile(output, draw, target.process.pid);
  try {
    await profiler.start(
      {
        ...wish,
        opened: file && { file, draw },
        holder: holderOf(context, wish),
        version: context.services.version,
        onEnd: async (profile) => {
          const into = file ?? (await openProfileFile(output, draw, target.process.pid));
          const written = await writeProfile(profile, draw, into);
          profiler.lastNews = `the profile of ${wish.event} ended; it is in ${writtenText(written)}`;
          return written;
        },
        onLost: async () => file?.abort(),
      },
      context.signal,
      resumed,
    );
  } catch (error) {
    await file?.abort();
    throw error;
  }
  const facts = {
    type: 'profiler',
    action,
    format: draw.format,
    outputFile: file?.path,
    url: file?.url,
    duration: wish.seconds,
  };
  for (const message of startNotices(args.options, wish.awaits)) yield { type: 'message', message };
  const folder =
    /\//.test(draw.file ?? '') && file
      ? `Files are written to the agent's output folder only: ${file.path}\n`
      : '';
  if (!waits) {
    const executeResult = `${startedText(wish, target)}${folder}${endText(profiler, wish, file)}`;
    yield { ...facts, executeResult };
    return undefined;
  }
  return yield* waitFor(asked, profiler, file?.path);
}

/** Who is refused meanwhile is told this. */
function holderOf({ caller }: CommandContext, { event, seconds }: EventWish): string {
  return `\`profiler start -e ${event}${seconds === undefined ? '' : ` -d ${seconds}`}\` of ${caller.user}`;
}

function startedText({ event, interval, workers }: EventWish, { process }: Target): string {
  const every = isMemory(event) ? `every ${Math.round(interval / 1024)} KB` : `every ${interval / 1e6} ms`;
  return `Profiling started: ${EVENT_TITLES[event]} of ${process.name} (${process.pid})${workers ? ', worker threads included' : ''}, ${every}\n`;
}

function endText(
  profiler: Profiler,
  { seconds }: EventWish,
  file: { path: string; url: string } | undefined,
): string {
  if (seconds !== undefined && file) {
    return `profiler will silent stop after ${seconds} seconds.\nprofiler output file will be: ${file.path}\nto be fetched from ${file.url}\n`;
  }
  return `'profiler stop' ends it and writes the file; it ends by itself after ${profiler.status?.of ?? 0} seconds.\n`;
}

async function* waitFor(
  { context, action, args }: ActionContext,
  profiler: Profiler,
  path: string | undefined,
): Steps {
  const { signal, suspension } = context;
  const status = profiler.status;
  const forget = suspension && profiler.takePart(suspension);
  const every = Math.max(PROGRESS_LEAST_MS, (status?.of ?? 0) * 1000 * PROGRESS_SHARE);
  yield { type: 'message', message: `Profiling for ${status?.of ?? 0} s; the file will be ${path ?? ''}` };
  for (let now = status; now && !signal.aborted; now = profiler.status) {
    const left = now.of - now.seconds;
    await pause(context, Math.min(every, Math.max(100, left * 1000)));
    const after = profiler.status;
    if (after && after.of - after.seconds > 0.2 && !signal.aborted) {
      yield {
        type: 'message',
        message: `${Math.round(after.seconds)} of ${after.of} s`,
      };
    }
  }
  forget?.();
  const unfinished = signal.aborted ? profiler.status : undefined;
  if (unfinished) return yield* cutShort(context, action, profiler, unfinished);
  const written = await profiler.written();
  yield written
    ? writtenResult(action, written, Number(args.options.duration ?? args.options.timeout))
    : { type: 'message', message: profiler.lastNews ?? 'it ended' };
  return written ? undefined : { statusCode: 1, message: profiler.lastNews };
}

/** Interrupted, it shows what was seen until then; killed, it leaves nothing, the file that was opened included. */
async function* cutShort(
  { signal, finishes }: CommandContext,
  action: string,
  profiler: Profiler,
  { seconds, of }: ProfilerStatus,
): Steps {
  const opened = profiler.claimFile();
  if (!isInterrupted(signal) || !opened) {
    await profiler.abandon('its command was ended');
    return undefined;
  }
  finishes?.(profilerFinish.value);
  try {
    const written = await writeProfile(await profiler.stop(), opened.draw, opened.file);
    const after = Math.round(seconds * 10) / 10;
    profiler.lastNews = `the profile was interrupted after ${after} of ${of} s; it is in ${writtenText(written)}`;
    yield {
      type: 'message',
      message: `Interrupted after ${after} of ${of} s: this is the profile until then`,
    };
    yield writtenResult(action, written, after);
  } finally {
    await opened.file.abort();
  }
  return undefined;
}

async function* finish(asked: ActionContext, what: 'stop' | 'dump'): Steps {
  const { context, action, args } = asked;
  const target = await context.target();
  const profiler = Profiler.of(target);
  const wished = drawWish(args, profiler.status?.event ?? profiler.last?.event);
  if (what === 'stop' && !profiler.status)
    throw profilerError(`Profiler is not active${profiler.lastNews ? `; ${profiler.lastNews}` : ''}`);
  const output = outputOf(context.services);
  const { file, draw } = await fileOf(asked, profiler, wished, () =>
    openProfileFile(output, wished, target.process.pid),
  );
  let written: Written;
  let seconds: number;
  try {
    const profile = await profiler[what]();
    seconds = profile.durationMs / 1000;
    written = await writeProfile(profile, draw, file);
  } finally {
    await file.abort();
  }
  for (const message of ignoredOptions(args.options)) yield { type: 'message', message };
  yield writtenResult(action, written, Math.round(seconds * 10) / 10);
  return undefined;
}

/** Without a wish of its own `stop` writes what `start` was told to. */
async function fileOf(
  { action, args: { options } }: ActionContext,
  profiler: Profiler,
  draw: DrawWish,
  open: () => Promise<OutputFile>,
): Promise<{ readonly file: OutputFile; readonly draw: DrawWish }> {
  const begun = action === 'dump' ? undefined : profiler.claimFile();
  const own = [options.file, options.format, options.output].some((value) => value !== undefined);
  if (begun && !own) return begun;
  await begun?.file.abort();
  return { file: await open(), draw };
}

export function writtenResult(action: string, written: Written, duration: number): Result {
  const { format, path, url, bytes, samples, text } = written;
  const shown = text === undefined || format === 'collapsed' ? '' : `\n${text}`;
  return {
    type: 'profiler',
    action,
    format,
    outputFile: path,
    url,
    bytes,
    samples,
    duration,
    executeResult: `OK: ${samples} samples in ${duration} s\nprofiler output file: ${path}\nto be fetched from ${url}\n${samples === 0 ? NOTHING_SEEN[written.event] : ''}${shown}`,
  };
}

const NOTHING_SEEN: Readonly<Record<RecordedEvent, string>> = {
  cpu: "Nothing was sampled: the thread had nothing to do. 'profiler start -e wall' shows what it waits for.\n",
  wall: 'Nothing was sampled: ask for longer.\n',
  alloc: 'Nothing was sampled: little was allocated. Ask for longer, or for a smaller interval: -i 64k.\n',
  heap: 'Nothing was sampled: what was allocated is not in use any more, or little was. Ask for longer, or for a smaller interval: -i 64k.\n',
};

function writtenText({ path, url, samples }: Written): string {
  return `${path} (${url}), ${samples} samples`;
}

async function* status({ context, action }: ActionContext): Steps {
  const profiler = Profiler.of(await context.target());
  const now = profiler.status;
  const news = profiler.lastNews
    ? ` ${profiler.lastNews[0]?.toUpperCase()}${profiler.lastNews.slice(1)}.`
    : '';
  const text = now
    ? `Profiling ${now.isResting ? 'rests (its job is suspended), it ran' : 'is running'} for ${Math.floor(now.seconds)} seconds: ${EVENT_TITLES[now.event]}, of ${now.of} s at most, ${now.samples} samples taken over so far, by ${now.holder}`
    : `Profiler is not active.${news}`;
  yield {
    type: 'profiler',
    action,
    executeResult: `${text}\n`,
    running: now !== undefined,
    event: now?.event,
    samples: now?.samples,
  };
  return undefined;
}

async function* meminfo({ context, action }: ActionContext): Steps {
  const profiler = Profiler.of(await context.target());
  const trees = profiler.trees;
  const nodes = trees.reduce((sum, { tree }) => sum + tree.size, 0);
  yield* say(
    { context, action },
    `Call trace storage: ${nodes} functions in ${trees.length} call trees, about ${Math.ceil((nodes * NODE_BYTES) / 1024)} KB, all in the agent;\nthe process itself holds what V8 sampled since it was taken over last, a minute's worth at most.\n`,
  );
  return undefined;
}

const NODE_BYTES = 300;

async function* say({ action }: Pick<ActionContext, 'action' | 'context'>, executeResult: string): Steps {
  yield { type: 'profiler', action, executeResult };
  return undefined;
}

async function* version({ context, action }: ActionContext): Steps {
  const process = await context.process();
  const node = process
    ? `, Node.js ${process.nodeVersion || 'of unknown version'} of ${process.name} (${process.pid})`
    : '';
  yield {
    type: 'profiler',
    action,
    executeResult: `Remora ${context.services.version} with the sampling profilers of V8${node}\n`,
  };
  return undefined;
}

async function* text(
  { context, action, args }: ActionContext,
  format: 'collapsed' | 'flat' | 'traces',
): Steps {
  const profiler = Profiler.of(await context.target());
  const [, argument = ''] = args.positional;
  const wish = drawWish({ ...args, options: { ...args.options, format, file: undefined } }, undefined);
  const top = /^\d{1,6}$/.test(argument) ? Number(argument) : undefined;
  const { text: made, samples } = profileText(await profiler.dump(), {
    ...wish,
    top,
    total: wish.total || argument === 'total',
  });
  yield { type: 'profiler', action, actionArg: argument || undefined, format, samples, executeResult: made };
  return undefined;
}

async function* getSamples({ context, action, args }: ActionContext): Steps {
  const profiler = Profiler.of(await context.target());
  if (!profiler.status && !profiler.last) throw nothingTaken();
  const { samples } = profileText(await profiler.dump(), {
    ...drawWish(args, undefined),
    format: 'flat',
    top: 0,
  });
  yield { type: 'profiler', action, samples, executeResult: `${samples}\n` };
  return undefined;
}

/** `execute start,event=wall,interval=5ms,file=x.html`: the arguments of async-profiler's agent in one word. */
async function* execute({ context, args, action }: ActionContext): Steps {
  const [, line = ''] = args.positional;
  if (line === '')
    throw profilerError("'profiler execute' needs a line: profiler execute 'start,event=cpu,file=x.html'");
  const [name = '', ...rest] = line.split(',');
  const run = name === 'execute' || !Object.hasOwn(ACTIONS, name) ? undefined : ACTIONS[name];
  if (!run) throw profilerError(`'${name.slice(0, 50)}' begins no line: ${Object.keys(ACTIONS).join(', ')}`);
  const options: Record<string, string | number | boolean | undefined> = { ...args.options } as Record<
    string,
    undefined
  >;
  for (const part of rest) Object.assign(options, executedOption(part));
  yield* run({ context, action, args: { ...args, options, positional: [name] } });
  return undefined;
}

const NUMBERS = new Set(['duration', 'timeout', 'minwidth', 'jstackdepth']);
const WORDS = new Set([
  'event',
  'interval',
  'file',
  'title',
  'include',
  'exclude',
  'format',
  'output',
  'alloc',
  'wall',
]);
const FLAGS = new Set(['await', 'threads', 'reverse', 'total', 'live', 'wait']);

function executedOption(part: string): Record<string, string | number | boolean> {
  const [name = '', ...values] = part.split('=');
  const value = values.join('=');
  if (FLAGS.has(name)) return { [name]: true };
  if (WORDS.has(name) && value !== '') return { [name]: value };
  if (NUMBERS.has(name) && /^\d{1,9}(\.\d+)?$/.test(value)) return { [name]: Number(value) };
  if (values.length === 0 || /^(flat|traces|md)$/.test(name)) {
    try {
      formatOf(name as never);
      return { format: value === '' ? name : `${name}=${value}` };
    } catch {
      // Said below.
    }
  }
  throw profilerError(`'${part.slice(0, 50)}' is no option of 'profiler execute'`);
}

/** The texts of the sheet for what goes wrong. */
export function asProfilerError(error: unknown): unknown {
  return error instanceof RemoraError &&
    /^(profile|nothing-profiled|heap-sampled|too-many-profiles)/.test(error.code)
    ? profilerError(errorText(error))
    : error;
}
