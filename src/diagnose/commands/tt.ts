import { errorText, RemoraError } from '../../base/index.js';
import { tunnelOf } from '../../target/index.js';
import { type Command, type CommandContext, CommandFailure } from '../command.js';
import { expressionOf } from '../observe/expressions.js';
import { observe } from '../observe/observe.js';
import {
  CONDITION_ARGUMENT,
  HITS_OPTION,
  PATTERN_ARGUMENTS,
  riskOfExpressions,
  sharedOptions,
  sharedWish,
} from '../observe/sharedOptions.js';
import { fragmentOf, recordOf } from '../tunnel/fragments.js';
import {
  type At,
  deleteAll,
  deleteOne,
  evaluate,
  illegal,
  list,
  play,
  type Steps,
  said,
  search,
  show,
  viewOf,
} from '../tunnel/kept.js';
import { renderTunnel } from '../tunnel/render.js';

export const tt: Command = {
  name: 'tt',
  summary: 'Keep calls in the process: list, search, look into and repeat them',
  description:
    'With -t every call of the functions named is kept where it happened, with its arguments, receiver and outcome as live ' +
    'values: -i shows one, -w evaluates an expression on it (the words are those of `watch`), -s finds those for which an ' +
    'expression is true, -p calls the function again. What is shown is what the values are *now*. Indices count from 1000 ' +
    'and are never given twice while the process is attached; all sessions see one store. It is bounded by the number of ' +
    'records (`tunnel-records`), by what they hold (`tunnel-bytes`: an estimate, taken when a call is kept) and by their ' +
    'age (`tunnel-lifetime`); the oldest go first, and that is said. `reset`, letting go of the process, and the death of ' +
    "the agent free all. A replay (-p, risk change) runs the application's own function with the kept receiver and " +
    'arguments, past every instrument, in a turn of the event loop of its own: nothing undoes what it does, nothing stops ' +
    'it while it runs, and the AsyncLocalStorage of the first call is not there; a promise is awaited, the iterator of a generator is made and not asked.',
  examples: [
    { line: 'tt -t cart.ts Cart.add -n 2', shows: 'the next two calls, kept' },
    { line: 'tt -l', shows: 'what is kept' },
    { line: 'tt -i 1000', shows: 'one call with its arguments and its outcome' },
    { line: "tt -i 1000 -w 'params[1]'", shows: 'an expression on it' },
    { line: "tt -s 'params.length > 1'", shows: 'calls for which an expression is true' },
    { line: 'tt -i 1000 -p', shows: 'the same call once more; needs the role admin' },
    { line: 'tt --delete-all', shows: 'how many were freed' },
  ],
  options: [
    { short: 't', long: 'time-tunnel', kind: 'flag', summary: 'Keep the calls of these functions' },
    { short: 'l', long: 'list', kind: 'flag', summary: 'List all that is kept' },
    { short: 'i', long: 'index', kind: 'integer', min: 0, summary: 'One call, by its index' },
    {
      short: 's',
      long: 'search-express',
      kind: 'string',
      summary: 'List the calls for which this JavaScript expression gives `true`',
    },
    {
      short: 'w',
      long: 'watch-express',
      kind: 'string',
      summary: 'With -i or -s: the value of this JavaScript expression',
    },
    { short: 'p', long: 'play', kind: 'flag', summary: 'With -i: call the function again (risk change)' },
    {
      long: 'replay-times',
      kind: 'integer',
      default: 1,
      min: 1,
      summary: 'How often; at most the limit `tunnel-replays`',
    },
    {
      long: 'replay-interval',
      kind: 'integer',
      default: 1000,
      min: 0,
      max: 3_600_000,
      summary: 'Milliseconds between two of them',
    },
    { short: 'd', long: 'delete', kind: 'flag', summary: 'With -i: free this call' },
    { long: 'delete-all', kind: 'flag', summary: 'Free all' },
    {
      short: 'x',
      long: 'expand',
      kind: 'integer',
      default: 1,
      min: 0,
      max: 4,
      summary: 'How many levels of values are opened',
    },
    HITS_OPTION,
    {
      short: 'M',
      long: 'sizeLimit',
      kind: 'integer',
      min: 1,
      summary: 'Characters of JSON of one record at most; without it the limit `capture-bytes`',
    },
    ...sharedOptions(true),
  ],
  args: [...PATTERN_ARGUMENTS.map((arg) => ({ ...arg, required: false })), CONDITION_ARGUMENT],
  needs: 'target',
  risk: 'observe',
  riskOf: (args) => (args.options.play === true ? 'change' : riskOfExpressions(args)),
  results: [
    {
      type: 'tt',
      fields: [
        {
          name: 'first',
          type: 'boolean',
          summary: 'With -t the first of them; with -l and -s the first part',
        },
        {
          name: 'timeFragmentList',
          type: 'record[]',
          summary: 'With -t one for each hit; with -l and -s all, in parts of 50',
        },
        { name: 'timeFragment', type: 'record', summary: 'With -i' },
        { name: 'watchValue', type: 'string', summary: 'With -i -w' },
        { name: 'watchResults', type: '{index: string}', summary: 'With -s -w' },
        { name: 'replayResult, replayNo', type: 'record, int', summary: 'With -p: what came of it, from 1' },
        { name: 'expand, sizeLimit', type: 'int, int?', summary: 'What -x and -M said' },
        {
          name: 'record',
          type: '{index,timestamp,cost,settle?,return,throw,object,className,methodName,params[],returnObj,throwExp,json,bytes,kept?}',
          summary:
            '`cost` in ms, `settle` until its promise was settled; `object` the receiver as `0x...`, the same for the same one, or `NULL`; `params` are `{expand,object}` with real JSON; `returnObj` and `throwExp` as text, `null` for the one that was not; `json` the outcome, typed; `bytes` what it holds; `kept` false when that was too much',
        },
      ],
    },
    {
      type: 'row_affect',
      fields: [{ name: 'rowCount', type: 'number', summary: 'Records listed or freed' }],
    },
  ],
  cost: 'A call that is kept costs what a `watch` of its arguments and its result costs, and weighing what it holds (some microseconds, 3 ms at most). What it refers to stays in memory until the record goes. Budget and governor as in `watch`. A replay costs what the function costs.',
  async *run(context) {
    try {
      return yield* chosen(context);
    } catch (error) {
      if (error instanceof RemoraError && error.code === 'expression-failed')
        throw new CommandFailure(errorText(error));
      throw error;
    }
  },
  render: renderTunnel,
};

