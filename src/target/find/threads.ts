import { readProcNumbers, readProcText } from './proc.js';
import { parseStatus } from './status.js';

/** Our id of the thread that has the id `inner` in the process's own pid namespace; undefined when it is gone. */
export function hostThreadId(pid: number, inner: number): number | undefined {
  return readProcNumbers(`/proc/${pid}/task`).find((tid) => {
    const text = readProcText(`/proc/${pid}/task/${tid}/status`);
    return text !== undefined && parseStatus(text)?.nsPids.at(-1) === inner;
  });
}
