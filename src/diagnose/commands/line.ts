import { errorText, RemoraError } from '../../base/index.js';
import {
  FirstHits,
  type FunctionLines,
  findLines,
  firstHitMs,
  firstHitText,
  type LinesFound,
  lineRate,
  type ObservableFunction,
  type Target,
} from '../../target/index.js';
import { type Command, type CommandArguments, type CommandContext, CommandFailure } from '../command.js';
import { type CallExpression, compileLineExpression, lineExpressionNames } from '../expression/index.js';
import { renderStack, type StackFrame } from '../frames.js';
import { nothingFits, overLimit } from '../observe/errors.js';
import { hitHead, hitValue } from '../observe/hit.js';
import { captureItems, captureRoom, captureTime, lazyPoll } from '../observe/limits.js';
import { observe } from '../observe/observe.js';
import { functionName, noEnhancer, type Reached } from '../observe/reached.js';
import {
  HITS_OPTION,
  riskOfExpressions,
  type SharedWish,
  sharedOptions,
  sharedWish,
} from '../observe/sharedOptions.js';
import { callStack, wireCallStack } from '../observe/stackTrace.js';
import { pause } from '../pause.js';
import { renderLimits } from '../values/index.js';

const DEFAULT_EXPRESS = '{params, localVarMap}';
const MOST_LINES = 256;
/** Times the price at the install: 1.1 to 1.9 on average over 1000 hits, between two collections of all garbage. */
const GROWS = 2;

