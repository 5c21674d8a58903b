import type { AwaitTree, Naming, ProcessInfo, RecordedEvent, ThreadTree } from '../../target/index.js';
import type { Frames } from './frames.js';
import type { FrameNode } from './frameTree.js';
import type { StackFilter } from './stackFilter.js';

/** A profile that was taken, with all that its formats need. */
export interface Profile {
  readonly event: RecordedEvent;
  readonly process: ProcessInfo;
  readonly threads: readonly ThreadTree[];
  /** Of wall: what async functions of the main thread waited; awaits are what it counts as samples. */
  readonly awaited?: ThreadTree;
  /** What `awaited` was made of. */
  readonly awaits?: AwaitTree;
  readonly naming: Naming;
  /** Where `naming` has its frames from. */
  readonly frames: Frames;
  readonly perThread: boolean;
  /** Milliseconds since the epoch. */
  readonly began: number;
  readonly durationMs: number;
  /** Nanoseconds or bytes between two samples. */
  readonly interval: number;
  readonly remora: string;
  readonly notices: readonly string[];
}

/** What a format is made of. */
export interface Drawing {
  readonly profile: Profile;
  /** What it shows, as `CPU time`. */
  readonly heading: string;
  /** What its samples are. */
  readonly counts: 'samples' | 'awaits';
  /** A part of its own, whose time is not to be added to this one's: it is waited for by many at once. */
  readonly awaited?: Drawing;
  readonly filter: StackFilter;
  /** Filtered, named. */
  readonly root: FrameNode;
  readonly title: string;
  /** Callee first. */
  readonly reverse: boolean;
  /** Percent of all below which a frame is left out. */
  readonly minWidth: number;
  /** Values instead of samples, in collapsed stacks. */
  readonly total: boolean;
  /** Entries of flat, traces and md. */
  readonly top: number;
}

export function isMemory(event: RecordedEvent): boolean {
  return event === 'alloc' || event === 'heap';
}

export const EVENT_TITLES: Readonly<Record<RecordedEvent, string>> = {
  cpu: 'CPU time',
  wall: 'Wall-clock time',
  alloc: 'Allocated memory',
  heap: 'Memory in use',
};

export const AWAITED_TITLE = 'Awaited time of async functions';

/** What a drawing is called where nobody names it. */
export function titleOf({ event, process: { name, pid } }: Profile): string {
  return `${EVENT_TITLES[event]} of ${name} (${pid})`;
}
