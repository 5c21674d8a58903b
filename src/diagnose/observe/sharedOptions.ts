import type { FunctionPattern } from '../../target/index.js';
import type { ArgumentSpec, CommandArguments, OptionSpec } from '../command.js';
import { ofTheJvm, refuseLoaders } from '../loaderOptions.js';
import { observeMatches } from './limits.js';

/** What watch, monitor and stack share on their command lines (wire/arthas.md 3.7). */

const JVM = 'Of the JVM alone; refused';

export const PATTERN_ARGUMENTS: readonly ArgumentSpec[] = [
  {
    name: 'class-pattern',
    required: true,
    summary:
      'Modules (`cart.js`, a path, a package, `*`), a class of one by `module:Class`, `node:fs`, `globalThis`',
    completes: 'module',
  },
  {
    name: 'method-pattern',
    required: true,
    summary: 'Functions, named as `sm` lists them: `checkout`, `Cart.total`, `Cart#save`, `*`',
    completes: 'function',
  },
];

export const CONDITION_ARGUMENT: ArgumentSpec = {
  name: 'condition-express',
  required: false,
  summary: 'Only calls for which this JavaScript expression gives `true`',
  completes: 'variable',
};

/** Of the commands that report calls one by one; `-n` of `monitor` counts cycles. */
export const HITS_OPTION: OptionSpec = {
  short: 'n',
  long: 'limits',
  kind: 'integer',
  default: 100,
  min: 1,
  summary: 'End after this many hits',
};

const REGEX: OptionSpec = {
  short: 'E',
  long: 'regex',
  kind: 'flag',
  summary: 'Both patterns are regular expressions that fit the whole name',
};

const UNSAFE: OptionSpec = {
  long: 'unsafe',
  kind: 'flag',
  summary: 'Let expressions call anything; needs the role admin, and nothing bounds what they do',
};

const FORCE: OptionSpec = {
  long: 'force',
  kind: 'flag',
  summary:
    'Set breakpoints also above the limits `breakpoint-script` and `breakpoint-total`: their first hits hold the main thread for long',
};

/** Without `-n`, whose meaning differs. `jvmShort`: `-c` means the class loader (not in `monitor`). */
export function sharedOptions(jvmShort: boolean): readonly OptionSpec[] {
  return [
    REGEX,
    {
      short: 'm',
      long: 'maxMatch',
      kind: 'integer',
      default: 50,
      min: 1,
      max: 256,
      summary: 'Refuse when more functions fit',
    },
    {
      short: 'v',
      long: 'verbose',
      kind: 'flag',
      summary: 'Name each function with the instrument that reached it and what its install took',
    },
    { short: 'L', long: 'lazy', kind: 'flag', summary: 'Wait for a module that is not loaded yet' },
    {
      long: 'exclude-class-pattern',
      kind: 'string',
      summary: 'Leave these modules or classes out',
    },
    {
      long: 'timeout',
      kind: 'integer',
      min: 1,
      max: 86_400,
      summary: 'End by itself after this many seconds',
    },
    UNSAFE,
    FORCE,
    { ...(jvmShort ? { short: 'c' } : {}), long: 'classloader', kind: 'string', summary: JVM },
    { long: 'listenerId', kind: 'string', summary: JVM },
  ];
}

/** What every one of them was told. */
export interface SharedWish {
  readonly pattern: FunctionPattern;
  readonly most: number;
  readonly verbose: boolean;
  readonly lazy: boolean;
  /** Milliseconds after which it ends by itself. */
  readonly timeoutMs: number;
  readonly unsafe: boolean;
  /** Breakpoints whose first hit takes long are set, too. */
  readonly force: boolean;
}

/** @throws CommandFailure for options that mean nothing here */
export function sharedWish({ options, positional }: CommandArguments): SharedWish {
  refuseLoaders({ options });
  if (options.listenerId !== undefined)
    throw ofTheJvm(
      'listenerId',
      'commands that observe the same function share its instrument by themselves',
    );
  const [module = '', name = '*'] = positional;
  return {
    pattern: {
      module,
      name,
      regex: options.regex === true,
      exclude: options.excludeClassPattern === undefined ? undefined : String(options.excludeClassPattern),
    },
    most: Math.min(Number(options.maxMatch), observeMatches.value),
    verbose: options.verbose === true,
    lazy: options.lazy === true,
    timeoutMs: options.timeout === undefined ? Number.POSITIVE_INFINITY : Number(options.timeout) * 1000,
    unsafe: options.unsafe === true,
    force: options.force === true,
  };
}

export function riskOfExpressions({ options }: CommandArguments): 'change' | 'observe' {
  return options.unsafe === true ? 'change' : 'observe';
}
