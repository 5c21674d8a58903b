import type { Types } from '../../main/captured.js';

export interface AppenderFacts {
  readonly name: string;
  readonly class: string;
  readonly level?: string;
  readonly file?: string;
  readonly target?: string;
  readonly blocking?: boolean;
}

/** One logger as the agent gets it; instances of one name are told together. */
export interface LoggerFacts {
  readonly framework: Framework;
  readonly name: string;
  readonly class: string;
  readonly level?: string;
  readonly effectiveLevel?: string;
  readonly levels: readonly string[];
  readonly additivity: boolean;
  readonly appenders: readonly AppenderFacts[];
  /** Objects of that name: children and copies. */
  readonly instances: number;
  readonly children: number;
  /** Levels of the others, where they differ. */
  readonly others: readonly string[];
  /** A file of the library. */
  readonly codeSource: string;
}

export type Framework = 'console' | 'pino' | 'winston' | 'bunyan' | 'log4js' | 'debug';

/** A logger found in the process, for the time of one search. */
export interface FoundLogger {
  /** What tells it from others: its own object. */
  readonly object: object;
  readonly framework: Framework;
  readonly name: string;
  readonly class: string;
  readonly isChild?: boolean;
  level(): string | undefined;
  effectiveLevel?(): string | undefined;
  /** Levels that it knows. */
  levels(): readonly string[];
  appenders(): readonly AppenderFacts[];
  /** Throws an Error that says why not. Returns further words. */
  setLevel(level: string): string | undefined;
}

/** What looks at each object that is met; gives what it is, if it is one of its library's. */
export interface Finder {
  readonly framework: Framework;
  find(value: object): FoundLogger[];
}

export interface FinderTools {
  readonly types: Types;
}
