import { defineLimit } from '../base/index.js';

export const keyBytes = defineLimit({
  name: 'store-key-bytes',
  unit: 'bytes',
  default: 1024,
  summary: 'Longest key of a table, as UTF-8 (1900 at most, whatever this says)',
});

export const valueBytes = defineLimit({
  name: 'store-value-bytes',
  unit: 'bytes',
  default: 4 * 1024 * 1024,
  summary: 'Largest value of a key, or record of a log, as it is stored',
});

export const watchBuffer = defineLimit({
  name: 'store-watch-buffer',
  unit: 'count',
  default: 10_000,
  summary: 'Changes kept for a watcher that reads slower than others write; over it the watcher gets `lost`',
});

export const watchBytes = defineLimit({
  name: 'store-watch-bytes',
  unit: 'bytes',
  default: 64 * 1024 * 1024,
  summary: 'Bytes of changes kept for one watcher; over it the watcher gets `lost`',
});

export const pendingWrites = defineLimit({
  name: 'store-pending-writes',
  unit: 'count',
  default: 20_000,
  summary: 'Writes that wait for the disk at one time; further ones are refused',
});

export const pendingBytes = defineLimit({
  name: 'store-pending-bytes',
  unit: 'bytes',
  default: 128 * 1024 * 1024,
  summary: 'Bytes of writes that wait for the disk at one time; further ones are refused',
});

export const scanSeconds = defineLimit({
  name: 'store-scan-seconds',
  unit: 's',
  default: 60,
  summary:
    'Time for which a scan may hold on to its moment of the tables; a reader that takes longer is told to begin anew',
});

export const openScans = defineLimit({
  name: 'store-open-scans',
  unit: 'count',
  default: 256,
  summary: 'Scans that are being read at one time; further ones are refused (500 at most)',
});

export const commitMs = defineLimit({
  name: 'store-commit-ms',
  unit: 'ms',
  default: 60_000,
  summary: 'Time after which a write that the disk has not answered is reported as stalled',
});

export const retentionMs = defineLimit({
  name: 'store-retention-ms',
  unit: 'ms',
  default: 1_000,
  summary: 'How often logs are cut back to their bounds, and expired keys looked for again after a failure',
});

export const throttleMs = defineLimit({
  name: 'store-throttle-ms',
  unit: 'ms',
  default: 5_000,
  summary: 'Longest time for which throttling delays a call, whatever the table says',
});
