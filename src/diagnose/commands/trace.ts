import {
  FirstHits,
  firstHitMs,
  firstHitText,
  type ObservableFunction,
  type Target,
  type TargetInstruments,
  type TraceRequest,
  type TraceTree,
} from '../../target/index.js';
import {
  type Command,
  type CommandArguments,
  type CommandContext,
  CommandFailure,
  type Result,
} from '../command.js';
import { expressionOf } from '../observe/expressions.js';
import { captureTime } from '../observe/limits.js';
import { observe } from '../observe/observe.js';
import { functionName } from '../observe/reached.js';
import {
  CONDITION_ARGUMENT,
  HITS_OPTION,
  PATTERN_ARGUMENTS,
  riskOfExpressions,
  type SharedWish,
  sharedOptions,
  sharedWish,
} from '../observe/sharedOptions.js';
import { Growth } from '../observe/trace/growth.js';
import { traceDepth } from '../observe/trace/limits.js';
import { nodeCount } from '../observe/trace/nodes.js';
import { Places } from '../observe/trace/places.js';
import { renderTrace } from '../observe/trace/renderTrace.js';
import { beforehand, inFlightNotes } from '../observe/trace/traceNews.js';
import { wireTree } from '../observe/trace/wireTree.js';
import { renderLimits } from '../values/index.js';

/** How deep functions of -p mostly call one another. */
const PATH_LEVELS = 3;

export const trace: Command = {
  name: 'trace',
  summary: 'Show where a call spends its time: what it calls, as a tree with costs',
  description:
    'A traced function runs as a copy of itself in which every call, `new` and `await` is timed. What is called at one line ' +
    'is one node, with its count. A call that is awaited is one node until its promise is settled; `waited` says how much of ' +
    'that it waited. Times are those of the clock. By default only the named functions are looked into: --depth looks into ' +
    'what they are seen to call as well, -p into functions of further modules. Lines and names are those of the source that ' +
    'was written. What cannot be looked into is said before anything is installed; it is timed as a whole. The condition and ' +
    'its messages are those of `watch`; `#cost` is that of the whole call, its promise included.',
  examples: [
    { line: "trace orders.ts OrderService.place '#cost > 300' -n 1", shows: 'one slow call' },
    {
      line: "trace orders.ts OrderService.place '#cost > 300' --depth 5 -n 1",
      shows: 'the same, four levels deeper',
    },
    {
      line: 'trace orders.ts OrderService.place -p pricing.ts -n 1',
      shows: 'into every function of another module',
    },
  ],
  options: [
    HITS_OPTION,
    {
      short: 'p',
      long: 'path',
      kind: 'string',
      multiple: true,
      summary:
        'Look into these as well where they are called below: a module, `module:Class` or `module:function`',
    },
    {
      long: 'skipJDKMethod',
      kind: 'boolean',
      default: true,
      summary: "The reference's name of --skip-internal",
    },
    {
      long: 'skip-internal',
      kind: 'boolean',
      summary: "`false` shows calls of JavaScript's and Node.js's own functions as nodes, too",
    },
    {
      long: 'depth',
      kind: 'integer',
      default: 1,
      min: 1,
      summary: 'Levels of functions that are looked into; at most the limit `trace-depth`',
    },
    {
      long: 'across-callbacks',
      kind: 'flag',
      summary: 'Follow timers, queues and emitters too, by an AsyncLocalStorage',
    },
    ...sharedOptions(true),
  ],
  args: [...PATTERN_ARGUMENTS, CONDITION_ARGUMENT],
  needs: 'target',
  risk: 'observe',
  riskOf: riskOfExpressions,
  results: [
    {
      type: 'trace',
      fields: [
        { name: 'nodeCount', type: 'int', summary: 'Calls and awaits in the tree' },
        {
          name: 'root',
          type: '{type:"thread",threadName,threadId,daemon,priority,timestamp,children}',
          summary: 'The thread; its only child is the call',
        },
        {
          name: 'root.children[]',
          type: '{type:"method",className,methodName,lineNumber,fileName?,invoking,kind?,cost,minCost,maxCost,totalCost,times,selfCost?,waitCost?,throw?,throwExp?,mark?,inFlight?,callback?,children?}',
          summary:
            'A call; costs in ns, of the last call, the shortest, the longest and all of them; `lineNumber` in `fileName` is where it is called, -1 of the traced function; `selfCost` what no node below it took, `waitCost` what it waited for promises; `inFlight` so many of `times` go on, their costs are those since they began',
        },
        {
          name: '...children[]',
          type: '{type:"throw",exception,message?,lineNumber}',
          summary: 'An error that a function which was looked into let out',
        },
        {
          name: 'id, continues',
          type: 'int, int?',
          summary: 'Counts the trees; a callback that ran after the tree of that id was done',
        },
        { name: 'omitted', type: 'int?', summary: 'Calls that found no room in the tree' },
        { name: 'unfinished', type: 'boolean?', summary: 'It still runs, or did when it was cut short' },
      ],
    },
  ],
  cost: 'Some hundred nanoseconds for each node of each call, more for an `await`. Budget and governor as in `watch`.',
  async *run(context) {
    const { args } = context;
    const wish = sharedWish(args);
    if (Number(args.options.depth) > traceDepth.value) {
      throw new CommandFailure(
        `The option 'depth' must be at most ${traceDepth.value} (limit trace-depth); -p looks into named modules at any depth`,
        -10,
      );
    }
    const condition = expressionOf('condition', args.positional[2], wish.unsafe);
    const places = new Places(await context.target());
    const depth = Number(args.options.depth);
    const growth = new Growth(depth, depth + (args.options.path ? PATH_LEVELS : 0));
    let keptBack: Result | undefined;
    return yield* observe(context, {
      name: 'trace',
      wish,
      condition,
      request: {
        kind: 'trace',
        points: ['finish'],
        limits: { ...renderLimits(1), time: captureTime.value },
        // The target does not know which trees are kept back.
        hits: 0,
      },
      most: Number(args.options.limits),
      async *prepare(functions, instruments) {
        refuseLarge(functions, wish.force);
        yield* texts(beforehand(await instruments.traceable(functions)));
        yield* texts(firstCalls(functions));
        const paths = await pathsOf(args, wish, instruments, context);
        return { trace: traceRequest(args, paths) };
      },
      async hit({ record, of, tree, target }) {
        if (!tree) throw new CommandFailure('the process sent a call without its tree');
        const result = await resultOf(tree, of, places, target, record.ts);
        keptBack = growth.keepsBack(tree) ? result : undefined;
        return keptBack ? undefined : result;
      },
      async *last({ inFlight, hits, target }) {
        if (keptBack) yield keptBack;
        const shown = hits > 0 ? [] : inFlight.calls;
        for (const { of, tree } of shown) yield await resultOf(tree, of, places, target, Date.now());
        yield* texts(inFlightNotes(inFlight, shown.length));
      },
    });
  },
  render: renderTrace,
};

