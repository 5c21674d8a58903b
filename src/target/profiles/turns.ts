import { formatDateTime, type RemoraError } from '../../base/index.js';
import type { ProcessInfo } from '../types.js';
import { profileErrors } from './errors.js';
import { profilesAtOnce } from './limits.js';

/** The right to profile a process: V8 has one profiler, and two would stop each other. */
export interface ProfileTurn {
  /** Who has it, for people. */
  readonly holder: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
  release(): void;
}

const turns = new Map<string, ProfileTurn>();

/** @throws RemoraError `profile-busy`, which names the holder, or `too-many-profiles` */
export function takeProfileTurn(info: ProcessInfo, holder: string): ProfileTurn {
  const key = `${info.pid}:${info.startTicks}`;
  const other = turns.get(key);
  if (other) throw busy(info, other);
  if (turns.size >= profilesAtOnce.value) throw profileErrors.tooMany(profilesAtOnce.value);
  const turn: ProfileTurn = {
    holder,
    since: Date.now(),
    release: () => {
      if (turns.get(key) === turn) turns.delete(key);
    },
  };
  turns.set(key, turn);
  return turn;
}

function busy({ name, pid }: ProcessInfo, { holder, since }: ProfileTurn): RemoraError {
  return profileErrors.busy(`${name} (${pid})`, `${holder}, since ${formatDateTime(since)}`);
}
