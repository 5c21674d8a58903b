import { defineLimit } from '../../base/index.js';

/** Bounds of the agent's output folder. */

export const outputFileBytes = defineLimit({
  name: 'output-file-bytes',
  unit: 'bytes',
  default: 4 * 1024 ** 3,
  summary: 'One file in the output folder of the agent: a profile, a heap dump, what `>` and tee write',
});
export const outputBytes = defineLimit({
  name: 'output-bytes',
  unit: 'bytes',
  default: 8 * 1024 ** 3,
  summary: 'All files in the output folder of the agent together',
});
export const outputFiles = defineLimit({
  name: 'output-files',
  unit: 'count',
  default: 2000,
  summary: 'Files in the output folder of the agent',
});
export const outputKeep = defineLimit({
  name: 'output-keep',
  unit: 's',
  default: 7 * 86_400,
  summary: 'A file in the output folder is removed when nobody has written to it for this long; 0 = never',
});
