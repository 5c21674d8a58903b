/**
 * What `vmoption` shows and sets. V8 and Node tell nobody the value of an option: known is what the command line said,
 * what a public interface of Node gives back, and what was set through us. Options of V8 are set only where it was tried
 * on Node 20 to 26 that they take effect at run time and can be taken back (see docs/commands/vmoption.md).
 */
import type * as Dns from 'node:dns';
import type * as Net from 'node:net';
import type * as Tls from 'node:tls';
import type * as V8 from 'node:v8';
import { getOwnPropertyDescriptor, ownData } from '../main/captured.js';
import type { MainFunction } from '../main/functions.js';
import type { InspectContext } from './inspect.js';

export interface VmOptionFacts {
  readonly options: readonly {
    readonly name: string;
    /** Absent where nobody can tell. */
    readonly value?: string;
    readonly writeable: boolean;
    readonly managed: boolean;
  }[];
  readonly execArgv: readonly string[];
  readonly nodeOptions: string;
}

export type VmOptionChange =
  | { readonly before?: string; readonly after: string }
  | { readonly refused: string };

interface Option {
  read(): string | undefined;
  write?(text: string): void;
}

/** Printed by V8 on the process's stdout; tried: on at once, off at once. */
const V8_TRACES = ['trace-gc', 'trace-gc-verbose', 'trace-gc-nvp', 'trace-opt', 'trace-deopt'];
const RESULT_ORDERS = ['ipv4first', 'ipv6first', 'verbatim'];
const TLS_VERSIONS = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];
const MEBIBYTE = 1024 * 1024;

export function vmOptionFunctions(context: InspectContext): Record<string, MainFunction> {
  /** What was set through us in this process: V8 does not say. */
  const managed = new Map<string, string>();
  const options = optionTable(context, managed);
  return {
    /** → VmOptionFacts */
    inspectVmOptions(): VmOptionFacts {
      return {
        options: [...options].map(([name, option]) => ({
          name,
          value: attempt(() => option.read()),
          writeable: option.write !== undefined,
          managed: managed.has(name),
        })),
        execArgv: textList(ownData(process, 'execArgv')),
        nodeOptions: attempt(() => process.env.NODE_OPTIONS) ?? '',
      };
    },
    /** `{name, value}` → VmOptionChange */
    inspectSetVmOption(params): VmOptionChange {
      const { name, value } = params as { name: string; value: string };
      const option = options.get(name);
      if (!option) return { refused: 'unknown' };
      if (!option.write) return { refused: 'fixed' };
      const before = attempt(() => option.read());
      try {
        option.write(value);
      } catch (error) {
        return { refused: error instanceof Error ? error.message : 'the process refused it' };
      }
      managed.set(name, value);
      return { before, after: attempt(() => option.read()) ?? value };
    },
  };
}

function optionTable(context: InspectContext, managed: Map<string, string>): Map<string, Option> {
  const v8 = context.builtin<typeof V8>('node:v8');
  const options = new Map<string, Option>();
  for (const name of V8_TRACES) {
    options.set(name, {
      read: () => managed.get(name),
      write: (text) => v8.setFlagsFromString(isTrue(text) ? `--${name}` : `--no-${name}`),
    });
  }
  options.set('max-old-space-size', {
    read: () => String(Math.round(v8.getHeapStatistics().heap_size_limit / MEBIBYTE)),
  });
  options.set('heapsnapshot-near-heap-limit', {
    read: () => managed.get('heapsnapshot-near-heap-limit'),
    write(text) {
      const most = wholeNumber(text, 1, 10);
      if (managed.has('heapsnapshot-near-heap-limit')) throw new Error('it can be set once in a process');
      v8.setHeapSnapshotNearHeapLimit(most);
    },
  });
  addReport(options);
  addWarnings(options);
  addNetwork(context, options);
  return options;
}

