import type * as Timers from 'node:timers';
import { clock, nanosecondsSince, wallClock } from '../instrument/recording/clock.js';
import { isPlainPromise } from '../instrument/recording/settle.js';
import { apply, type Types } from '../main/captured.js';
import type { KeptCall } from './fragment.js';

const { construct } = Reflect;
const promiseThen = Promise.prototype.then;
const PromiseHere = Promise;

/** The same call once more, and whether its promise is still pending after what was waited for. */
export interface Replayed {
  readonly call: KeptCall;
  readonly isUnsettled: boolean;
}

/**
 * Calls the function itself, not what stands in for it, with the receiver and the arguments that were kept, in a turn of
 * the event loop of its own. What it does cannot be undone, and nothing can stop it while it runs; a promise is waited
 * for `waitMs`.
 */
export function replay(
  call: KeptCall,
  waitMs: number,
  types: Types,
  turns: typeof Timers,
): Promise<Replayed> {
  return new PromiseHere((resolve) => {
    turns.setImmediate(() => {
      const ts = wallClock();
      const start = clock();
      const end = (threw: boolean, value: unknown, cost: number, settle: number, isUnsettled = false) =>
        resolve({
          call: {
            ...call,
            ...{ ts, cost, settle, threw },
            returned: threw ? undefined : value,
            thrown: threw ? value : undefined,
          },
          isUnsettled,
        });
      let result: unknown;
      try {
        result = run(call);
      } catch (error) {
        end(true, error, nanosecondsSince(start) / 1e6, -1);
        return;
      }
      const cost = nanosecondsSince(start) / 1e6;
      if (typeof result !== 'object' || result === null || !isPlainPromise(types, result)) {
        end(false, result, cost, -1);
        return;
      }
      const late = turns.setTimeout(() => end(false, result, cost, -1, true), waitMs);
      const settled = (threw: boolean) => (value: unknown) => {
        turns.clearTimeout(late);
        end(threw, value, cost, nanosecondsSince(start));
      };
      apply(promiseThen, result, [settled(false), settled(true)]);
    });
  });
}

function run({ origin, self, params }: KeptCall): unknown {
  if (origin === undefined) throw new Error('the function is not known');
  const { original, newTarget } = origin;
  return newTarget === undefined ? apply(original, self, params) : construct(original, params, newTarget);
}
