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
  end(observer: number): Promise<void>;
}

export function holderOf({ open, inTurn, call, status, end }: HolderHost): Holder {
  return {
    samples: async (observer) => samplesFrom(await call('instrumentMonitor', { observer })),
    status,
    going: async (observer) => goingFrom(await call('instrumentGoing', { observer }, GOING_MS)),
    rest: (observer) =>
      inTurn(async () => {
        if (open(observer)) await call('instrumentUnobserve', { observer }, instrumentUndoWait.value);
      }),
    wake: (observer, hits) =>
      inTurn(async () => {
        const observation = open(observer);
        if (!observation || observation.queue.ended || observation.slots.length === 0) return;
        await call('instrumentObserve', { ...observerSpec(observation), hits });
      }),
    end,
  };
}
