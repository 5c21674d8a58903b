import type { Caller } from '../base/index.js';
import type { ProcessInfo, Target } from '../target/index.js';
import type { CommandArguments, CommandContext } from './command.js';
import type { DiagnoseServices } from './services.js';
import type { SuspensionView } from './suspension.js';

/** What a command can reach of its job. */
export interface JobReach {
  readonly jobId: number;
  readonly sessionId: string;
  readonly caller: Caller;
  readonly services: DiagnoseServices;
  suspension(): SuspensionView;
  finishes(ms: number): void;
  signal(): AbortSignal;
  target(): Promise<Target>;
  process(): Promise<ProcessInfo | undefined>;
}

/**
 * What a command sees of its job. A class, since a getter in an object literal makes V8 keep a hidden class, and with it
 * the whole job, until the next full collection.
 */
export class JobContext implements CommandContext {
  readonly jobId: number;
  readonly sessionId: string;
  readonly caller: Caller;
  readonly services: DiagnoseServices;

  constructor(
    readonly args: CommandArguments,
    private readonly reach: JobReach,
  ) {
    this.jobId = reach.jobId;
    this.sessionId = reach.sessionId;
    this.caller = reach.caller;
    this.services = reach.services;
  }

  get suspension(): SuspensionView {
    return this.reach.suspension();
  }

  get signal(): AbortSignal {
    return this.reach.signal();
  }

  readonly finishes = (ms: number): void => this.reach.finishes(ms);
  readonly target = (): Promise<Target> => this.reach.target();
  readonly process = (): Promise<ProcessInfo | undefined> => this.reach.process();
}
