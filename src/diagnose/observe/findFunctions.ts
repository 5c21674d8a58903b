import { RemoraError } from '../../base/index.js';
import type { FindOptions, ObservableFunction, TargetInstruments } from '../../target/index.js';
import { type CommandContext, CommandFailure, type Result } from '../command.js';
import { pause } from '../pause.js';
import { overLimit, tooMany } from './errors.js';
import { lazyPoll } from './limits.js';
import { noEnhancer } from './reached.js';
import type { SharedWish } from './sharedOptions.js';

export interface Found {
  readonly functions: readonly ObservableFunction[];
  /** Nothing fits: what was looked through. */
  readonly why: string | undefined;
}

/** The functions that fit; with -L waits for them. None: has been told, or aborted. */
export async function* findFunctions(
  context: CommandContext,
  wish: SharedWish,
  instruments: TargetInstruments,
  took: () => number,
): AsyncGenerator<Result, Found, void> {
  const { signal, jobId } = context;
  let told = false;
  for (;;) {
    const notes: string[] = [];
    let why: string | undefined;
    const options: FindOptions = {
      signal,
      most: wish.most,
      onLimit: (what) => notes.push(what),
      onNothing: (what) => {
        why = what;
      },
    };
    const functions = await instruments.find(wish.pattern, options).catch(tooMany);
    if (functions instanceof RemoraError) {
      yield noEnhancer(jobId, took(), overLimit(functions, wish.most));
      // As in the reference, which says it once.
      throw new CommandFailure('');
    }
    for (const message of notes) yield { type: 'message', message };
    if (functions.length > 0) return { functions, why };
    if (!wish.lazy || signal.aborted || took() > wish.timeoutMs) {
      yield noEnhancer(jobId, took());
      return { functions, why };
    }
    if (!told) yield { type: 'message', message: 'no function fits yet: waiting for a module to be loaded' };
    told = true;
    await pause(context, Math.min(lazyPoll.value, wish.timeoutMs));
  }
}
