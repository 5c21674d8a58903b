import type { StartAgent } from './agentOptions.js';
import type { Life } from './life.js';
import type { Terminal } from './terminal.js';

/** What every subcommand is given. */
export interface CliContext {
  readonly terminal: Terminal;
  readonly life: Life;
  /** Loads the agent's code when it is needed: most calls only talk to one that runs. */
  readonly loadAgent: () => Promise<StartAgent>;
  readonly version: string;
  /** What the process ends with; a subcommand's action sets it. */
  exitCode: number;
}
