import type { RecordedEvent } from '../../../target/index.js';
import { type Drawing, isMemory } from '../profile.js';
import { collapsed } from './collapsed.js';
import { flameGraph } from './flameGraph.js';
import { pprof } from './pprof.js';
import { flat, markdown, traces, tree, withAwaited } from './texts.js';
import { cpuProfile, heapProfile } from './v8Profiles.js';

type Pieces = Iterable<string | Uint8Array>;

interface Format {
  /** Of the file, the usual one first. */
  readonly extensions: readonly string[];
  readonly summary: string;
  /** Shown in the answer, too. */
  readonly isText?: boolean;
  /** Of which events; undefined = of all. */
  readonly only?: (event: RecordedEvent) => boolean;
  readonly draw: (drawing: Drawing) => Pieces;
}

export const FORMATS = {
  flamegraph: {
    extensions: ['html'],
    summary: 'one HTML file with an interactive flame graph',
    draw: flameGraph,
  },
  pprof: {
    extensions: ['pb.gz', 'pprof'],
    summary: 'profile.proto, for go tool pprof and whatever reads it',
    draw: (drawing) => [pprof(drawing)],
  },
  cpuprofile: {
    extensions: ['cpuprofile'],
    summary: 'for DevTools, VS Code, speedscope: cpu and wall',
    only: (event) => !isMemory(event),
    draw: (drawing) => [cpuProfile(drawing)],
  },
  heapprofile: {
    extensions: ['heapprofile'],
    summary: 'for DevTools and VS Code: alloc and heap',
    only: isMemory,
    draw: (drawing) => [heapProfile(drawing)],
  },
  collapsed: {
    extensions: ['collapsed', 'folded'],
    summary: 'a line a stack, for flamegraph.pl and speedscope',
    draw: collapsed,
  },
  flat: {
    extensions: ['txt'],
    summary: 'the functions that cost most by themselves',
    isText: true,
    draw: withAwaited(flat),
  },
  traces: {
    extensions: ['txt'],
    summary: 'the stacks that cost most',
    isText: true,
    draw: withAwaited(traces),
  },
  tree: { extensions: ['txt'], summary: 'the call tree as text', isText: true, draw: withAwaited(tree) },
  md: {
    extensions: ['md'],
    summary: 'functions and stacks as Markdown',
    isText: true,
    draw: withAwaited(markdown),
  },
} as const satisfies Readonly<Record<string, Format>>;

export type FormatName = keyof typeof FORMATS;

export function formatOf(name: FormatName): Format {
  return FORMATS[name];
}

/** `flat`, `flat=50`, ... → the format and its number. */
export function parseFormat(text: string): { readonly name: FormatName; readonly top?: number } | undefined {
  const [, name = '', count] = /^([a-z]+)(?:=(\d{1,6}))?$/.exec(text) ?? [];
  if (!Object.hasOwn(FORMATS, name)) return undefined;
  return { name: name as FormatName, top: count === undefined ? undefined : Number(count) };
}

/** By the file's extension, as async-profiler does it. */
export function formatOfFile(file: string): FormatName | undefined {
  for (const [name, { extensions }] of Object.entries(FORMATS)) {
    if (extensions.some((extension) => file.endsWith(`.${extension}`))) return name as FormatName;
  }
  return undefined;
}
