/** What `tt` does with calls that are kept already. */
import type { KeptFragment, Target, Tunnel } from '../../target/index.js';
import { dataMap } from '../../wire/index.js';
import {
  type CommandArguments,
  type CommandContext,
  type CommandEnd,
  CommandFailure,
  type Result,
} from '../command.js';
import { commandFault } from '../errors.js';
import { type CallExpression, callExpressionFuel, expressionTime } from '../expression/index.js';
import { expressionFailed } from '../observe/errors.js';
import { expressionOf, inProcess } from '../observe/expressions.js';
import { captureItems, captureRoom, captureTime } from '../observe/limits.js';
import { pause } from '../pause.js';
import { formatBytes } from '../render/index.js';
import { renderLimits } from '../values/index.js';
import { recordOf, watchText } from './fragments.js';
import { mostReplays } from './limits.js';

export type Steps = AsyncGenerator<Result, CommandEnd | undefined, void>;

const ILLEGAL = 'IllegalArgumentException';
/** Records of one result of a list. */
const PAGE = 50;

export interface View {
  readonly expand: number;
  readonly sizeLimit: number | undefined;
  readonly limits: ReturnType<typeof renderLimits>;
}

export interface At {
  readonly context: CommandContext;
  readonly target: Target;
  readonly tunnel: Tunnel;
  readonly view: View;
}

export function viewOf({ options }: CommandArguments): View {
  const expand = Number(options.expand);
  const sizeLimit = options.sizeLimit === undefined ? undefined : Number(options.sizeLimit);
  return {
    expand,
    sizeLimit,
    limits: {
      ...renderLimits(expand),
      items: captureItems.value,
      bytes: captureRoom(sizeLimit),
      time: captureTime.value,
    },
  };
}

export function illegal(text: string): CommandFailure {
  return new CommandFailure(commandFault(ILLEGAL, text), 1);
}

function missing(index: number): CommandFailure {
  return new CommandFailure(`Time fragment[${index}] does not exist.`, 1);
}

export async function* list(at: At): Steps {
  yield* listed(at.tunnel.records(at.view.limits, at.context.signal), at);
  yield* stateNote(at);
  return undefined;
}

/** In parts, so that no result is larger than a client takes. */
async function* listed(
  records: AsyncIterable<KeptFragment>,
  { view }: At,
): AsyncGenerator<Result, void, void> {
  let first = true;
  let count = 0;
  let part: object[] = [];
  const flush = (): Result => {
    const result = { type: 'tt', first, timeFragmentList: part };
    first = false;
    part = [];
    return result;
  };
  for await (const fragment of records) {
    count += 1;
    part.push(recordOf(fragment, view.expand));
    if (part.length >= PAGE) yield flush();
  }
  if (part.length > 0 || first) yield flush();
  yield { type: 'row_affect', rowCount: count };
}

/** What is not there any more, and what the rest holds. */
async function* stateNote({ tunnel }: At): AsyncGenerator<Result, void, void> {
  const { count, bytes, evicted } = await tunnel.state();
  const gone = [
    evicted.records > 0 && `${evicted.records} as there were more than tunnel-records`,
    evicted.bytes > 0 && `${evicted.bytes} as they held more than tunnel-bytes`,
    evicted.age > 0 && `${evicted.age} as they were older than tunnel-lifetime`,
  ].filter(Boolean);
  yield* said(
    count > 0 && `${count === 1 ? '1 record holds' : `${count} records hold`} about ${formatBytes(bytes)}`,
    gone.length > 0 && `gone before anybody deleted them: ${gone.join(', ')}`,
  );
}

export function* said(...texts: readonly (string | false)[]): Generator<Result, void, void> {
  const message = texts.filter(Boolean).join('; ');
  if (message !== '') yield { type: 'message', message };
}

export async function* show({ tunnel, view }: At, index: number): Steps {
  const fragment = await tunnel.show(index, view.limits);
  if (!fragment) throw missing(index);
  const { expand, sizeLimit } = view;
  yield { type: 'tt', timeFragment: recordOf(fragment, expand), expand, sizeLimit };
  return undefined;
}

export async function* evaluate(at: At, index: number, text: string): Steps {
  const { expand, sizeLimit } = at.view;
  const express = expressionOf('express', text, at.context.args.options.unsafe === true);
  let value: string | undefined;
  for await (const { fragment } of found(at, { express, only: index })) {
    if (fragment?.failed !== undefined) throw failed(express, undefined, fragment.failed);
    if (fragment) value = watchText(fragment, express?.compiled.name ?? '');
  }
  if (value === undefined) throw missing(index);
  yield { type: 'tt', watchValue: value, expand, sizeLimit };
  return undefined;
}

