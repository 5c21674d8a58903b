import { defineLimit } from '../../base/index.js';

/** Bounds of profiles, whoever asks for them. */

export const profileSeconds = defineLimit({
  name: 'profile-seconds',
  unit: 's',
  default: 600,
  summary: 'Longest profile that can be asked for; over it 400.',
});

export const profileRate = defineLimit({
  name: 'profile-rate',
  unit: 'per second',
  default: 100,
  summary:
    'Samples of a CPU profile per second. 1000 cost a busy thread about half of its speed on Node.js 20.',
});

export const profileSamples = defineLimit({
  name: 'profile-samples',
  unit: 'count',
  default: 1000,
  summary:
    'Samples of one CPU profile: a longer one is sampled less often. V8 hands them over in one piece, which for many deep ' +
    'stacks is more than a probe can hold.',
});

export const profileBytes = defineLimit({
  name: 'profile-bytes',
  unit: 'bytes',
  default: 4 * 1024 * 1024,
  summary: 'What a CPU profile is meant to weigh in V8: a program of many deep stacks is sampled less often.',
});

export const profileNodes = defineLimit({
  name: 'profile-nodes',
  unit: 'count',
  default: 200_000,
  summary: 'Functions in the call tree of one profile; stacks beyond are cut, and the profile says so.',
});

export const profilesAtOnce = defineLimit({
  name: 'profiles',
  unit: 'count',
  default: 8,
  summary: 'Profiles being taken at once, of different processes.',
});

export const heapSampleBytes = defineLimit({
  name: 'heap-sample-bytes',
  unit: 'bytes',
  default: 512 * 1024,
  summary: 'Mean number of allocated bytes between two samples of a heap profile.',
});

export const growthBytes = defineLimit({
  name: 'growth-profile-bytes',
  unit: 'bytes',
  default: 4 * 1024 * 1024,
  summary:
    'What a growth profile is meant to weigh: the faster a program allocates, the fewer samples are taken.',
});

export const namedFileBytes = defineLimit({
  name: 'profile-named-file-bytes',
  unit: 'bytes',
  default: 4 * 1024 * 1024,
  summary:
    'Size of a compiled script that is parsed to name its functions as their source does; bigger ones keep theirs.',
});

export const namedFiles = defineLimit({
  name: 'profile-named-files',
  unit: 'count',
  default: 100,
  summary:
    'Scripts of one profile whose source maps are looked for: those outside of packages first, then the busiest.',
});

export const namingMs = defineLimit({
  name: 'profile-naming-ms',
  unit: 'ms',
  default: 3000,
  summary:
    'How long source maps are read for one profile; functions not looked up by then keep their compiled place.',
});

export const profileSliceMs = defineLimit({
  name: 'profile-slice',
  unit: 'ms',
  default: 60_000,
  summary:
    'How long V8 keeps what the command profiler samples before it is taken over: each time costs the thread some milliseconds.',
});

export const pendingEvery = defineLimit({
  name: 'profile-pending-every',
  unit: 'ms',
  default: 250,
  summary: 'How often a wall-clock profile looks at what the process is waiting for.',
});

export const snapshotBacklog = defineLimit({
  name: 'heap-dump-backlog',
  unit: 'bytes',
  default: 512 * 1024 * 1024,
  summary:
    'What of a heap dump may wait in the process for an agent that is slower than V8, at most a quarter of the memory left to it; beyond it the dump is given up.',
});

export const awaitStackRate = defineLimit({
  name: 'profile-await-stacks',
  unit: 'per second',
  default: 1000,
  summary:
    'Awaits of which a wall-clock profile takes the stack; where there are more, each stands for several.',
});

export const awaitReads = defineLimit({
  name: 'profile-await-reads',
  unit: 'per second',
  default: 100,
  summary: 'Of the stacks of awaits that were taken: how many are read, the longest waits first.',
});

export const awaitFrames = defineLimit({
  name: 'profile-await-frames',
  unit: 'count',
  default: 40,
  summary: 'Frames of the stack of an await.',
});

export const awaitShare = defineLimit({
  name: 'profile-await-budget',
  unit: 'percent',
  default: 2,
  summary:
    'What the hooks on awaits may cost, of one core over five seconds; beyond it they are taken off, and the profile says so.',
});

export const awaitStacks = defineLimit({
  name: 'profile-await-places',
  unit: 'count',
  default: 10_000,
  summary: 'Different stacks of awaits in one profile; others are summed up as `(other awaits)`.',
});
