import type { ProcessName } from '../proc.js';

/** What is stored of a container of this runtime. */
export interface ProcessState {
  cgroup?: string;
  /** Carries its variable: no cgroup, or one that may refuse. */
  marker?: boolean;
  first?: ProcessName;
  keeper?: ProcessName;
  /** Holds `in` open. */
  holder?: ProcessName;
  /** Carry between terminal and FIFOs. */
  carriers?: ProcessName[];
  /** The terminal's device. */
  device?: string;
  hasStreams: boolean;
}
