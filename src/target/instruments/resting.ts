import type { InstrumentCalls } from '../../probe/index.js';
import type { HookEntry, HookTable } from './hookTable.js';

type Rest = (params: Parameters<InstrumentCalls['instrumentRest']>[0]) => Promise<unknown>;

/** Puts hooks to rest that nobody needs for now, and wakes those that somebody does. */
export async function settleHooks(
  table: HookTable,
  isNeeded: (entry: HookEntry) => boolean,
  rest: Rest,
): Promise<void> {
  const held = table.all().filter(({ observers, copies }) => observers.size + copies.size > 0);
  for (const isResting of [false, true]) {
    const changing = held.filter((entry) => entry.isResting !== isResting && isNeeded(entry) !== isResting);
    if (changing.length === 0) continue;
    await rest({ hooks: changing.map(({ slot }) => slot), isResting });
    for (const entry of changing) entry.isResting = isResting;
  }
}
