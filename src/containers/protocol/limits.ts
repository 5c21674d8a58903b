import { defineLimit } from '../../base/index.js';

export const callBytes = defineLimit({
  name: 'container-call-bytes',
  unit: 'bytes',
  default: 4 * 1024 * 1024,
  summary: 'Body of one container call, unpacked; over it 413',
});

export const recordBytes = defineLimit({
  name: 'container-record-bytes',
  unit: 'bytes',
  default: 16 * 1024 * 1024,
  summary: 'One record of a stream to a container; over it the stream ends with an error',
});

export const firstBytesMs = defineLimit({
  name: 'container-call-ms',
  unit: 'ms',
  default: 60_000,
  summary: 'Time in which the body of a container call, or the first record of a stream, must have arrived',
});

export const inputGraceMs = defineLimit({
  name: 'container-input-grace',
  unit: 'ms',
  default: 1000,
  summary:
    'Time that a container which takes no more input gets to end, before its writer is told of an error',
});

export const heartbeatMs = defineLimit({
  name: 'container-heartbeat-ms',
  unit: 'ms',
  default: 10_000,
  summary: 'Time between the heartbeats on an output stream of a container',
});
