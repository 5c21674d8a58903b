import { HOOKS, SLOT, SLOT_FIELDS, SLOTS_OFFSET } from '../../layout.js';
import type { WorkerContext } from '../functions.js';
import type { HookKeeper, Recorder } from './parts.js';

/** A stand-in until `recording` is merged. */
export function makeRecorder(context: WorkerContext, keeper: () => HookKeeper): Recorder {
  const slots = new Float64Array(context.shared, SLOTS_OFFSET, HOOKS * SLOT_FIELDS);
  return {
    functions: {
      instrumentStatus: () => ({
        pauses: keeper().pauses(),
        hooks: keeper()
          .all()
          .map((report) => ({ report, calls: slots[report.hook * SLOT_FIELDS + SLOT.calls] })),
      }),
    },
    forget() {},
    learn() {},
    shutdown() {},
  };
}
