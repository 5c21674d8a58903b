import type { OptionSpec } from '../command.js';

/** What async-profiler has for the JVM and its kernel events, and why nothing here listens to it. */
const ELSEWHERE: readonly (readonly [
  long: string,
  short: string | undefined,
  kind: OptionSpec['kind'],
  why: string,
])[] = [
  ['lock', undefined, 'flag', 'JavaScript has no locks to wait for'],
  ['jfrsync', undefined, 'string', 'there is no Flight Recorder'],
  ['features', 'F', 'string', "V8's stack walker has none to choose"],
  ['signal', undefined, 'string', 'V8 chooses its signal'],
  ['clock', undefined, 'string', 'V8 chooses its clock'],
  ['norm', undefined, 'flag', 'there are no names of hidden classes and lambdas to make alike'],
  ['sched', undefined, 'flag', 'there is one scheduling policy'],
  ['cstack', undefined, 'string', 'V8 shows JavaScript frames; native code is (program)'],
  ['all-user', undefined, 'flag', 'only user code is seen anyway'],
  ['begin', undefined, 'string', 'no native function can be watched for'],
  ['end', undefined, 'string', 'no native function can be watched for'],
  ['ttsp', undefined, 'flag', 'there are no safepoints to wait for'],
  ['chunksize', undefined, 'string', 'it belongs to jfr'],
  ['chunktime', undefined, 'string', 'it belongs to jfr'],
  ['loop', undefined, 'string', 'start the next one yourself'],
  ['simple', 's', 'flag', 'names of functions have no packages before them'],
  ['sig', 'g', 'flag', 'functions of JavaScript have no signatures'],
  ['ann', 'a', 'flag', 'functions are not marked as compiled or not'],
  ['lib', 'l', 'flag', 'the file stands behind the name'],
];

/** Why an option that was given does nothing, a sentence each. */
export function ignoredOptions(options: Readonly<Record<string, unknown>>): string[] {
  return ELSEWHERE.filter(([long]) => {
    const value = options[long === 'all-user' ? 'allUser' : long];
    return value !== undefined && value !== false;
  }).map(([long, , , why]) => `--${long} has no effect on Node.js: ${why}`);
}

const AWAIT_PRICE =
  'Each await takes 0.03 to 0.2 us more until it ends, and 1000 a second some us; above 2 % of a core the hooks are taken off, which the profile says';

/** What is said before a profile begins: also the price of `--await` before it is paid. */
export function startNotices(options: Readonly<Record<string, unknown>>, awaits: boolean): string[] {
  const ignored = ignoredOptions(options);
  if (options.await !== true) return ignored;
  return [...ignored, awaits ? AWAIT_PRICE : '--await has an effect on wall only'];
}

export const PROFILER_OPTIONS: readonly OptionSpec[] = [
  {
    short: 'e',
    long: 'event',
    kind: 'string',
    summary: 'cpu (the default), wall, alloc or heap; `profiler list` says what they show',
  },
  {
    short: 'd',
    long: 'duration',
    kind: 'integer',
    min: 1,
    summary: 'Seconds; it then ends by itself, and the file is there',
  },
  {
    short: 'i',
    long: 'interval',
    kind: 'string',
    summary:
      'Between two samples: nanoseconds (or 10ms, 500us) of cpu and wall, bytes (or 512k) of alloc and heap',
  },
  {
    short: 'f',
    long: 'file',
    kind: 'string',
    summary:
      "Name of the file in the agent's output folder; its ending chooses the format; %p = pid, %t = time",
  },
  {
    short: 'o',
    long: 'format',
    kind: 'string',
    summary: 'flamegraph, pprof, cpuprofile, heapprofile, collapsed, flat[=N], traces[=N], tree, md[=N]',
  },
  { long: 'output', kind: 'string', summary: 'The same as --format' },
  { short: 't', long: 'threads', kind: 'flag', summary: 'The worker threads, too, each by itself' },
  { long: 'workers', kind: 'flag', summary: 'The same as -t' },
  {
    short: 'I',
    long: 'include',
    kind: 'string',
    multiple: true,
    summary: 'Only stacks with a function or file that this matches (`*` = anything)',
  },
  {
    short: 'X',
    long: 'exclude',
    kind: 'string',
    multiple: true,
    summary: 'No stacks with a function or file that this matches',
  },
  { long: 'wait', kind: 'flag', summary: 'Of start -d: stay, tell how it goes, and end with the file' },
  { long: 'title', kind: 'string', summary: 'Title of the flame graph' },
  {
    long: 'reverse',
    kind: 'flag',
    summary: 'The flame graph opens merged by the functions that ran, their callers below',
  },
  {
    long: 'minwidth',
    kind: 'number',
    min: 0,
    max: 100,
    summary: 'Percent below which the flame graph and the tree leave a function out',
  },
  { long: 'total', kind: 'flag', summary: 'Collapsed stacks count nanoseconds or bytes instead of samples' },
  {
    short: 'j',
    long: 'jstackdepth',
    kind: 'integer',
    min: 1,
    max: 2048,
    default: 2048,
    summary: 'Frames of a stack at most',
  },
  { long: 'alloc', kind: 'string', summary: 'The event alloc, and bytes between two samples' },
  { long: 'live', kind: 'flag', summary: 'The event heap: of what is allocated, what is in use at the end' },
  { long: 'wall', kind: 'string', summary: 'The event wall, and the time between two samples' },
  {
    long: 'await',
    kind: 'flag',
    summary: 'Of wall: also how long async functions wait, and where; takes a hook on every promise',
  },
  { long: 'timeout', kind: 'integer', min: 1, summary: 'The same as -d' },
  ...ELSEWHERE.map(
    ([long, short, kind, why]): OptionSpec => ({
      ...(short === undefined ? {} : { short }),
      long,
      kind,
      summary: `No effect: ${why}`,
    }),
  ),
];
