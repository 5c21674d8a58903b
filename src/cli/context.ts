import type { Life } from './life.js';
import type { Terminal } from './terminal.js';

/** What every subcommand is given. */
export interface CliContext {
  readonly terminal: Terminal;
  readonly life: Life;
  readonly version: string;
  /** What the process ends with; a subcommand's action sets it. */
  exitCode: number;
}
