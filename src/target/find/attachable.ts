/** May it be attached to? Judged from outside; nothing is sent to the process. */
import type { InspectorState } from '../types.js';
import { memoryHeadroom } from './headroom.js';
import { MEMORY_HEADROOM_REFUSE } from './limits.js';
import { accessTo } from './namespaces.js';
import { signalVerdict } from './signal.js';
import type { ProcessStatus } from './status.js';
import { userName } from './users.js';

export interface Attachability {
  readonly attachable: boolean;
  /** One sentence without a full stop, when not attachable. */
  readonly reason?: string;
}

export interface AttachQuestion {
  readonly pid: number;
  readonly status: ProcessStatus;
  readonly inspector: InspectorState;
  readonly own: boolean;
  readonly attached: boolean;
}

const YES: Attachability = { attachable: true };

/** Never rejects. The same checks, in the same order, as attach itself makes before it does anything. */
export async function attachability(question: AttachQuestion): Promise<Attachability> {
  const { pid, status } = question;
  if (question.own) return no("it is Remora's own");
  if (question.attached) return YES;
  const stopped = stoppedReason(status);
  if (stopped) return no(stopped);
  const foreign = accessReason(pid, status);
  if (foreign) return no(foreign);
  const room = memoryHeadroom(pid);
  if (room.bytes < MEMORY_HEADROOM_REFUSE.value) {
    const free = Math.floor(room.bytes / 1024 / 1024);
    const needed = Math.round(MEMORY_HEADROOM_REFUSE.value / 1024 / 1024);
    return no(
      `only ${free} MB of memory are free (${room.limitedBy}), ${needed} MB are needed; --force overrides`,
    );
  }
  // An open inspector is joined: no signal is needed.
  if (question.inspector.state === 'open') return YES;
  const { verdict, why } = await signalVerdict(pid);
  if (verdict === 'send') return YES;
  return no(verdict === 'unknown' ? `${why}; --force sends the signal all the same` : why);
}

function no(reason: string): Attachability {
  return { attachable: false, reason };
}

function stoppedReason(status: ProcessStatus): string | undefined {
  if (status.state === 'Z' || status.state === 'X') return 'it has ended and waits for its parent (zombie)';
  if (status.state === 't') return `it is stopped by a debugger (pid ${status.tracerPid})`;
  if (status.state === 'T') return 'it is stopped (SIGSTOP); continue it with SIGCONT first';
  return undefined;
}

function accessReason(pid: number, status: ProcessStatus): string | undefined {
  const access = accessTo(pid, status);
  if (!access) return 'it is gone';
  const user = userName(status.uids[1]);
  const runAs = user === 'root' ? 'run Remora as root' : `run Remora as ${user} or root`;
  if (!access.canSignal) return `it belongs to user ${user}; ${runAs}`;
  if (access.canRead) return undefined;
  return access.dumpable
    ? `the kernel does not let us look into it; ${runAs}`
    : 'it gave up being looked into (set-uid or file capabilities); run Remora as root';
}
