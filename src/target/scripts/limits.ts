import { defineLimit } from '../../base/index.js';

export const scriptCount = defineLimit({
  name: 'scripts',
  unit: 'count',
  default: 50_000,
  summary: 'Scripts listed of one target; later ones are left out.',
});

export const scriptLength = defineLimit({
  name: 'script-length',
  unit: 'count',
  default: 10 * 1024 * 1024,
  summary: 'Characters of a script whose source is taken from a target.',
});

export const sourceCacheBytes = defineLimit({
  name: 'script-cache-bytes',
  unit: 'bytes',
  default: 64 * 1024 * 1024,
  summary: 'Sources of scripts kept by the agent, all targets together.',
});

export const parseTime = defineLimit({
  name: 'parse-time',
  unit: 'ms',
  default: 30_000,
  summary: 'How long parsing one script may take, in a thread of its own.',
});

export const parsedFunctions = defineLimit({
  name: 'parsed-functions',
  unit: 'count',
  default: 200_000,
  summary: 'Functions of parsed scripts kept by the agent, all targets together.',
});

export const searchLength = defineLimit({
  name: 'search-length',
  unit: 'count',
  default: 64 * 1024 * 1024,
  summary: 'Characters of scripts that one search for classes or functions reads.',
});

export const sourceMapBytes = defineLimit({
  name: 'source-map-bytes',
  unit: 'bytes',
  default: 16 * 1024 * 1024,
  summary: 'Size of one source map; a bigger one is not used.',
});

export const sourceMapCount = defineLimit({
  name: 'source-maps',
  unit: 'count',
  default: 500,
  summary: 'Source maps looked for in one target.',
});

export const sourceMapCacheBytes = defineLimit({
  name: 'source-map-cache-bytes',
  unit: 'bytes',
  default: 128 * 1024 * 1024,
  summary: 'Source maps kept of one target.',
});

export const debuggerLinger = defineLimit({
  name: 'debugger-linger',
  unit: 's',
  default: 60,
  summary:
    "How long V8's debugger domain stays on in a target after its last use: turning it on is the slow part.",
});

export const patternTime = defineLimit({
  name: 'pattern-time',
  unit: 'ms',
  default: 200,
  summary: 'How long matching names against a regular expression may take.',
});
