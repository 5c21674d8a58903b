import type { Command, Result, Style } from '../command.js';
import { renderStack, type StackFrame } from '../frames.js';
import { expressionOf } from '../observe/expressions.js';
import { hitHead } from '../observe/hit.js';
import { captureTime, stackFrames } from '../observe/limits.js';
import { observe } from '../observe/observe.js';
import {
  CONDITION_ARGUMENT,
  HITS_OPTION,
  PATTERN_ARGUMENTS,
  riskOfExpressions,
  sharedOptions,
  sharedWish,
} from '../observe/sharedOptions.js';
import { callStack, wireCallStack } from '../observe/stackTrace.js';
import { renderLimits } from '../values/index.js';

type CallFrame = StackFrame & { readonly async?: boolean };

export const stack: Command = {
  name: 'stack',
  summary: 'Show who calls a function: its stack at every call',
  description:
    'The frames are those of the callers, innermost first, in the files and lines of the source that was written. What ' +
    'stands before an `await` is part of the stack as far as V8 keeps it; the first frame of such a part is marked. ' +
    'Expressions and messages are those of `watch`. A condition that names only what is known before the call is asked ' +
    'before it; another one after it, when the asynchronous part of the stack may have gone.',
  examples: [
    { line: 'stack pricing.ts Pricing.quote -n 1', shows: 'the callers, through await' },
    {
      line: "stack cart.ts Cart.add 'params[2] > 0' -n 1",
      shows: 'only for calls with such a third argument',
    },
  ],
  options: [HITS_OPTION, ...sharedOptions(true)],
  args: [
    ...PATTERN_ARGUMENTS.map((arg) => (arg.name === 'method-pattern' ? { ...arg, required: false } : arg)),
    CONDITION_ARGUMENT,
  ],
  needs: 'target',
  risk: 'observe',
  riskOf: riskOfExpressions,
  results: [
    {
      type: 'stack',
      fields: [
        { name: 'ts', type: 'string', summary: 'When' },
        { name: 'cost', type: 'double', summary: 'Always 0, as in the reference' },
        { name: 'className, methodName', type: 'string', summary: 'The function that was called' },
        { name: 'threadName, threadId', type: 'string', summary: '`main` and its number' },
        { name: 'daemon, priority', type: 'boolean, int', summary: 'false and 0' },
        {
          name: 'stackTrace',
          type: '{fileName?,lineNumber,className,methodName,async?}[]',
          summary: 'The callers; `async` on the first frame before an await, a timer or a callback',
        },
        { name: 'instrument', type: 'string', summary: 'How the function was reached' },
      ],
    },
  ],
  cost: 'Some microseconds for each stack that is taken; one that the condition leaves out some ten nanoseconds. Budget and governor as in `watch`.',
  async *run(context) {
    const { args } = context;
    const wish = sharedWish(args);
    const condition = expressionOf('condition', args.positional[2], wish.unsafe);
    return yield* observe(context, {
      name: 'stack',
      wish,
      condition,
      request: {
        kind: 'stack',
        points: ['before'],
        limits: { ...renderLimits(1), time: captureTime.value },
        hits: Number(args.options.limits),
        frames: stackFrames.value,
      },
      async hit({ record, of, target, instrument }) {
        const { ts, className, methodName } = hitHead(record, of);
        return {
          type: 'stack',
          ts,
          cost: 0,
          className,
          methodName,
          threadName: 'main',
          threadId: String(target.process.pid),
          daemon: false,
          priority: 0,
          stackTrace: wireCallStack(await callStack(target, record.frames)),
          instrument,
        };
      },
    });
  },
  render: renderHit,
};

function renderHit(result: Result, style: Style): string {
  const { ts, threadName, threadId, daemon, priority, className, methodName } = result;
  const lines = [
    style.dim(`ts=${ts};thread_name=${threadName};id=${threadId};is_daemon=${daemon};priority=${priority}`),
    `    @${style.bold(`${className}.${methodName}`)}()`,
  ];
  for (const frame of result.stackTrace as readonly CallFrame[]) {
    if (frame.async) lines.push(style.dim('        --- async ---'));
    lines.push(...renderStack([frame], '        '));
  }
  return lines.join('\n');
}
