import { heapSampleBytes, profileRate, profileSeconds, type RecordedEvent } from '../../target/index.js';
import type { CommandArguments } from '../command.js';
import { profilerError } from './errors.js';
import { FORMATS, type FormatName, formatOfFile, parseFormat } from './formats/index.js';
import { profilerRate } from './limits.js';
import { isMemory } from './profile.js';
import { type StackFilter, stackPattern } from './stackFilter.js';

/** What `start` was asked for. */
export interface EventWish {
  readonly event: RecordedEvent;
  /** Samples per second, of cpu and wall. */
  readonly rate?: number;
  /** Bytes between two samples, of alloc and heap. */
  readonly sampleBytes?: number;
  /** Nanoseconds or bytes. */
  readonly interval: number;
  readonly workers: boolean;
  /** How long async functions wait, of wall. */
  readonly awaits: boolean;
  readonly seconds?: number;
}

/** What is to be drawn, and into which file. */
export interface DrawWish {
  readonly format: FormatName;
  /** As it was named; undefined: of our choice. */
  readonly file?: string;
  readonly top?: number;
  readonly filter: StackFilter;
  readonly title?: string;
  readonly reverse: boolean;
  readonly minWidth: number;
  readonly total: boolean;
  readonly depth: number;
}

const EVENTS: Readonly<Record<string, RecordedEvent>> = {
  cpu: 'cpu',
  itimer: 'cpu',
  ctimer: 'cpu',
  wall: 'wall',
  alloc: 'alloc',
  heap: 'heap',
  live: 'heap',
};
const UNITS: Readonly<Record<string, number>> = { ns: 1, us: 1e3, ms: 1e6, s: 1e9 };
const SIZES: Readonly<Record<string, number>> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

export function eventWish({ options }: CommandArguments): EventWish {
  const named = options.event === undefined ? undefined : String(options.event);
  const flags = (['wall', 'alloc', 'live'] as const).filter(
    (flag) => options[flag] !== undefined && options[flag] !== false,
  );
  const asked = [...(named === undefined ? [] : [named]), ...flags];
  const events = new Set(asked.map(eventOf));
  // async-profiler's way to ask for memory in use: what is allocated, of that what lives.
  if (events.has('heap')) events.delete('alloc');
  if (events.size > 1) {
    throw profilerError(
      `one event at a time, not ${[...events].join(' and ')}: V8 has no profile of several`,
    );
  }
  const [event = 'cpu'] = events;
  const distance = ['alloc', 'live', 'wall']
    .map((name) => options[name])
    .find((value) => typeof value === 'string' && value !== '');
  const interval = intervalOf(event, options.interval ?? distance);
  const seconds = options.duration ?? options.timeout;
  if (seconds !== undefined && Number(seconds) > profileSeconds.value) {
    throw profilerError(
      `${String(seconds)} s are more than the ${profileSeconds.value} s that a profile may take; raise it by --limit profile-seconds=N`,
    );
  }
  return {
    event,
    interval,
    ...(isMemory(event) ? { sampleBytes: interval } : { rate: 1e9 / interval }),
    workers: options.threads === true || options.workers === true,
    awaits: event === 'wall' && options.await === true,
    seconds: seconds === undefined ? undefined : Number(seconds),
  };
}

function eventOf(name: string): RecordedEvent {
  const event = Object.hasOwn(EVENTS, name) ? EVENTS[name] : undefined;
  if (event) return event;
  throw profilerError(
    `unknown event '${name.slice(0, 100)}': there are cpu, wall, alloc and heap; 'profiler list' says what they show`,
  );
}

/** `10000000`, `10ms`, `500us`; of memory `524288`, `512k`, `1m`. */
function intervalOf(event: RecordedEvent, given: unknown): number {
  if (given === undefined)
    return isMemory(event) ? heapSampleBytes.value : Math.round(1e9 / Math.max(1, profileRate.value));
  const [, digits = '', unit = ''] = /^(\d{1,12})(ns|us|ms|s|k|m|g)?$/i.exec(String(given)) ?? [];
  const scale = isMemory(event) ? SIZES[unit.toLowerCase()] : UNITS[unit === '' ? 'ns' : unit.toLowerCase()];
  const value = Number(digits) * (scale ?? Number.NaN);
  if (digits === '' || !(value > 0)) {
    const like = isMemory(event)
      ? 'bytes between two samples: 524288, 512k, 1m'
      : 'nanoseconds between two samples: 10000000, 10ms, 500us';
    throw profilerError(`the interval '${String(given).slice(0, 50)}' is not ${like}`);
  }
  if (isMemory(event)) {
    if (value < LEAST_DISTANCE)
      throw profilerError(
        `the interval is at least ${LEAST_DISTANCE / 1024}k: at 32k V8 needs twice the time for all that allocates`,
      );
    return value;
  }
  if (1e9 / value > profilerRate.value) {
    throw profilerError(
      `${Math.round(1e9 / value)} samples a second are more than ${profilerRate.value}; ask for a longer interval, or raise --limit profiler-rate=N`,
    );
  }
  return Math.min(value, LONGEST_INTERVAL);
}

const LEAST_DISTANCE = 16 * 1024;
const LONGEST_INTERVAL = 10e9;

export function drawWish({ options }: CommandArguments, event: RecordedEvent | undefined): DrawWish {
  const file = options.file === undefined ? undefined : String(options.file);
  const asked = options.format ?? options.output;
  const named = asked === undefined ? undefined : formatNamed(String(asked));
  const format = named?.name ?? (file === undefined ? undefined : formatOfFile(file)) ?? 'flamegraph';
  if (event !== undefined && !suits(format, event)) {
    const instead = isMemory(event) ? 'heapprofile' : 'cpuprofile';
    throw profilerError(
      `a profile of ${event} cannot be written as ${format}; -o ${instead}, pprof or flamegraph can`,
    );
  }
  return {
    format,
    file,
    top: named?.top,
    filter: { include: patterns(options.include), exclude: patterns(options.exclude) },
    title: options.title === undefined ? undefined : String(options.title).slice(0, 200),
    reverse: options.reverse === true,
    minWidth: Number(options.minwidth ?? 0),
    total: options.total === true,
    depth: Number(options.jstackdepth ?? 2048),
  };
}

function suits(format: FormatName, event: RecordedEvent): boolean {
  const { only } = FORMATS[format] as { only?: (event: RecordedEvent) => boolean };
  return only === undefined || only(event);
}

function formatNamed(text: string): { readonly name: FormatName; readonly top?: number } {
  // What users of async-profiler and of its documentation type.
  const format = parseFormat(text === 'html' ? 'flamegraph' : text === 'folded' ? 'collapsed' : text);
  if (format) return format;
  if (text === 'jfr') {
    throw profilerError(
      "jfr is a format of the JVM's Flight Recorder, which Node.js has no counterpart of: take pprof or cpuprofile",
    );
  }
  throw profilerError(`unknown format '${text.slice(0, 100)}': there are ${Object.keys(FORMATS).join(', ')}`);
}

function patterns(given: unknown): ((text: string) => boolean)[] {
  const all = given === undefined ? [] : Array.isArray(given) ? given : [given];
  return all
    .flatMap((text) => String(text).split(','))
    .filter(Boolean)
    .map(stackPattern);
}
