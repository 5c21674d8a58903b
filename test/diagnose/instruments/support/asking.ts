import { eventually, type SpawnedTarget } from '../../../support/index.js';

export type Ask = <T = unknown>(line: string) => Promise<T>;

/** Evaluates lines in a target program that answers each by `= JSON`, as the application would. */
export function asking(process: Pick<SpawnedTarget, 'write' | 'stdout' | 'stderr'>): Ask {
  let asked = 0;
  return async <T>(line: string): Promise<T> => {
    const mine = asked++;
    process.write(line.replace(/\s*\n\s*/g, ' '));
    const { value } = await eventually(
      () => {
        const answer = process
          .stdout()
          .split('\n')
          .filter((each) => each.startsWith('= '))[mine];
        if (answer === undefined) return undefined;
        return { value: answer === '= undefined' ? undefined : (JSON.parse(answer.slice(2)) as T) };
      },
      { what: `an answer to ${line}\n${process.stderr()}`, intervalMs: 5, timeoutMs: 10_000 },
    );
    return value as T;
  };
}
