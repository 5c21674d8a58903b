import { defineLimit } from '../../base/index.js';

export const PROC_FILE_BYTES = defineLimit({
  name: 'find-proc-file',
  unit: 'bytes',
  default: 1024 * 1024,
  summary: 'Most that is read of a command line, an environment or another small file of /proc.',
});

export const INSPECTOR_PROBE_MS = defineLimit({
  name: 'find-inspector-probe',
  unit: 'ms',
  default: 300,
  summary: 'How long a port that may be an inspector has to answer GET /json/version.',
});

export const EXECUTABLE_SCAN_BYTES = defineLimit({
  name: 'find-executable-scan',
  unit: 'bytes',
  default: 16 * 1024 * 1024,
  summary: "Most that is read of an executable's constants when its Node version is looked for.",
});

export const SYMBOL_TABLE_BYTES = defineLimit({
  name: 'find-symbol-table',
  unit: 'bytes',
  default: 256 * 1024 * 1024,
  summary: 'Most that is read of the symbol and string tables of one executable.',
});

export const SIGNAL_NODES = defineLimit({
  name: 'find-signal-nodes',
  unit: 'count',
  default: 1024,
  summary: "Most nodes of a process's signal tree that are followed.",
});

export const TCP_ROWS = defineLimit({
  name: 'find-tcp-rows',
  unit: 'count',
  default: 200_000,
  summary: 'Most rows of /proc/PID/net/tcp that are kept.',
});

export const CACHE_ENTRIES = defineLimit({
  name: 'find-cache',
  unit: 'count',
  default: 512,
  summary: 'How many executables and probed ports are remembered.',
});

export const MEMORY_HEADROOM_REFUSE = defineLimit({
  name: 'memory-headroom-refuse',
  unit: 'bytes',
  default: 16 * 1024 * 1024,
  summary: 'Below this much free memory a process is not attached to without --force.',
});
