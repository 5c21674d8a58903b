import type { Writable } from 'node:stream';
import type { RemoraError } from '../../base/index.js';
import type { Result, Style } from '../command.js';
import type { Completion } from '../complete.js';

/** The session that a shell runs commands in, on this side of the wire or the other. */
export interface ShellSession {
  /**
   * Everything that the session publishes. Who reads it slowly is waited for. Ends with the session.
   * @throws RemoraError when it cannot be had any more
   */
  results(signal: AbortSignal): AsyncIterable<Result>;
  /** Starts a command. @throws RemoraError when it cannot be started */
  start(line: string): Promise<unknown>;
  /** False when nothing runs. */
  interrupt(): Promise<boolean>;
  /** False when nothing runs, or it cannot be suspended: the results say why. */
  suspend(): Promise<boolean>;
  complete(line: string): Promise<Completion>;
}

/** What a person looks at. */
export interface Screen {
  /** Takes text with plain newlines. */
  readonly output: Writable;
  readonly style: Style;
  readonly width: number;
}

export interface ShellHistory {
  /** Newest first. */
  load(): readonly string[];
  append(line: string): void;
}

export interface ShellOptions {
  readonly session: ShellSession;
  readonly screen: Screen;
  readonly history: ShellHistory;
  /** Asked for anew each time. */
  prompt(): string;
  /** The result is shown; false for the session's own greeting where the owner has said as much. */
  shows?(result: Result): boolean;
  /** Ctrl-Z at the prompt: for a program of its own that its shell can stop. */
  stop?(): void;
}

/** Why a shell has ended. */
export type ShellEnd =
  /** Its person left. */
  | { readonly kind: 'left' }
  /** By two Ctrl-C, while a command did not end. */
  | { readonly kind: 'forced' }
  /** By `stop`. */
  | { readonly kind: 'over' }
  | { readonly kind: 'lost'; readonly error: RemoraError };
