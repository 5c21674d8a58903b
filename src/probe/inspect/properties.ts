/** What `sysprop` shows and sets: facts of the process by flat names. Masking is the agent's. */
import type * as Events from 'node:events';
import type * as Stream from 'node:stream';
import { getOwnPropertyDescriptor, isArray, isObject, ownData, ownKeys } from '../main/captured.js';
import type { MainFunction } from '../main/functions.js';
import type { InspectContext } from './inspect.js';

const MOST_ITEMS = 1000;
const MOST_TEXT = 32 * 1024;
const LONGEST_TITLE = 1024;

export interface PropertyFacts {
  readonly entries: readonly (readonly [name: string, value: string])[];
}

export type PropertyChange =
  | { readonly before: string; readonly after: string }
  | { readonly refused: string };

interface Settable {
  read(): string;
  /** @throws Error that says what the value must be */
  write(text: string): void;
}

export function propertyFunctions(context: InspectContext): Record<string, MainFunction> {
  const settable = settables(context);
  return {
    /** → PropertyFacts */
    inspectProperties: () => ({ entries: allProperties(context, settable) }) satisfies PropertyFacts,
    /** `{name, value}` → PropertyChange */
    inspectSetProperty(params): PropertyChange {
      const { name, value } = params as { name: string; value: string };
      const property = settable[name];
      if (!property) return { refused: 'it cannot be changed while the process runs' };
      const before = property.read();
      try {
        property.write(value);
      } catch (error) {
        return { refused: error instanceof Error ? error.message : 'the process refused it' };
      }
      return { before, after: property.read() };
    },
  };
}

/** Those with an effect at once that nothing else depends on. */
function settables(context: InspectContext): Record<string, Settable> {
  const events = () => context.builtin<typeof Events>('node:events');
  const stream = () => context.builtin<typeof Stream>('node:stream');
  const found: Record<string, Settable> = {
    'process.title': {
      read: () => process.title,
      write(text) {
        if (text.length > LONGEST_TITLE) throw new Error(`a title has ${LONGEST_TITLE} characters at most`);
        process.title = text;
      },
    },
    'error.stackTraceLimit': {
      read: () => String(ownData(Error, 'stackTraceLimit')),
      write(text) {
        const descriptor = getOwnPropertyDescriptor(Error, 'stackTraceLimit');
        if (descriptor?.writable !== true) throw new Error('the application has made it read-only');
        Error.stackTraceLimit = wholeNumber(text, 0, 1000);
      },
    },
    'events.defaultMaxListeners': {
      read: () => String(events().defaultMaxListeners),
      write(text) {
        events().defaultMaxListeners = wholeNumber(text, 0, 1_000_000);
      },
    },
  };
  const { getDefaultHighWaterMark, setDefaultHighWaterMark } = stream() as {
    getDefaultHighWaterMark?: (objectMode: boolean) => number;
    setDefaultHighWaterMark?: (objectMode: boolean, value: number) => void;
  };
  if (getDefaultHighWaterMark && setDefaultHighWaterMark) {
    found['stream.defaultHighWaterMark'] = {
      read: () => String(getDefaultHighWaterMark(false)),
      write: (text) => setDefaultHighWaterMark(false, wholeNumber(text, 1, 64 * 1024 * 1024)),
    };
  }
  return found;
}

function wholeNumber(text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isInteger(value) || value < least || value > most) {
    throw new Error(`it takes a whole number from ${least} to ${most}`);
  }
  return value;
}

function allProperties(context: InspectContext, settable: Record<string, Settable>): [string, string][] {
  const entries: [string, string][] = [];
  const add = (name: string, value: unknown): void => {
    if (entries.length >= MOST_ITEMS) return;
    const text = textOf(value);
    if (text !== undefined) entries[entries.length] = [name, text.slice(0, MOST_TEXT)];
  };
  const addAll = (prefix: string, holder: unknown): void => {
    if (!isObject(holder) || context.types.isProxy(holder)) return;
    const keys = ownKeys(holder);
    for (let at = 0; at < keys.length && at < MOST_ITEMS; at++) {
      const key = keys[at];
      if (typeof key !== 'string') continue;
      const value = ownData(holder, key);
      if (!isObject(value)) add(`${prefix}.${key}`, value);
    }
  };
  const list = (name: string, value: unknown): void => {
    if (!isObject(value) || context.types.isProxy(value) || !isArray(value)) return;
    for (let at = 0; at < value.length && at < MOST_ITEMS; at++) add(`${name}.${at}`, ownData(value, at));
  };
  for (const name of [
    'pid',
    'ppid',
    'arch',
    'platform',
    'version',
    'execPath',
    'argv0',
    'exitCode',
  ] as const) {
    add(
      `process.${name}`,
      attempt(() => process[name]),
    );
  }
  add(
    'process.cwd',
    attempt(() => process.cwd()),
  );
  for (const name of ['getuid', 'geteuid', 'getgid', 'getegid'] as const) {
    add(
      `process.${name.slice(3)}`,
      attempt(() => process[name]?.()),
    );
  }
  add('process.umask', umask());
  add(
    'process.debugPort',
    attempt(() => process.debugPort),
  );
  list('process.argv', ownData(process, 'argv'));
  list('process.execArgv', ownData(process, 'execArgv'));
  addAll('process.versions', process.versions);
  addAll('process.features', featuresOf());
  addAll('process.release', ownData(process, 'release'));
  addAll('process.config.variables', ownData((ownData(process, 'config') as object) ?? {}, 'variables'));
  for (const name of Object.keys(settable))
    add(
      name,
      attempt(() => settable[name]?.read()),
    );
  return entries;
}

/** Node's own getters, most of them constants. */
function featuresOf(): object {
  const found: Record<string, unknown> = {};
  const features: object = process.features;
  for (const key of ownKeys(features)) {
    if (typeof key !== 'string') continue;
    found[key] = attempt(() => (features as Record<string, unknown>)[key]);
  }
  return found;
}

/** `process.umask()` would set it for a moment, for all threads: /proc says it as well. */
function umask(): string | undefined {
  return attempt(() => {
    const fs = (process as { getBuiltinModule?: (id: string) => typeof import('node:fs') }).getBuiltinModule;
    const text = fs?.('node:fs').readFileSync('/proc/self/status', 'utf8') ?? '';
    return /^Umask:\s*(\d+)/m.exec(text)?.[1];
  });
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return `${value}`;
  return undefined;
}
