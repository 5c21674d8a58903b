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
export const streamLimit = defineLimit({
  name: 'diagnose-streams',
  unit: 'count',
  default: 200,
  summary: 'Open streams of results (/api/stream) of an agent; over it 503',
});
export const streamHeartbeat = defineLimit({
  name: 'stream-heartbeat',
  unit: 'ms',
  default: 15_000,
  summary: 'A stream of results without a result for this long gets a heartbeat',
});
export const streamStall = defineLimit({
  name: 'stream-stall',
  unit: 'ms',
  default: 30_000,
  summary: 'A stream or terminal whose reader takes nothing for this long is cut',
});
export const streamKeptResults = defineLimit({
  name: 'stream-kept-results',
  unit: 'count',
  default: 200,
  summary: 'Results that a stream has sent and keeps for a reader who comes again with Last-Event-ID',
});
export const streamKeptBytes = defineLimit({
  name: 'stream-kept-bytes',
  unit: 'bytes',
  default: 1024 * 1024,
  summary: 'JSON bytes of those',
});
export const suspendedJob = defineLimit({
  name: 'job-suspended',
  unit: 's',
  default: 600,
  summary: 'A suspended job (Ctrl-Z) that nobody continues for this long is ended',
});
export const terminalLimit = defineLimit({
  name: 'terminals',
  unit: 'count',
  default: 50,
  summary: 'Open terminals (/ws) of an agent; over it 503',
});
export const terminalBuffer = defineLimit({
  name: 'terminal-buffer',
  unit: 'bytes',
  default: 1024 * 1024,
  summary: 'Output waiting for the reader of one terminal (/ws); over it the terminal is cut',
});
export const terminalLine = defineLimit({
  name: 'terminal-line',
  unit: 'count',
  default: 8192,
  summary: 'Characters of the line being typed at a prompt; exec and HTTP take longer ones',
});
export const terminalAhead = defineLimit({
  name: 'terminal-typed-ahead',
  unit: 'count',
  default: 16_384,
  summary:
    'Characters typed at a terminal that wait for the command that runs; more are left out with a bell',
});
export const jobFiles = defineLimit({
  name: 'job-files',
  unit: 'count',
  default: 8,
  summary: 'Running jobs of an agent that write a file (`>`, `>>`, `| tee`)',
});
export const fileBytes = defineLimit({
  name: 'file-bytes',
  unit: 'bytes',
  default: 4 * 1024 * 1024,
  summary: 'Largest file of a process that `cat` and `base64` show, whatever -M says',
});
