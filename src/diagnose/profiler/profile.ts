import type { Naming, ProcessInfo, RecordedEvent, ThreadTree } from '../../target/index.js';
import type { Frames } from './frames.js';
import type { FrameNode } from './frameTree.js';
import type { StackFilter } from './stackFilter.js';

/** A profile that was taken, with all that its formats need. */
export interface Profile {
  readonly event: RecordedEvent;
  readonly process: ProcessInfo;
  readonly threads: readonly ThreadTree[];
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

/** What a drawing is called where nobody names it. */
export function titleOf({ event, process: { name, pid } }: Profile): string {
  return `${EVENT_TITLES[event]} of ${name} (${pid})`;
}