export const line: Command = {
  name: 'line',
  summary: 'Look at the variables in scope when a line of the source is reached',
  description:
    'A breakpoint whose condition runs in the frame, reads, and says no: the process never pauses. Lines are those of the ' +
    'source that was written, through source maps; a hit is before the line runs. The position is `MODULE:LINE`, or ' +
    '--class, --method and --line. Expressions are those of `watch`, over the variables in scope by their own names, and ' +
    '`params`, `this` (also `target`), `localVarMap` (variables of the function and of those around it that have a value), ' +
    '`varMap` (those of the module that the function uses as well), `localVars`, `localVarNames`, `argNames`, `lineNumber`, ' +
    '`clazz`, `method`, `isLine`. A variable of a function around it that V8 has not kept is left out, and so is one that ' +
    'is not initialised yet. V8 takes 20 to 100 us for each hit, more in a long function (20 us for each thousand characters), and the ' +
    'function is not optimised while it is looked at: what a hit costs is measured in the process, on a function of that length, ' +
    'told from the least to twice as much, and measured again as hits add up; above 500 hits a second (`line-hits`) the breakpoint is ' +
    'removed and that is said. In a large program setting one holds the main thread for 10 to 110 ms, and at the first hit in each ' +
    'function V8 parses the script once more (about 0.1 ms for each thousand characters; above the limits `breakpoint-script` ' +
    'and `breakpoint-total` only with --force). --list-lines sets ' +
    'nothing: it lists where V8 can stop.',
  examples: [
    { line: 'line cart.ts:26 -n 1', shows: 'arguments and local variables at that line' },
    {
      line: "line cart.ts:26 --express '{sku, total}' --condition 'quantity > 0' -n 1",
      shows: 'variables by their names, under a condition',
    },
    { line: 'line --class cart.ts --method Cart.add --list-lines', shows: 'where V8 can stop' },
  ],
  options: [
    { long: 'class', kind: 'string', summary: 'Modules or classes, as in `watch`' },
    {
      long: 'method',
      kind: 'string',
      summary: 'Functions, as in `watch`; all that hold the line without it',
    },
    { long: 'desc', kind: 'string', summary: 'Of the JVM alone; refused' },
    { long: 'line', kind: 'string', multiple: true, summary: 'Lines, `12,15`; may be given several times' },
    { long: 'express', kind: 'string', summary: `What is shown; \`${DEFAULT_EXPRESS}\` without it` },
    { long: 'condition', kind: 'string', summary: 'Only hits for which this expression gives `true`' },
    { long: 'list-lines', kind: 'flag', summary: 'List the lines at which V8 can stop; sets nothing' },
    {
      short: 'x',
      long: 'expand',
      kind: 'integer',
      default: 2,
      min: 0,
      max: 4,
      summary: 'How many levels of the value are opened',
    },
    {
      short: 'M',
      long: 'sizeLimit',
      kind: 'integer',
      min: 1,
      summary: 'Characters of JSON of one value at most; without it the limit `capture-bytes`',
    },
    { long: 'stack', kind: 'flag', summary: 'Show the stack as well' },
    {
      long: 'stack-depth',
      kind: 'integer',
      default: 32,
      min: 1,
      max: 256,
      summary: 'Frames of it at most',
    },
    HITS_OPTION,
    ...sharedOptions(true),
  ],
  args: [
    {
      name: 'position',
      required: false,
      summary: '`MODULE:LINE`, in place of --class and --line',
      completes: 'module',
    },
  ],
  needs: 'target',
  risk: 'observe',
  riskOf: riskOfExpressions,
  results: [
    {
      type: 'line',
      fields: [
        { name: 'ts', type: 'string', summary: 'When' },
        { name: 'cost', type: 'double', summary: 'Always 0: nobody saw the call begin' },
        { name: 'value', type: 'string', summary: 'The value as text' },
        { name: 'json', type: 'any', summary: 'The same, typed, as in `ognl`' },
        { name: 'className, methodName', type: 'string', summary: 'The function' },
        { name: 'methodDesc', type: 'string', summary: 'Its parameters: `(items, rate)`' },
        { name: 'lineNumber', type: 'int', summary: 'Of the source that was written' },
        { name: 'threadName, threadId', type: 'string', summary: '`main` and its number' },
        {
          name: 'stackTrace',
          type: '{fileName?,lineNumber,className,methodName,async?}[]?',
          summary: 'With --stack',
        },
        {
          name: 'hitCost',
          type: 'double?',
          summary: 'Milliseconds that one hit takes in this process, as measured',
        },
        { name: 'sizeLimit', type: 'int?', summary: 'What -M said' },
      ],
    },
    {
      type: 'line-list',
      fields: [
        { name: 'className, methodName, methodDesc', type: 'string', summary: 'The function' },
        { name: 'sourceFile', type: 'string', summary: 'The file that its lines are of' },
        { name: 'lines', type: 'int[]', summary: 'Where V8 can stop' },
      ],
    },
  ],
  cost: '20 to 100 us of the main thread for each time that the line is reached, captured or not, and 20 us more for each thousand characters of its function; what it is in this process is measured at the install and every 500 hits, since V8 takes some 6 us more after each thousand until all garbage is collected, and told with each result. What is captured comes on top. The function is not optimised meanwhile. Setting the breakpoint: some ms, in large programs 10 to 110 ms.',
  async *run(context) {
    const { args } = context;
    const asked = askedOf(args);
    const target = await context.target();
    if (asked.isList) {
      const { functions, why } = await lines(context, target, asked);
      if (functions.length === 0) return nothingFits(asked.wish.pattern, why);
      for (const each of functions) yield listed(each);
      return;
    }
    const { places, why } = await waited(context, target, asked);
    if (context.signal.aborted) return;
    if (places.length === 0) {
      yield noEnhancer(context.jobId, 0);
      return { statusCode: -1, message: why ?? 'No class or method is affected' };
    }
    refuseLarge(places, asked.wish.force);
    const names = new Set(places.flatMap(({ line: at }) => at?.names.map(({ name }) => name) ?? []));
    const { unsafe } = asked.wish;
    const express = compiled('express', asked.express, names, unsafe);
    const condition =
      asked.condition === undefined ? undefined : compiled('condition', asked.condition, names, unsafe);
    const { options } = args;
    const sizeLimit = options.sizeLimit === undefined ? undefined : Number(options.sizeLimit);
    return yield* observe(context, {
      name: 'line',
      wish: asked.wish,
      express,
      condition,
      functions: places,
      begun: (reached) => reached.map(priceNote),
      request: {
        kind: 'line',
        points: [],
        limits: {
          ...renderLimits(Number(options.expand)),
          items: captureItems.value,
          bytes: captureRoom(sizeLimit),
          time: captureTime.value,
        },
        hits: Number(options.limits),
        rate: lineRate.value,
        frames: options.stack === true ? Number(options.stackDepth) : 0,
      },
      async hit({ record, of, target: process, hitNs }) {
        const { ts, className, methodName } = hitHead(record, of);
        const stack =
          options.stack === true ? wireCallStack(await callStack(process, record.frames)) : undefined;
        return {
          type: 'line',
          ...{ ts, cost: 0, className, methodName },
          ...hitValue(record, express.compiled.name),
          methodDesc: descOf(of),
          lineNumber: of.line?.at ?? 0,
          threadName: 'main',
          threadId: String(process.process.pid),
          stackTrace: stack,
          hitCost: hitNs === undefined ? undefined : hitNs / 1e6,
          sizeLimit,
        };
      },
    });
  },
  render(result, style) {
    const { className, methodName, methodDesc, lineNumber, ts, value } = result as Record<string, unknown>;
    const where = style.bold(`${String(className)}.${String(methodName)}${String(methodDesc)}`);
    if (result.type === 'line-list') {
      const all = (result.lines as readonly number[]).join(', ');
      return `${where} ${style.dim(String(result.sourceFile))}\n    ${all}`;
    }
    const cost = result.hitCost === undefined ? '' : ` [hit=${Number(result.hitCost).toFixed(3)}ms]`;
    const head = `line=${style.cyan(String(lineNumber))} method=${where}`;
    const frames = (result.stackTrace ?? []) as readonly StackFrame[];
    return [
      head,
      `ts=${style.dim(String(ts))};${cost} result=${String(value)}`,
      ...renderStack(frames, '    '),
    ].join('\n');
  },
};

interface Asked {
  readonly wish: SharedWish;
  readonly lines: readonly number[];
  readonly isNamed: boolean;
  readonly isList: boolean;
  readonly express: string;
  readonly condition: string | undefined;
}

