import { createRequire } from 'node:module';
import { Writable } from 'node:stream';
import pc from 'picocolors';
import type { Logger, pino as Pino } from 'pino';
import { formatDateTime } from './clock.js';
import { redactValue } from './redact.js';

/** A pino logger: `log.warn({pid}, 'text')`, `log.child({room: 'http'})`. */
export type Log = Logger;

export interface LogOptions {
  /** `trace` ... `fatal`, or `silent`. */
  readonly level?: string;
  /** One line of text for people in place of JSON. */
  readonly pretty?: boolean;
  /** A file to append to (0600); standard error unless given. */
  readonly file?: string;
}

const LEVELS: Readonly<Record<number, string>> = {
  10: pc.dim('trace'),
  20: pc.dim('debug'),
  30: pc.green('info'),
  40: pc.yellow('warn'),
  50: pc.red('error'),
  60: pc.red(pc.bold('fatal')),
};

function prettyLine(line: string): string {
  const { level, time, msg, err, ...rest } = JSON.parse(line) as Record<string, unknown>;
  const facts = Object.entries(rest)
    .map(([name, value]) => pc.dim(`${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`))
    .join(' ');
  const stack =
    err && typeof err === 'object' && 'stack' in err && typeof err.stack === 'string' ? `\n${err.stack}` : '';
  const clock = pc.dim(formatDateTime(Number(time)).slice(11));
  return `${clock} ${LEVELS[Number(level)] ?? level} ${String(msg ?? '')}${facts ? ` ${facts}` : ''}${stack}\n`;
}

/** Text for people on standard error. */
class PrettyStream extends Writable {
  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    process.stderr.write(prettyLine(chunk.toString('utf8')));
    done();
  }
}

/**
 * The log of a process: JSON lines on standard error (or in a file), each with `level`, `time` (epoch ms) and `msg`.
 * Members with secret-looking names are masked.
 */
export function createLog(options: LogOptions = {}): Log {
  // Only daemons log; every other start of the program does without its dozens of files.
  const { pino } = createRequire(import.meta.url)('pino') as { pino: typeof Pino };
  const settings = {
    level: options.level ?? 'info',
    base: undefined,
    formatters: { log: (facts: object) => redactValue(facts) as Record<string, unknown> },
  };
  if (options.pretty && options.file === undefined) return pino(settings, new PrettyStream());
  const destination =
    options.file === undefined
      ? pino.destination({ dest: 2, sync: true })
      : pino.destination({ dest: options.file, sync: true, append: true, mode: 0o600 });
  return pino(settings, destination);
}
