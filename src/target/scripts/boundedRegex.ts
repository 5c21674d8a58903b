import { createContext, Script } from 'node:vm';
import { scriptErrors } from './errors.js';
import { patternTime } from './limits.js';

/**
 * A test of whole texts against a caller's regular expression. It runs with a limit of time for all texts of a call,
 * since a pattern that backtracks without end must not stop the agent, and only `vm` can interrupt one.
 * @throws RemoraError `bad-pattern`; the test throws `slow-pattern`
 */
export function boundedRegex(pattern: string): (texts: readonly string[]) => readonly boolean[] {
  let regex: RegExp;
  try {
    regex = new RegExp(`^(?:${pattern})$`, 's');
  } catch (error) {
    throw scriptErrors.badPattern(pattern, (error as Error).message);
  }
  const sandbox = { regex, texts: [] as readonly string[], found: [] as boolean[] };
  const context = createContext(sandbox);
  const script = new Script('found = texts.map((text) => regex.test(text))');
  return (texts) => {
    sandbox.texts = texts;
    try {
      script.runInContext(context, { timeout: patternTime.value });
    } catch {
      throw scriptErrors.slowPattern(pattern, patternTime.value);
    }
    return [...sandbox.found];
  };
}
