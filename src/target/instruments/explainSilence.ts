import type { InstrumentStatus } from '../../probe/index.js';
import type { ScriptList } from '../scripts/index.js';
import type { OpenObservation } from './openObservation.js';
import { QuietReasons } from './quiet.js';

/** Explained one by one; of more than these, a pattern named much that nobody expects to be called. */
const MOST_EXPLAINED = 20;

/** Tells an observation likely reasons for each of its functions of which nothing was seen. */
export async function explainSilence(
  list: ScriptList,
  observation: OpenObservation,
  status: () => Promise<InstrumentStatus | undefined>,
): Promise<void> {
  const silent = observation.observed.filter(({ slot, isSeen }) => slot !== undefined && !isSeen);
  if (silent.length === 0 || silent.length > MOST_EXPLAINED || observation.queue.ended) return;
  try {
    const quiet = new QuietReasons(list, observation.request, await status());
    for (const observed of silent) {
      const reasons = await quiet.of(observed);
      if (observed.isSeen || reasons.length === 0) continue;
      observation.queue.push({ kind: 'quiet', of: observed.of, reasons });
    }
  } catch {
    // An explanation that cannot be had is no reason to end an observation.
  }
}