/** `process.report` has accessors of Node's own. */
function addReport(options: Map<string, Option>): void {
  const report = process.report as unknown as Record<string, unknown> | undefined;
  if (!report) return;
  const flags = {
    'report-on-fatalerror': 'reportOnFatalError',
    'report-on-signal': 'reportOnSignal',
    'report-uncaught-exception': 'reportOnUncaughtException',
    'report-compact': 'compact',
    'report-exclude-network': 'excludeNetwork',
    'report-exclude-env': 'excludeEnv',
  };
  for (const [name, key] of Object.entries(flags)) {
    if (!(key in report)) continue;
    options.set(name, {
      read: () => String(report[key]),
      write: (text) => {
        report[key] = isTrue(text);
      },
    });
  }
  // The handler of that signal would take the place of the application's own, or none.
  options.set('report-signal', { read: () => String(report.signal) });
  options.set('report-directory', { read: () => String(report.directory) });
  options.set('report-filename', { read: () => String(report.filename) });
}

/** Plain properties of `process` that Node asks at each warning. */
function addWarnings(options: Map<string, Option>): void {
  const keys = {
    'no-deprecation': 'noDeprecation',
    'trace-deprecation': 'traceDeprecation',
    'trace-warnings': 'traceProcessWarnings',
  };
  for (const [name, key] of Object.entries(keys)) {
    options.set(name, {
      read: () => String(ownData(process, key) === true),
      write: (text) => {
        const descriptor = getOwnPropertyDescriptor(process, key);
        if (descriptor && descriptor.writable !== true) throw new Error('the process has made it read-only');
        (process as unknown as Record<string, unknown>)[key] = isTrue(text);
      },
    });
  }
  // A deprecation that throws ends what has worked until now.
  options.set('throw-deprecation', { read: () => String(ownData(process, 'throwDeprecation') === true) });
}

function addNetwork(context: InspectContext, options: Map<string, Option>): void {
  const dns = context.builtin<typeof Dns>('node:dns');
  const net = context.builtin<typeof Net>('node:net');
  const tls = context.builtin<typeof Tls>('node:tls');
  const { getDefaultResultOrder } = dns as { getDefaultResultOrder?: () => string };
  if (getDefaultResultOrder) {
    options.set('dns-result-order', {
      read: () => getDefaultResultOrder(),
      write: (text) => dns.setDefaultResultOrder(oneOf(text, RESULT_ORDERS) as 'verbatim'),
    });
  }
  options.set('network-family-autoselection', {
    read: () => String(net.getDefaultAutoSelectFamily()),
    write: (text) => net.setDefaultAutoSelectFamily(isTrue(text)),
  });
  options.set('network-family-autoselection-attempt-timeout', {
    read: () => String(net.getDefaultAutoSelectFamilyAttemptTimeout()),
    write: (text) => net.setDefaultAutoSelectFamilyAttemptTimeout(wholeNumber(text, 10, 60_000)),
  });
  for (const [name, key] of [
    ['tls-min-version', 'DEFAULT_MIN_VERSION'],
    ['tls-max-version', 'DEFAULT_MAX_VERSION'],
  ] as const) {
    options.set(name, {
      read: () => String(ownData(tls, key)),
      write: (text) => {
        (tls as Record<string, unknown>)[key] = oneOf(text, TLS_VERSIONS);
      },
    });
  }
}

function isTrue(text: string): boolean {
  if (/^(true|1|on)$/.test(text)) return true;
  if (/^(false|0|off)$/.test(text)) return false;
  throw new Error(`it takes true or false, not '${text}'`);
}

function oneOf(text: string, values: readonly string[]): string {
  if (values.includes(text)) return text;
  throw new Error(`it takes one of ${values.join(', ')}, not '${text}'`);
}

function wholeNumber(text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isInteger(value) || value < least || value > most) {
    throw new Error(`it takes a whole number from ${least} to ${most}, not '${text}'`);
  }
  return value;
}

function textList(list: unknown): string[] {
  const found: string[] = [];
  if (!Array.isArray(list)) return found;
  for (let at = 0; at < list.length && at < 1000; at++) {
    const text = ownData(list, at);
    if (typeof text === 'string') found[found.length] = text.slice(0, 32 * 1024);
  }
  return found;
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
