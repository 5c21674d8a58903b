import type { InstrumentStatus } from '../../probe/index.js';
import type { CopyTable } from './copyTable.js';
import type { HookTable } from './hookTable.js';
import type { OpenObservation } from './openObservation.js';
import type { NamedStatus } from './types.js';

/** What the probe says of its hooks, with what only the agent knows: the names of the functions, and who observes them. */
export function withNames(
  status: InstrumentStatus,
  table: HookTable,
  observations: ReadonlyMap<number, OpenObservation>,
  copies: CopyTable,
): NamedStatus {
  return {
    ...status,
    hooks: status.hooks.map((hook) => {
      const entry = table.at(hook.report.hook);
      const holders = [...(entry?.observers ?? [])].flatMap(
        (observer) => observations.get(observer)?.request.holder ?? [],
      );
      return {
        ...hook,
        of: entry?.of,
        isResting: entry?.isResting ?? false,
        holders: [...holders, ...copies.holders(hook.report.hook)],
      };
    }),
  };
}
