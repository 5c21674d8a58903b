import { RemoraError } from '../../base/index.js';

export const scriptErrors = {
  tooLong: (name: string, length: number, limit: number) =>
    new RemoraError('script-too-long', `${name} has ${length} characters, ${limit} are taken`, {
      hint: 'Raise it by --limit script-length=N; the text travels through the target',
    }),
  gone: (name: string, why: string) =>
    new RemoraError('script-gone', `the source of ${name} cannot be had: ${why}`),
  notParsed: (name: string, why: string) =>
    new RemoraError('script-not-parsed', `${name} cannot be parsed: ${why}`),
  badPattern: (pattern: string, why: string) =>
    new RemoraError('bad-pattern', `'${pattern}' is no regular expression: ${why}`),
  slowPattern: (pattern: string, ms: number) =>
    new RemoraError('slow-pattern', `the regular expression '${pattern}' took longer than ${ms} ms`, {
      hint: 'Repetitions inside repetitions do that',
    }),
};
