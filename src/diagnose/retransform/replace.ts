/** What `retransform` does when it replaces functions. */
import { setTimeout as sleep } from 'node:timers/promises';
import { errorText } from '../../base/index.js';
import {
  FirstHits,
  firstHitMs,
  firstHitText,
  matcher,
  newVersionOf,
  type ObservableFunction,
  readTargetFile,
  replacementOf,
  scriptsOf,
  type Target,
  type TargetInstruments,
} from '../../target/index.js';
import { type CommandContext, type CommandEnd, CommandFailure, type Result } from '../command.js';
import { budgetOf } from '../observe/budget.js';
import { instrumentsFor } from '../observe/instruments.js';
import { functionName, hookNotes } from '../observe/reached.js';
import { type Replaced, type ReplacedFunctions, replacedIn } from './replaced.js';
import type { ReplaceWish } from './wish.js';

interface Change {
  readonly of: ObservableFunction;
  readonly source: string;
  readonly language: ReplaceWish['language'];
  readonly isForNested: boolean;
}

const SAYS_NO = -1;
/** Bytes of a file that holds a new source. */
const FILE_BYTES = 4 * 1024 * 1024;
/** How long callers are looked at, in src/probe/worker/instruments/callWatch.ts, and a little more. */
const REACH_MS = 150;
/** Functions that one name may mean. */
const MOST_MEANT = 5;

export async function* replace(
  context: CommandContext,
  wish: ReplaceWish,
): AsyncGenerator<Result, CommandEnd | undefined, void> {
  const target = await context.target();
  const instruments = instrumentsFor(context.services, target);
  await instruments.setBudget(budgetOf(context.services.options));
  const store = replacedIn(target, instruments);
  const lease = await scriptsOf(target).open();
  try {
    const told: string[] = [];
    const changes = await changesOf(target, instruments, wish, context.signal, told);
    const chosen = narrowed(changes, wish.classPattern);
    if (chosen.length > wish.most)
      throw new CommandFailure(
        `${chosen.length} functions are others, ${wish.most} are the most: --limit ${chosen.length}, or name them one by one`,
        SAYS_NO,
      );
    told.push(...firstHits(chosen, wish.force));
    const replaced: Replaced[] = [];
    const changed = new Changed();
    for (const change of chosen) {
      if (context.signal.aborted) break;
      const done = await one(context, store, change, wish, changed, told).catch((error: unknown) => {
        if (chosen.length === 1 || target.closed.aborted) throw error;
        told.push(errorText(error));
        return undefined;
      });
      if (done?.over !== undefined) told.push(`${functionName(done.of)} was not replaced: ${done.over}`);
      else if (done) replaced.push(done);
    }
    for (const message of told) yield { type: 'message', message };
    yield resultOf(replaced);
    if (replaced.length === 0) return { statusCode: SAYS_NO, message: 'Nothing was replaced' };
    yield { type: 'message', message: begun(replaced) };
    yield* awaited(replaced, changed, wish.waitMs, context.signal);
    return undefined;
  } finally {
    lease.release();
  }
}

/**
 * What the calls take in which the new sources are compiled.
 * @throws CommandFailure where that would hold the process for long
 */
function firstHits(changes: readonly Change[], force: boolean): string[] {
  const all = new FirstHits(
    changes.map(({ of }) => of),
    force,
  );
  return changes.flatMap(({ of }) => {
    const why = all.refused(of);
    if (why !== undefined)
      throw new CommandFailure(
        `${functionName(of)} is not replaced: its new source is compiled at a breakpoint, and ${why}`,
        SAYS_NO,
      );
    const text = firstHitText(firstHitMs(of));
    return text === undefined ? [] : [`${functionName(of)}: ${text}`];
  });
}

async function changesOf(
  target: Target,
  instruments: TargetInstruments,
  wish: ReplaceWish,
  signal: AbortSignal,
  told: string[],
): Promise<readonly Change[]> {
  const { modules, name, source, language } = wish;
  const [module = ''] = modules;
  if (source && name !== undefined) {
    const text = await textOf(target, source);
    const of = await named(instruments, module, name, signal);
    return [{ of, source: text, language, isForNested: false }];
  }
  const changes: Change[] = [];
  for (const each of modules) {
    const text = await textOf(target, source ?? { file: each });
    const version = await newVersionOf(target, each, text, language);
    for (const note of version.notes) told.push(`${each}: ${note}`);
    if (version.changed.length === 0) told.push(`${each}: no function of it is another one`);
    for (const { of, source: js, isForNested } of version.changed)
      changes.push({ of, source: js, language: 'js', isForNested });
  }
  return changes;
}

async function textOf(
  target: Target,
  source: { readonly text: string } | { readonly file: string },
): Promise<string> {
  return 'text' in source ? source.text : await readTargetFile(target, source.file, FILE_BYTES);
}

async function named(
  instruments: TargetInstruments,
  module: string,
  name: string,
  signal: AbortSignal,
): Promise<ObservableFunction> {
  let nothing: string | undefined;
  const found = await instruments.find(
    { module, name, regex: false },
    { most: MOST_MEANT, signal, onNothing: (why) => (nothing = why) },
  );
  const [only] = found;
  if (!only)
    throw new CommandFailure(
      `No function was found: ${nothing ?? `${module} ${name}`}. \`sm ${module}\` lists those that are there`,
      SAYS_NO,
    );
  if (found.length > 1)
    throw new CommandFailure(
      `${module} ${name} means ${found.length} functions, name one of them: ${found.map((fn) => `${functionName(fn)}${lineOf(fn)}`).join(', ')}`,
      SAYS_NO,
    );
  return only;
}