export async function* search(at: At, text: string, watchExpress: string | undefined): Steps {
  const unsafe = at.context.args.options.unsafe === true;
  const condition = expressionOf('condition', text, unsafe);
  const express = expressionOf('express', watchExpress, unsafe);
  if (!condition) throw illegal("Argument(s) is/are expected, type 'help tt' to read usage");
  const failures = { count: 0, why: '' };
  const fits = fragments(found(at, { condition, express }), failures);
  if (express) {
    const values = new Map<string, string>();
    for await (const fragment of fits) {
      values.set(String(fragment.index), watchText(fragment, express.compiled.name));
    }
    const { expand, sizeLimit } = at.view;
    yield { type: 'tt', watchResults: dataMap(Object.fromEntries(values)), expand, sizeLimit };
    yield { type: 'row_affect', rowCount: values.size };
  } else {
    yield* listed(fits, at);
  }
  const { count } = await at.tunnel.state();
  if (failures.count > 0 && failures.count >= count) throw failed(express, condition, failures.why);
  yield* said(
    failures.count > 0 &&
      `the expression failed on ${failures.count} of ${count} records, which count as not fitting; first: ${failures.why}`,
  );
  return undefined;
}

async function* fragments(
  all: ReturnType<typeof found>,
  failures: { count: number; why: string },
): AsyncGenerator<KeptFragment, void, void> {
  for await (const { fragment, failures: count = 0, failure = '' } of all) {
    failures.count += count;
    if (count > 0) failures.why ||= failure;
    if (fragment) yield fragment;
  }
}

async function* found(
  { target, tunnel, view, context: { signal } }: At,
  {
    condition,
    express,
    only,
  }: { readonly condition?: CallExpression; readonly express?: CallExpression; readonly only?: number },
) {
  yield* tunnel.search({
    condition: await inProcess(condition, target, signal),
    express: await inProcess(express, target, signal),
    limits: view.limits,
    fuel: callExpressionFuel.value,
    timeMs: expressionTime.value,
    only,
    signal,
  });
}

function failed(
  express: CallExpression | undefined,
  condition: CallExpression | undefined,
  why: string,
): CommandFailure {
  return new CommandFailure(expressionFailed('tt', express, condition, why));
}

export async function* play(at: At, index: number): Steps {
  const { context, tunnel, view } = at;
  const { replayTimes, replayInterval } = context.args.options;
  const { expand, sizeLimit, limits } = view;
  const times = Number(replayTimes);
  if (times > mostReplays.value) {
    throw new CommandFailure(
      `--replay-times ${times} is above the limit tunnel-replays (${mostReplays.value})`,
      1,
    );
  }
  for (let replayNo = 1; replayNo <= times && !context.signal.aborted; replayNo++) {
    if (replayNo > 1) await pause(context, Number(replayInterval));
    if (context.signal.aborted) break;
    const fragment = await tunnel.replay(index, limits);
    if (fragment === 'cannot') {
      throw new CommandFailure(
        `Time fragment[${index}] cannot be replayed: only a breakpoint saw that call, so that its function is not known`,
        1,
      );
    }
    if (!fragment) throw missing(index);
    yield { type: 'tt', replayResult: recordOf(fragment, expand), replayNo, expand, sizeLimit };
    yield* said(
      fragment.unsettledMs !== undefined &&
        `its promise has not settled in ${fragment.unsettledMs} ms (limit tunnel-replay-wait); it goes on without anybody waiting`,
    );
  }
  yield* said(`Time fragment[${index}] was replayed; what the function did cannot be undone`);
  return undefined;
}

export async function* deleteOne({ tunnel }: At, index: number): Steps {
  if (!(await tunnel.delete(index))) throw missing(index);
  yield { type: 'message', message: `Time fragment[${index}] successfully deleted.` };
  yield { type: 'row_affect', rowCount: 1 };
  return undefined;
}

export async function* deleteAll({ tunnel }: At): Steps {
  const rowCount = await tunnel.clear();
  yield { type: 'message', message: 'Time fragments are cleaned.' };
  yield { type: 'row_affect', rowCount };
  return undefined;
}
