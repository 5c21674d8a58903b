import { RemoraError } from '../../base/index.js';

/** An expression that is refused before it reaches a process. `at` = offset of the first wrong character. */
export function badExpression(text: string, why: string, at: number, hint = ''): RemoraError {
  const from = Math.max(0, at - 20);
  const near = text.slice(from, at + 20).replace(/\s+/g, ' ');
  return new RemoraError('bad-expression', `${why} (at character ${at + 1}, near '${near}')`, {
    hint,
    details: { at },
  });
}

export const expressionErrors = {
  tooLong: (length: number, limit: number) =>
    new RemoraError('expression-too-long', `the expression has ${length} characters, ${limit} are allowed`),
  timeout: (ms: number) =>
    new RemoraError('expression-timeout', `the expression did not end within ${ms} ms and was stopped`, {
      hint: 'The process goes on as before; a larger limit is set by --limit expression-time=N',
    }),
  sideEffect: () =>
    new RemoraError(
      'expression-side-effect',
      'the expression would change something (V8 stopped it before it did)',
      {
        hint: 'A getter that keeps what it computes counts as well; --unsafe allows it, for those who may change a process',
      },
    ),
  notEvaluated: (why: string) => new RemoraError('expression-failed', why),
};
