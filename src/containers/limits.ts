import { defineLimit } from '../base/index.js';

/** Every bound of containers, their streams and their sandboxes. docs/limits.md is made from these. */

export const containerLimit = defineLimit({
  name: 'containers',
  unit: 'count',
  default: 1000,
  summary: 'Containers alive at once, sessions included',
});
export const recordLimit = defineLimit({
  name: 'container-records',
  unit: 'count',
  default: 10_000,
  summary: 'Records of ended containers kept; over it the oldest is removed with its sandbox',
});
export const containerDepth = defineLimit({
  name: 'container-depth',
  unit: 'count',
  default: 32,
  summary: 'Levels of one container id, its root included',
});
export const commandBytes = defineLimit({
  name: 'container-command-bytes',
  unit: 'bytes',
  default: 1024 * 1024,
  summary: 'Arguments and environment of one container together',
});
export const readerLimit = defineLimit({
  name: 'container-readers',
  unit: 'count',
  default: 50,
  summary: 'Readers attached to the output of one container',
});
export const readerBuffer = defineLimit({
  name: 'container-reader-buffer',
  unit: 'bytes',
  default: 1024 * 1024,
  summary: 'Output waiting for one reader; at it the container is held back',
});
export const readerStall = defineLimit({
  name: 'container-reader-stall',
  unit: 'ms',
  default: 2000,
  summary:
    'How long a reader (a session’s own excepted) may hold the container back before it is cut; a tenth comes back',
});
export const sandboxLogBytes = defineLimit({
  name: 'sandbox-log-bytes',
  unit: 'bytes',
  default: 16 * 1024 * 1024,
  summary:
    'Size of the sandbox files stdout and stderr: a session’s end there, others go on in a new file and keep one old',
});
export const sandboxKeep = defineLimit({
  name: 'sandbox-keep',
  unit: 's',
  default: 7 * 24 * 3600,
  summary: 'How long the sandbox of an ended root container is kept',
});
export const startWait = defineLimit({
  name: 'container-start-wait',
  unit: 'ms',
  default: 10_000,
  summary: 'How long a container may take until its first process is there',
});
export const killWait = defineLimit({
  name: 'container-kill-wait',
  unit: 'ms',
  default: 10_000,
  summary: 'How long the processes of a container may take to be gone after SIGKILL',
});
export const firstReaderWait = defineLimit({
  name: 'session-reader-wait',
  unit: 'ms',
  default: 10_000,
  summary: 'How long the output of an ended session waits for its first reader',
});
export const recoveredRootKeep = defineLimit({
  name: 'recovered-root-keep',
  unit: 's',
  default: 600,
  summary: 'How long the end of a root container that ended while no agent ran can be waited for',
});
export const drainWait = defineLimit({
  name: 'container-drain-wait',
  unit: 'ms',
  default: 2000,
  summary:
    'How long the end of the output may take after all processes of a container are gone, as far as known',
});
