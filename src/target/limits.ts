import { defineLimit } from '../base/index.js';

export const frameBytes = defineLimit({
  name: 'probe-frame-bytes',
  unit: 'bytes',
  default: 32 * 1024 * 1024,
  summary: 'Largest frame taken from (or sent to) a probe; over it the target is let go.',
});

export const ringBytes = defineLimit({
  name: 'probe-ring-bytes',
  unit: 'bytes',
  default: 1024 * 1024,
  summary:
    'Room for records in the target that have not left it yet, a power of two; what finds none is dropped and counted.',
});

export const callTimeout = defineLimit({
  name: 'probe-call-timeout',
  unit: 'ms',
  default: 10_000,
  summary: 'How long one request to a target may take, unless the command names another time.',
});

export const heartbeat = defineLimit({
  name: 'probe-heartbeat',
  unit: 'ms',
  default: 5000,
  summary: 'A probe that hears nothing of its agent for this long undoes everything and ends.',
});

export const letGoWait = defineLimit({
  name: 'target-let-go-wait',
  unit: 'ms',
  default: 5000,
  summary:
    'How long letting go waits for a main thread in native code; the probe ends by itself when it returns.',
});

export const linger = defineLimit({
  name: 'target-linger',
  unit: 's',
  default: 60,
  summary: 'How long a target that nobody uses is kept before it is let go (--linger).',
});

export const signalWait = defineLimit({
  name: 'attach-signal-wait',
  unit: 'ms',
  default: 5000,
  summary:
    'How long attach waits for the inspector to open after SIGUSR1 (a thread in native code opens none).',
});

export const portWait = defineLimit({
  name: 'attach-port-wait',
  unit: 'ms',
  default: 10_000,
  summary: 'How long attach waits for its turn when another attach uses the same inspector port.',
});

export const workerWait = defineLimit({
  name: 'attach-worker-wait',
  unit: 'ms',
  default: 10_000,
  summary: 'How long attach waits for the injected Worker to listen.',
});

export const workerHeadroom = defineLimit({
  name: 'attach-worker-headroom',
  unit: 'bytes',
  default: 64 * 1024 * 1024,
  summary: 'Memory headroom under which no Worker is injected: the inspector connection is kept instead.',
});

export const targetsAtOnce = defineLimit({
  name: 'targets',
  unit: 'count',
  default: 50,
  summary: 'Targets attached at once by one agent.',
});

/** Sets the linger time; 0 lets go as soon as nobody uses a target. */
export function setLinger(ms: number): void {
  linger.value = ms / 1000;
}

export const appWorkerLimit = defineLimit({
  name: 'thread-workers',
  unit: 'count',
  default: 256,
  summary: 'Worker threads of one process that `thread` asks for their number and stack.',
});

export const appWorkerWait = defineLimit({
  name: 'thread-worker-wait',
  unit: 'ms',
  default: 500,
  summary: 'How long `thread` waits for a worker thread before it takes it to be in native code.',
});
