import type { Result } from '../client/index.js';
import type { Style } from '../diagnose/index.js';
import type { StartAgent } from './agentOptions.js';
import type { Life } from './life.js';
import type { Terminal } from './terminal.js';

/** A result as text for people; undefined = nothing to show. */
export type RenderResult = (result: Result, style: Style, width: number) => string | undefined;

/** Code that most calls do without, loaded when it is needed. */
export interface Loaders {
  agent(): Promise<StartAgent>;
  renderer(): Promise<RenderResult>;
}

/** What every subcommand is given. */
export interface CliContext {
  readonly terminal: Terminal;
  readonly life: Life;
  readonly load: Loaders;
  readonly version: string;
  /** What the process ends with; a subcommand's action sets it. */
  exitCode: number;
}
