import type { InstrumentCalls, InstrumentStatus } from '../../probe/index.js';
import { goingFrom, samplesFrom } from './checked.js';
import { instrumentUndoWait } from './limits.js';
import { observerSpec } from './observerSpec.js';
import type { Holder, OpenObservation } from './openObservation.js';

/** A main thread that is blocked has no answer; whoever asks is about to end. */
const GOING_MS = 400;

/** What an observation's holder needs of the registry. */
export interface HolderHost {
  /** Undefined when it has ended, or the target has gone. */
  open(observer: number): OpenObservation | undefined;
  inTurn<T>(step: () => Promise<T>): Promise<T>;
  call<K extends keyof InstrumentCalls>(
    name: K,
    params: Parameters<InstrumentCalls[K]>[0],
    waitMs?: number,
  ): Promise<unknown>;
  status(): Promise<InstrumentStatus | undefined>;
  /** Puts hooks to rest that only those hold who rest, and wakes the others. */
  settle(): Promise<void>;
  end(observer: number): Promise<void>;
}

export function holderOf({ open, inTurn, call, status, settle, end }: HolderHost): Holder {
  return {
    samples: async (observer) => samplesFrom(await call('instrumentMonitor', { observer })),
    status,
    going: async (observer) => goingFrom(await call('instrumentGoing', { observer }, GOING_MS)),
    rest: (observer) =>
      inTurn(async () => {
        const observation = open(observer);
        if (!observation) return;
        observation.isResting = true;
        await call('instrumentUnobserve', { observer }, instrumentUndoWait.value);
        await settle();
      }),
    wake: (observer, hits) =>
      inTurn(async () => {
        const observation = open(observer);
        if (!observation || observation.queue.ended || observation.slots.length === 0) return;
        observation.isResting = false;
        await settle();
        await call('instrumentObserve', { ...observerSpec(observation), hits });
      }),
    end,
  };
}
