import type { Caller, Risk } from '../base/index.js';
import type { ProcessInfo, Target } from '../target/index.js';
import type { DiagnoseServices } from './services.js';
import type { SuspensionView } from './suspension.js';

/**
 * What a command yields. `type` is the wire's result type (wire/arthas.md 1.8); the job adds `jobId`.
 * Members that are undefined or null are left out on the wire, and the others come in alphabetical order; a `Map` keeps
 * its order (data maps such as `jvmInfo`), a `Date` becomes a local date-time string.
 */
export interface Result {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** How a command ended: becomes the job's last result, `status`. A returned void is `{ statusCode: 0 }`. */
export interface CommandEnd {
  readonly statusCode: number;
  readonly message?: string;
}

/** One option of a command line, wire/arthas.md 2.15: `-n 5`, `-n5`, `-n=5`, `--limits 5`, `--limits=5`, `-bes`. */
export interface OptionSpec {
  /** One letter (or `cs` style) without the dash. */
  readonly short?: string;
  /** Without the dashes; also the key in `CommandArguments.options` (camel-cased: `include-no-appender` → `includeNoAppender`). */
  readonly long: string;
  readonly kind: 'flag' | 'string' | 'integer' | 'number' | 'boolean';
  readonly multiple?: boolean;
  readonly required?: boolean;
  readonly default?: string | number | boolean;
  /** Inclusive bounds of a number; outside them is a command line error that names the bound. */
  readonly min?: number;
  readonly max?: number;
  readonly choices?: readonly string[];
  readonly summary: string;
}

export interface ArgumentSpec {
  readonly name: string;
  readonly required: boolean;
  readonly multiple?: boolean;
  /** What stands in its place where a later argument is given by name and this one is not (MCP). */
  readonly default?: string;
  readonly summary: string;
  /** It may well begin with a dash: that is no mistyped option. */
  readonly dashed?: boolean;
  /** What tab completion offers here. */
  readonly completes?: 'module' | 'function' | 'process' | 'command' | 'option-name' | 'job' | 'variable';
}

export interface CommandArguments {
  readonly options: Readonly<
    Record<string, string | number | boolean | readonly (string | number)[] | undefined>
  >;
  readonly positional: readonly string[];
  /** Words among them that look like options, which the command does not have. */
  readonly strays?: readonly string[];
  /** The whole line as it was sent. */
  readonly line: string;
}

/** What a running command may use. */
export interface CommandContext {
  readonly args: CommandArguments;
  readonly jobId: number;
  readonly sessionId: string;
  readonly caller: Caller;
  /** Aborted by interrupt, kill, time-out, session end. A command must end soon after; its end is then `status` 0 for an interrupt. */
  readonly signal: AbortSignal;
  /** The session's target, attached on first use (DESIGN 3, Words). Only for commands with `needs: 'target'`. */
  target(): Promise<Target>;
  /** The process that `target()` would attach, or undefined; attaches nothing. */
  process(): Promise<ProcessInfo | undefined>;
  readonly services: DiagnoseServices;
  /**
   * Ctrl-Z, `fg` and `bg`: while it is suspended a command must cost its process next to nothing. What it keeps there it
   * puts to rest (`onSuspend`); between two looks it waits by `pause` (pause.ts), which holds it back; what cannot be
   * interrupted says so (`refuse`).
   */
  readonly suspension?: SuspensionView;
  /** It was interrupted, and has something to finish: for that it gets so many milliseconds, not the limit `job-grace`. */
  readonly finishes?: (ms: number) => void;
}

/** One line of docs: a field of a result object. */
export interface FieldDoc {
  readonly name: string;
  readonly type: string;
  readonly summary: string;
}

/**
 * A diagnosis command: one object, one file below `commands/`, one line in `commands/index.ts`. From it come the
 * parser, `help`, completion, the docs page, OpenAPI and the MCP tool.
 */
export interface Command {
  readonly name: string;
  readonly aliases?: readonly string[];
  /** One sentence, imperative. */
  readonly summary: string;
  /** Further sentences for `help NAME` and the docs page. */
  readonly description?: string;
  readonly examples: readonly { readonly line: string; readonly shows: string }[];
  readonly options: readonly OptionSpec[];
  readonly args: readonly ArgumentSpec[];
  readonly needs: 'target' | 'none';
  readonly risk: Risk;
  /** A risk that depends on the arguments (ognl --unsafe, options NAME VALUE); overrides `risk`. */
  riskOf?(args: CommandArguments): Risk;
  /** Its arguments are a secret: only its name is shown, kept and audited. */
  readonly isSecret?: boolean;
  /** Result types and their fields, for the docs. */
  readonly results: readonly { readonly type: string; readonly fields: readonly FieldDoc[] }[];
  /** What it costs the target, one or two sentences with figures where measured. */
  readonly cost: string;
  /** A plain generator for a command that never waits: it costs a tenth of an asynchronous one. */
  run(
    context: CommandContext,
  ):
    | AsyncGenerator<Result, CommandEnd | undefined | void, void>
    | Generator<Result, CommandEnd | undefined | void, void>;
  /**
   * A result as text for people (pipes, CLI). It comes as a client reads it, parsed from JSON: a Map is an object, a
   * Date a string, undefined members are absent. Returns text without a trailing newline; undefined = nothing to show.
   * `width` is the terminal's columns. No colour codes: `style` does them, or nothing when colours are off.
   */
  render(result: Result, style: Style, width: number): string | undefined;
}

/** Colours on a terminal, the identity elsewhere. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  cyan(text: string): string;
}

/** Thrown by a command to end with a status code other than 0 (wire/arthas.md 2.16: 1 failure, -1 says no, -10 command line). */
export class CommandFailure extends Error {
  readonly statusCode: number;
  constructor(message: string, statusCode = -1) {
    super(message);
    this.name = 'CommandFailure';
    this.statusCode = statusCode;
  }
}
