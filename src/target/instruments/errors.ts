import { RemoraError } from '../../base/index.js';

export const instrumentErrors = {
  tooMany: (count: number, most: number, where: readonly string[]) =>
    new RemoraError('too-many-functions', `${count} functions fit, ${most} are the most at once`, {
      hint: `Name the module or the function more closely (most of them are in ${where.join(', ')}), leave some out by --exclude, or raise the number by -m`,
      details: { count, most },
    }),
  notObservable: (reasons: readonly string[]) =>
    new RemoraError('not-observable', `none of these functions can be observed: ${reasons.join('; ')}`, {
      details: { reasons },
    }),
  needsWorker: () =>
    new RemoraError('needs-worker', "instruments need the probe's Worker, which this target does not have", {
      hint: 'The session says why it runs on the inspector connection alone',
    }),
  tooManyHooks: (wanted: number, used: number, most: number) =>
    new RemoraError(
      'too-many-hooks',
      `${wanted} functions more cannot be instrumented: ${used} of ${most} are, the most in one process`,
      { hint: 'End another observation, `reset`, or name fewer functions' },
    ),
  cannotCopy: (name: string, why: string) =>
    new RemoraError('cannot-copy', `${name} cannot run another text: ${why}`, { details: { why } }),
  namesUnknown: (module: string, why: string) =>
    new RemoraError('names-unknown', `what is in scope in ${module} cannot be told: ${why}`, {}),
  notEvaluated: (why: string) =>
    new RemoraError('expression-failed', `the process could not evaluate it: ${why}`, {}),
  noObservation: () => new RemoraError('observation-ended', 'this observation has ended', {}),
};