function lineOf({ found }: ObservableFunction): string {
  return found ? ` (line ${found.line})` : '';
}

function narrowed(changes: readonly Change[], pattern: string | undefined): readonly Change[] {
  if (pattern === undefined) return changes;
  const fit = matcher(pattern, false)(changes.map(({ of }) => namesOf(of)));
  return changes.filter((_, index) => fit[index]);
}

/** A module, `module:Class`, and the class alone. */
export function namesOf({ className }: ObservableFunction): string[] {
  const [, module = className, owner = ''] = /^(.*):([^:/]*)$/.exec(className) ?? [];
  return owner === '' ? [className] : [className, module, owner];
}

async function one(
  context: CommandContext,
  store: ReplacedFunctions,
  { of, source, language, isForNested }: Change,
  { force, lifetimeMs }: ReplaceWish,
  changed: Changed,
  told: string[],
): Promise<Replaced> {
  const target = await context.target();
  const replacement = await replacementOf(target, of, source, { language, force });
  for (const note of replacement.notes) told.push(`${functionName(of)}: ${note}`);
  if (isForNested)
    told.push(
      `${functionName(of)}: only functions inside it are others; it is replaced for those that it makes from now on`,
    );
  const who = context.caller.user;
  return await store.add({ of, replacement, source, lifetimeMs, who, force, changed: () => changed.tell() });
}

function resultOf(replaced: readonly Replaced[]): Result {
  return {
    type: 'retransform',
    retransformCount: replaced.length,
    retransformClasses: [...new Set(replaced.map(({ of }) => of.className))],
    ids: replaced.map(({ id }) => id),
    functions: replaced.map(({ id, of, report, expires }) => ({
      id,
      className: of.className,
      methodName: of.methodName,
      state: report.state,
      expires,
    })),
  };
}

function begun(replaced: readonly Replaced[]): string {
  const [first] = replaced as [Replaced];
  const seconds = Math.round((first.expires.getTime() - first.since.getTime()) / 1000);
  const names = replaced.map(({ id, of }) => `${functionName(of)} (${id})`).join(', ');
  const are = replaced.length === 1 ? 'is' : 'are';
  return (
    `${names} ${are} compiled at the next call and in force from the one after it; ` +
    `put back after ${seconds} s, by \`retransform -d ID\`, by \`reset\`, and when Remora lets the process go`
  );
}

/** Tells which are in force as they come. */
async function* awaited(
  replaced: readonly Replaced[],
  changed: Changed,
  waitMs: number,
  signal: AbortSignal,
): AsyncGenerator<Result> {
  const started = performance.now();
  const left = new Set(replaced);
  for (;;) {
    for (const each of [...left]) {
      const { over, report, of } = each;
      if (over === undefined && report.state === 'waiting') continue;
      left.delete(each);
      const ms = Math.round(performance.now() - started);
      const message =
        over === undefined
          ? `${functionName(of)} is in force, ${ms} ms later${report.waiting > 0 ? ` (in ${report.filled} of ${report.filled + report.waiting} closures so far)` : ''}${report.why === '' ? '' : `; ${report.why}`}`
          : `${functionName(of)} was not replaced: ${over}`;
      yield { type: 'message', message };
    }
    const rest = waitMs - (performance.now() - started);
    if (left.size === 0 || rest <= 0 || signal.aborted) break;
    await changed.next(rest, signal);
  }
  yield* reached(replaced, started + waitMs, signal);
  if (left.size === 0) return;
  const names = [...left].map(({ of }) => functionName(of)).join(', ');
  yield {
    type: 'message',
    message: `not in force yet, since no call has come: ${names}. \`retransform -l\` tells when`,
  };
}

/** For a moment after the first call those are looked for who go past the wrapper: they run what was there before. */
async function* reached(
  replaced: readonly Replaced[],
  until: number,
  signal: AbortSignal,
): AsyncGenerator<Result> {
  const inForce = replaced.filter(({ over, report }) => over === undefined && report.state === 'in-force');
  const rest = Math.min(REACH_MS, until - performance.now());
  if (inForce.length === 0 || rest <= 0) return;
  await sleep(rest, undefined, { signal }).catch(() => undefined);
  const functions = inForce.flatMap((each) => {
    const report = each.hook();
    return report?.state === 'partial' ? [{ of: each.of, report }] : [];
  });
  for (const message of hookNotes(functions))
    yield {
      type: 'message',
      message: `${message}; whoever still holds the old function runs the old source`,
    };
}

/** Something has changed since the last look. */
class Changed {
  #isTold = false;
  #wake: (() => void) | undefined;

  tell(): void {
    this.#isTold = true;
    this.#wake?.();
  }

  async next(ms: number, signal: AbortSignal): Promise<void> {
    if (!this.#isTold && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          signal.removeEventListener('abort', done);
          resolve();
        };
        const timer = setTimeout(done, ms);
        signal.addEventListener('abort', done, { once: true });
        this.#wake = done;
      });
    }
    this.#wake = undefined;
    this.#isTold = false;
  }
}
