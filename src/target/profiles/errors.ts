import { RemoraError } from '../../base/index.js';

export const profileErrors = {
  busy: (process: string, holder: string) =>
    new RemoraError('profile-busy', `${process} is being profiled already by ${holder}`, {
      hint: 'One profile at a time for a process: try again when that one has ended',
    }),
  tooMany: (limit: number) =>
    new RemoraError('too-many-profiles', `${limit} profiles are being taken, the limit`, {
      hint: 'Try again in a moment, or raise it by `--limit profiles=N`',
    }),
  snapshotIncomplete: () =>
    new RemoraError('snapshot-incomplete', 'the heap snapshot came faster than it could be written', {
      hint: "Nothing of it was kept. Try again when the agent's host and disk are less busy, or take `profiler start -e heap -d 30`",
    }),
  foreignSampling: (process: string) =>
    new RemoraError(
      'heap-sampled-already',
      `the heap of ${process} is being sampled by itself or another tool`,
      {
        hint: 'V8 has one sampler for a heap, and stopping it would stop theirs; use that tool, or end it first',
      },
    ),
  tooLong: (seconds: number, limit: number) =>
    new RemoraError('profile-too-long', `${seconds} s are more than the ${limit} s that a profile may take`, {
      hint: 'Ask for less, or raise it by `--limit profile-seconds=N`',
    }),
};
