import type { Point } from '../../target/index.js';
import type { Command, CommandArguments, OptionSpec } from '../command.js';
import { expressionOf } from '../observe/expressions.js';
import { hitHead, hitValue, millis } from '../observe/hit.js';
import { captureItems, captureRoom, captureTime } from '../observe/limits.js';
import { observe } from '../observe/observe.js';
import {
  CONDITION_ARGUMENT,
  HITS_OPTION,
  PATTERN_ARGUMENTS,
  riskOfExpressions,
  sharedOptions,
  sharedWish,
} from '../observe/sharedOptions.js';
import { renderLimits } from '../values/index.js';

const DEFAULT_EXPRESS = '{params, target, returnObj}';

/** Each point has an option of its name; together they report a call once each. */
const POINTS: readonly (OptionSpec & { readonly long: Point })[] = [
  { short: 'b', long: 'before', kind: 'flag', summary: 'Report before the call' },
  { short: 'e', long: 'exception', kind: 'flag', summary: 'Report when it threw' },
  { short: 's', long: 'success', kind: 'flag', summary: 'Report when it returned' },
  { short: 'f', long: 'finish', kind: 'flag', summary: 'Report when it threw or returned; the default' },
];

export const watch: Command = {
  name: 'watch',
  summary: 'Watch calls of functions: arguments, receiver, result, exception, time',
  description:
    'Every call of the functions named is reported with the value of an expression over `params`, `target` (this), ' +
    '`returnObj`, `throwExp`, `clazz.name`, `method.name`, `cost` (ms), `isBefore`, `isReturn` and `isThrow`, until there ' +
    'were -n hits. The language is JavaScript; of OGNL it takes what documents use: `#cost`, `{params[0], returnObj}` (a ' +
    'list: an array), `#{"p": params}` (a map: an object), `and`, `or`, `not`. A brace without `name:` is a list. ' +
    'Expressions read, compute and call pure built-ins, as those of `ognl` do; a property that they name is read as ' +
    'JavaScript reads it, getters included. A condition that names only `params`, `target`, `clazz` and `method` is asked ' +
    'before the call, and a call for which it is not true costs next to nothing. A call that returns a promise is over when ' +
    'that is settled: `returnObj` is the value that came, `throwExp` the reason of a rejection, `cost` in an expression the ' +
    'whole time, and the result has both times. An expression that throws ends the command and never touches the call. ' +
    'Values of secret-looking names are masked. First comes `enhancer`: how many functions were reached. Messages tell ' +
    'which of them are reached only partially or at their next call, why nothing was seen for three seconds, what the ' +
    'governor did, and at the end what it all cost; `dropped` counts calls that came too fast. However the command ends, ' +
    'by itself, interrupted, or because nobody is left who asked for it, the functions are put back.',
  examples: [
    {
      line: "watch pricing.ts *quote '{params[0].coupon,returnObj}' '#cost>300' -x 2 -n 1",
      shows: 'a call that took longer than 300 ms: an argument, what came of it, and how long that took',
    },
    { line: "watch cart.ts Cart.add '{params[1], params[2]}' -n 2", shows: 'two arguments of each call' },
    {
      line: "watch orders.ts OrderService.place '{params[2], returnObj?.id}' -b -s -n 2",
      shows: 'before the call and after it',
    },
    {
      line: 'watch orders.ts charge "throwExp.message" -e --timeout 2',
      shows: 'only calls that threw, for 2 s',
    },
    { line: 'watch cart.ts Cart.add quantity', shows: 'what an expression may name' },
  ],
  options: [
    ...POINTS,
    {
      short: 'x',
      long: 'expand',
      kind: 'integer',
      default: 1,
      min: 0,
      max: 4,
      summary: 'How many levels of the value are opened',
    },
    HITS_OPTION,
    {
      short: 'M',
      long: 'sizeLimit',
      kind: 'integer',
      min: 1,
      summary: 'Characters of JSON of one value at most; without it the limit `capture-bytes`',
    },
    {
      long: 'settle',
      kind: 'flag',
      summary: 'A call that returns a promise is over when that is settled; the default',
    },
    {
      long: 'no-settle',
      kind: 'flag',
      summary: 'A call is over when it returns, also one that returns a promise',
    },
    ...sharedOptions(true),
  ],
  args: [
    ...PATTERN_ARGUMENTS,
    {
      name: 'express',
      required: false,
      default: DEFAULT_EXPRESS,
      summary: `A JavaScript expression; \`${DEFAULT_EXPRESS}\` without it`,
      completes: 'variable',
    },
    CONDITION_ARGUMENT,
  ],
  needs: 'target',
  risk: 'observe',
  riskOf: riskOfExpressions,
  results: [
    {
      type: 'watch',
      fields: [
        { name: 'ts', type: 'string', summary: 'When' },
        {
          name: 'cost',
          type: 'double',
          summary: 'Milliseconds until it returned or threw; 0 before the call',
        },
        {
          name: 'settle',
          type: 'double?',
          summary: 'Milliseconds until the promise it returned was settled',
        },
        { name: 'className', type: 'string', summary: 'Module, or `module:Class`' },
        { name: 'methodName', type: 'string', summary: 'The function' },
        { name: 'accessPoint', type: 'string', summary: '`AtEnter`, `AtExit`, `AtExceptionExit`' },
        { name: 'value', type: 'string', summary: 'The value as text' },
        { name: 'json', type: 'any', summary: 'The same, typed, as in `ognl`' },
        { name: 'instrument', type: 'string', summary: 'How the function was reached' },
        { name: 'sizeLimit', type: 'int?', summary: 'What -M said' },
      ],
    },
  ],
  cost: 'A call that is reported costs some hundred nanoseconds and the rendering of its value (10 ms at most); one that the condition leaves out at its entry some ten. The budget (`options probe-budget`, 1 % of one core) holds: over it calls are sampled, then the instrument is removed. What it has cost is the last message.',
  async *run(context) {
    const { args } = context;
    const wish = sharedWish(args);
    const [, , text = DEFAULT_EXPRESS, conditionText] = args.positional;
    const express = expressionOf('express', text, wish.unsafe);
    const condition = expressionOf('condition', conditionText, wish.unsafe);
    const sizeLimit = args.options.sizeLimit === undefined ? undefined : Number(args.options.sizeLimit);
    return yield* observe(context, {
      name: 'watch',
      wish,
      express,
      condition,
      request: {
        kind: 'watch',
        points: pointsOf(args),
        settle: args.options.noSettle !== true,
        limits: {
          ...renderLimits(Number(args.options.expand)),
          items: captureItems.value,
          bytes: captureRoom(sizeLimit),
          time: captureTime.value,
        },
        hits: Number(args.options.limits),
      },
      hit: ({ record, of, instrument }) => ({
        type: 'watch',
        ...hitHead(record, of),
        cost: millis(record.cost) ?? 0,
        settle: millis(record.settle),
        ...hitValue(record, express?.compiled.name ?? ''),
        instrument,
        sizeLimit,
      }),
    });
  },
  render(result, style) {
    const { className, methodName, accessPoint, ts, cost, settle, value } = result as Record<string, unknown>;
    const time = `cost=${String(cost)}ms${settle === undefined ? '' : ` settle=${String(settle)}ms`}`;
    const where = `method=${style.bold(`${className}.${methodName}`)} location=${
      accessPoint === 'AtExceptionExit' ? style.red(String(accessPoint)) : String(accessPoint)
    }`;
    return `${where}\nts=${style.dim(String(ts))}; [${style.cyan(time)}] result=${String(value)}`;
  },
};

function pointsOf({ options }: CommandArguments): readonly Point[] {
  const points = POINTS.map(({ long }) => long).filter((point) => options[point] === true);
  return points.length > 0 ? points : ['finish'];
}