/** @throws CommandFailure for what does not say which line is meant */
function askedOf(args: CommandArguments): Asked {
  const { options, positional } = args;
  if (options.desc !== undefined) {
    throw wrong("The option 'desc' is of the JVM alone: JavaScript has one function of a name");
  }
  const [, module, number] = /^(.+):(\d+)$/.exec(positional[0] ?? '') ?? [];
  const isList = options.listLines === true;
  const name = options.class === undefined ? (module ?? positional[0]) : String(options.class);
  if (name === undefined) throw wrong('Say which line: MODULE:LINE, or --class MODULE --line LINE');
  const texts = ((options.line ?? []) as readonly string[]).flatMap((text) => text.split(','));
  const lines = [...(number === undefined ? [] : [number]), ...texts].map((text) => lineOf(text.trim()));
  if (lines.length === 0 && !isList) {
    throw wrong(`Say which line of ${name}: ${name}:LINE, or --line LINE; --list-lines lists them`);
  }
  if (lines.length > MOST_LINES) throw wrong(`${lines.length} lines are named, ${MOST_LINES} are the most`);
  const method = options.method === undefined ? '*' : String(options.method);
  const wish = sharedWish({
    ...args,
    positional: [name, options.regex === true && method === '*' ? '.*' : method],
  });
  return {
    wish,
    lines: [...new Set(lines)],
    isNamed: options.method !== undefined,
    isList,
    express: options.express === undefined ? DEFAULT_EXPRESS : String(options.express),
    condition: options.condition === undefined ? undefined : String(options.condition),
  };
}

function lineOf(text: string): number {
  if (!/^[1-9]\d{0,7}$/.test(text)) throw wrong(`'${text}' is no line: lines count from 1`);
  return Number(text);
}

function wrong(text: string): CommandFailure {
  return new CommandFailure(text, -10);
}

async function lines(context: CommandContext, target: Target, asked: Asked): Promise<LinesFound> {
  const wanted = new Set([asked.express, asked.condition ?? ''].flatMap(lineExpressionNames));
  try {
    return await findLines(
      target,
      { pattern: asked.wish.pattern, lines: asked.lines, isNamed: asked.isNamed, wanted },
      { signal: context.signal, most: asked.isList ? Number.POSITIVE_INFINITY : asked.wish.most },
    );
  } catch (error) {
    if (!(error instanceof RemoraError)) throw error;
    if (error.code === 'too-many-functions') throw new CommandFailure(overLimit(error, asked.wish.most));
    throw new CommandFailure(errorText(error));
  }
}

/** With -L until there is such a line. */
async function waited(context: CommandContext, target: Target, asked: Asked): Promise<LinesFound> {
  const until = performance.now() + asked.wish.timeoutMs;
  for (;;) {
    const found = await lines(context, target, asked);
    const isOver = !asked.wish.lazy || context.signal.aborted || performance.now() > until;
    if (found.places.length > 0 || isOver) return found;
    await pause(context, lazyPoll.value);
  }
}

function compiled(
  what: 'express' | 'condition',
  text: string,
  names: ReadonlySet<string>,
  unsafe: boolean,
): CallExpression {
  try {
    return compileLineExpression(text, names, { unsafe });
  } catch (error) {
    if (error instanceof RemoraError)
      throw new CommandFailure(`The ${what} is not taken: ${errorText(error)}`);
    throw error;
  }
}

function listed({ of, sourceFile, lines: all }: FunctionLines) {
  const { className, methodName } = of;
  return { type: 'line-list', className, methodName, methodDesc: descOf(of), sourceFile, lines: all };
}

function descOf({ found }: ObservableFunction): string {
  return `(${found?.info.params.join(', ') ?? ''})`;
}

/** @throws CommandFailure where the first hits would hold the process for long */
function refuseLarge(places: readonly ObservableFunction[], force: boolean): void {
  const firstHits = new FirstHits(places, force);
  const large = places.find((place) => firstHits.refused(place) !== undefined);
  if (!large) return;
  throw new CommandFailure(
    `${firstHits.refused(large)}. Without a breakpoint the function may be watched (watch ${large.className} ${large.methodName})`,
  );
}

function priceNote({ of, report }: Reached): string {
  const { price, stallMs, notes } = report;
  const each =
    price?.hitNs === undefined
      ? 'each time that it is reached costs about 0.1 ms (not measured here)'
      : `each time that it is reached costs about ${inMs(price.hitNs)} to ${inMs(GROWS * price.hitNs)} ms, as measured here`;
  const install = `to set the breakpoint took ${stallMs.toFixed(1)} ms`;
  const first = firstHitText(firstHitMs(of), 'hit');
  const rest = [...(first === undefined ? [] : [first]), ...notes].map((note) => `; ${note}`).join('');
  return `${functionName(of)} line ${of.line?.at ?? 0}: ${each}; ${install}${rest}`;
}

function inMs(nanoseconds: number): string {
  return (nanoseconds / 1e6).toFixed(3);
}