/** @throws CommandFailure where compiling their copies would hold the process for long */
function refuseLarge(roots: readonly ObservableFunction[], force: boolean): void {
  const firstHits = new FirstHits(roots, force);
  const large = roots.find((root) => firstHits.refused(root) !== undefined);
  if (!large) return;
  throw new CommandFailure(
    `${functionName(large)} cannot be looked into: its copy is compiled at a breakpoint, and ${firstHits.refused(large)}`,
  );
}

/** What the calls take in which the copies of the roots are compiled. */
function firstCalls(roots: readonly ObservableFunction[]): string[] {
  const longest = Math.max(...roots.map(firstHitMs));
  const text = firstHitText(longest);
  const each = roots.length === 1 ? '' : ' in each of these functions';
  return text === undefined
    ? []
    : [`${text}${each}; so does that of each function that is looked into later`];
}

async function resultOf(
  tree: TraceTree,
  of: ObservableFunction,
  places: Places,
  target: Target,
  ts: number,
): Promise<Result> {
  const root = await wireTree(tree.root, of, places);
  return {
    type: 'trace',
    nodeCount: nodeCount(root),
    root: {
      type: 'thread',
      threadName: 'main',
      threadId: target.process.pid,
      daemon: false,
      priority: 0,
      timestamp: new Date(Number.isFinite(ts) ? ts : Date.now()),
      children: [root],
    },
    id: tree.id,
    continues: tree.continues,
    omitted: tree.omitted || undefined,
    unfinished: tree.isUnfinished || undefined,
  };
}

function traceRequest({ options }: CommandArguments, paths: readonly ObservableFunction[]): TraceRequest {
  return {
    depth: Number(options.depth),
    acrossCallbacks: options.acrossCallbacks === true,
    skipInternal: options.skipInternal !== false && options.skipJDKMethod !== false,
    paths,
  };
}

/** @throws CommandFailure for one that names nothing */
async function pathsOf(
  { options }: CommandArguments,
  { pattern, most }: SharedWish,
  instruments: TargetInstruments,
  { signal }: CommandContext,
): Promise<readonly ObservableFunction[]> {
  const found: ObservableFunction[] = [];
  for (const path of (options.path ?? []) as readonly string[]) {
    const whole = { ...pattern, module: path, name: pattern.regex ? '.*' : '*' };
    let fit = await instruments.find(whole, { most, signal });
    const colon = path.lastIndexOf(':');
    if (fit.length === 0 && colon > 0) {
      const one = { ...pattern, module: path.slice(0, colon), name: path.slice(colon + 1) };
      fit = await instruments.find(one, { most, signal });
    }
    if (fit.length === 0) {
      throw new CommandFailure(
        `The path '${path}' names no function that is loaded: \`sm ${path}\` shows what there is; module, module:Class and module:function are understood`,
      );
    }
    found.push(...fit);
  }
  return found;
}

function* texts(all: readonly string[]): Generator<Result, void, void> {
  for (const message of all) yield { type: 'message', message };
}
