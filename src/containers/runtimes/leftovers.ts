/** Helpers of a launch that was cut off by the death of its agent: nobody has recorded them. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { allPids, nameProcess, signalProcess } from '../proc.js';

const ROUNDS = 50;
const PAUSE_MS = 20;

/** SIGKILL to every process that has something of that folder open, or its name on its command line. */
export async function killHolders(folder: string): Promise<void> {
  for (let round = 0; round < ROUNDS; round += 1) {
    const pids = allPids().filter((pid) => pid !== process.pid && holds(pid, `${folder}/`));
    if (pids.length === 0) return;
    for (const pid of pids) signalProcess(nameProcess(pid), 'SIGKILL');
    await sleep(PAUSE_MS);
  }
}

function holds(pid: number, prefix: string): boolean {
  try {
    if (readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(prefix)) return isOurs(pid);
    const fds = readdirSync(`/proc/${pid}/fd`);
    return fds.some((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith(prefix)) && isOurs(pid);
  } catch {
    // It has ended, or is another user's, and then none of ours.
    return false;
  }
}

/** Only what an agent starts: somebody may look into the folder with an editor. */
function isOurs(pid: number): boolean {
  return /^(awk|mawk|gawk|busybox|sleep|cat|sh|dash|bash|setsid|setpriv|prlimit)$/.test(
    readFileSync(`/proc/${pid}/comm`, 'latin1').trim(),
  );
}
