import type { Caller, Risk } from '../base/index.js';
import type { Command, CommandArguments, CommandFailure } from './command.js';
import type { Job } from './job.js';
import type { Pipeline } from './pipes/index.js';
import type { Published } from './published.js';
import type { DiagnoseServices } from './services.js';
import type { SessionTarget } from './sessionTarget.js';

/** Why a job was told to end. */
export type JobStop =
  | { readonly kind: 'interrupt' | 'kill' | 'shutdown' }
  | { readonly kind: 'timeout' | 'target'; readonly text: string };

export type JobOutcome = 'succeeded' | 'failed' | 'interrupted' | 'killed';

export interface JobParts {
  readonly jobId: number;
  readonly sessionId: string;
  readonly line: string;
  readonly command: Command;
  /** What the line's words came to; a failure is the job's end. */
  readonly args: CommandArguments | 'help' | CommandFailure;
  readonly risk: Risk;
  readonly background: boolean;
  readonly caller: Caller;
  readonly target: SessionTarget;
  /** The process it works on, as it was named. */
  readonly selector: string | undefined;
  readonly services: DiagnoseServices;
  readonly pipeline: Pipeline | undefined;
  /** Milliseconds; over it the job ends with status -10. */
  readonly timeout: { readonly ms: number; readonly text: string };
  readonly startTime: number;
  emit(result: Published): void;
  /** Called once, after the final status was emitted. */
  onEnd(job: Job): void;
  /** Called for errors that are ours, not the user's. */
  onFault(error: unknown, job: Job): void;
}
