import type { Target } from '../target/index.js';

/** Who holds a target, for a reader in this session: ids of other sessions are cut, since an id lets its bearer in. */
export function shownHolders(target: Target, sessionId: string): string[] {
  return target.holders.map((holder) =>
    holder.includes(sessionId) ? holder : holder.replace(/([0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f-]+/g, '$1'),
  );
}
