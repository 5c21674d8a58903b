import { defineLimit } from '../base/index.js';

/** Every bound of sessions, jobs, consumers and queues. docs/limits.md is made from these. */

export const sessionLimit = defineLimit({
  name: 'diagnose-sessions',
  unit: 'count',
  default: 1000,
  summary: 'Diagnosis sessions at once, one-time commands included',
});
export const sessionIdle = defineLimit({
  name: 'session-timeout',
  unit: 's',
  default: 10_800,
  summary: 'A session without a request for this long is closed, unless a foreground job runs',
});
export const consumerIdle = defineLimit({
  name: 'consumer-timeout',
  unit: 's',
  default: 300,
  summary: 'A consumer that does not pull for this long is dropped',
});
export const consumerLimit = defineLimit({
  name: 'consumers-per-session',
  unit: 'count',
  default: 50,
  summary: 'Consumers of one session',
});
export const sessionJobLimit = defineLimit({
  name: 'jobs-per-session',
  unit: 'count',
  default: 20,
  summary: 'Running jobs of one session, background jobs included',
});
export const jobLimit = defineLimit({
  name: 'diagnose-jobs',
  unit: 'count',
  default: 1000,
  summary: 'Running jobs of all sessions',
});
export const jobGrace = defineLimit({
  name: 'job-grace',
  unit: 'ms',
  default: 1000,
  summary: 'How long an interrupted job may take to end by itself before it is abandoned',
});
export const lineLength = defineLimit({
  name: 'command-line-length',
  unit: 'count',
  default: 65_536,
  summary: 'Characters of one command line',
});
export const historyLines = defineLimit({
  name: 'history-lines',
  unit: 'count',
  default: 500,
  summary: 'Command lines kept for the history command, of all callers',
});
export const queueResults = defineLimit({
  name: 'queue-results',
  unit: 'count',
  default: 1000,
  summary: 'Results waiting for one consumer; over it the oldest is dropped and counted',
});
export const queueBytes = defineLimit({
  name: 'queue-bytes',
  unit: 'bytes',
  default: 8 * 1024 * 1024,
  summary: 'JSON bytes waiting for one consumer',
});
export const replayResults = defineLimit({
  name: 'replay-results',
  unit: 'count',
  default: 1000,
  summary: 'Results of a session kept for consumers that join late',
});
export const replayBytes = defineLimit({
  name: 'replay-bytes',
  unit: 'bytes',
  default: 2 * 1024 * 1024,
  summary: 'JSON bytes of a session kept for consumers that join late',
});
export const allQueueBytes = defineLimit({
  name: 'all-queues-bytes',
  unit: 'bytes',
  default: 256 * 1024 * 1024,
  summary: 'JSON bytes waiting in all queues of all sessions',
});
export const resultBytes = defineLimit({
  name: 'result-bytes',
  unit: 'bytes',
  default: 16 * 1024 * 1024,
  summary: 'JSON bytes of one result; a bigger one is replaced by a dropped result',
});
export const execResults = defineLimit({
  name: 'exec-results',
  unit: 'count',
  default: 1000,
  summary: 'Results in the answer of one exec; later ones are dropped and counted',
});
export const execBytes = defineLimit({
  name: 'exec-bytes',
  unit: 'bytes',
  default: 32 * 1024 * 1024,
  summary: 'JSON bytes in the answer of one exec',
});
export const pipeBytes = defineLimit({
  name: 'pipe-text-bytes',
  unit: 'bytes',
  default: 1024 * 1024,
  summary: 'Characters of the text that a pipe makes; later lines are counted only',
});
export const blockedResults = defineLimit({
  name: 'loop-blocked-results',
  unit: 'count',
  default: 3,
  summary: 'Blocks of an event loop that `loop` shows with their stack per second; others are counted',
});
export const blockedStacks = defineLimit({
  name: 'loop-blocked-stacks',
  unit: 'count',
  default: 200,
  summary: 'Different stacks that one `loop` remembers, to count those that come again',
});
export const stackWait = defineLimit({
  name: 'stack-wait',
  unit: 'ms',
  default: 300,
  summary: 'How long `thread` waits for the main thread before it takes it to be in native code',
});
export const workerFrames = defineLimit({
  name: 'thread-worker-frames',
  unit: 'count',
  default: 50,
  summary: 'Frames of the stack that `thread` takes of a worker thread',
});
export const handleStacks = defineLimit({
  name: 'handles-stacks',
  unit: 'count',
  default: 1000,
  summary: 'Stacks in one result of `handles --watch`',
});
