import { createContext, Script } from 'node:vm';
import { CommandFailure } from '../command.js';

/** For the lines of one result together. */
const TIME_LIMIT_MS = 200;

/**
 * Tests lines against a caller's regular expression with a limit of time: a pattern that backtracks without end must
 * not stop the agent, and only `vm` can interrupt one.
 *
 * @throws CommandFailure with status -10 for a pattern that is no regular expression; -1 when the time is over.
 */
export function boundedRegex(
  pattern: string,
  flags: string,
): (lines: readonly string[]) => readonly boolean[] {
  let regex: RegExp;
  try {
    regex = new RegExp(pattern, flags);
  } catch (error) {
    throw new CommandFailure(`'${pattern}' is no regular expression: ${(error as Error).message}`, -10);
  }
  const sandbox = { regex, lines: [] as readonly string[], found: [] as boolean[] };
  const context = createContext(sandbox);
  const script = new Script('found = lines.map((line) => regex.test(line))');
  return (lines) => {
    sandbox.lines = lines;
    try {
      script.runInContext(context, { timeout: TIME_LIMIT_MS });
    } catch {
      throw new CommandFailure(`the regular expression '${pattern}' took longer than ${TIME_LIMIT_MS} ms`);
    }
    return [...sandbox.found];
  };
}