async function* chosen(context: CommandContext): Steps {
  const { options, positional } = context.args;
  const index = options.index === undefined ? undefined : Number(options.index);
  const { watchExpress, searchExpress } = options;
  if ((options.delete === true || options.play === true) && index === undefined) {
    throw illegal('Time fragment index is expected, please type -i to specify');
  }
  if (options.timeTunnel === true) {
    if (!positional[0]) {
      throw illegal('Class-pattern is expected, please type the wildcard expression to match');
    }
    if (!positional[1]) {
      throw illegal('Method-pattern is expected, please type the wildcard expression to match');
    }
    return yield* record(context);
  }
  const target = await context.target();
  const at: At = { context, target, tunnel: tunnelOf(target), view: viewOf(context.args) };
  if (options.play === true && index !== undefined) return yield* play(at, index);
  if (options.list === true) return yield* list(at);
  if (options.deleteAll === true) return yield* deleteAll(at);
  if (options.delete === true && index !== undefined) return yield* deleteOne(at, index);
  if (searchExpress !== undefined) return yield* search(at, String(searchExpress), watchExpress as string);
  if (watchExpress !== undefined) {
    if (index === undefined) throw illegal('Time fragment index is expected, please type -i to specify');
    return yield* evaluate(at, index, String(watchExpress));
  }
  if (index !== undefined) return yield* show(at, index);
  throw illegal("Argument(s) is/are expected, type 'help tt' to read usage");
}

async function* record(context: CommandContext): Steps {
  const { args } = context;
  const wish = sharedWish(args);
  const condition = expressionOf('condition', args.positional[2], wish.unsafe);
  const { expand, limits } = viewOf(args);
  await tunnelOf(await context.target()).open();
  let first = true;
  const gone = { evicted: 0, unkept: 0 };
  const end = yield* observe(context, {
    name: 'tt',
    wish,
    condition,
    request: { kind: 'tt', points: ['finish'], limits, hits: Number(args.options.limits) },
    hit({ record: { value, ts, cost }, of: { className, methodName }, instrument }) {
      const fragment = fragmentOf(value) ?? { index: 0, ts, cost, className, methodName };
      gone.evicted += fragment.evicted ?? 0;
      gone.unkept += fragment.unkept === true ? 1 : 0;
      const result = { type: 'tt', first, timeFragmentList: [recordOf(fragment, expand)], instrument };
      first = false;
      return result;
    },
  });
  yield* said(
    gone.evicted > 0 &&
      `${gone.evicted} older record(s) went: the store was full (limits tunnel-records, tunnel-bytes)`,
    gone.unkept > 0 && `${gone.unkept} record(s) were not kept: each holds more than the limit tunnel-bytes`,
  );
  return end;
}
