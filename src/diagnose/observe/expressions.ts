import { errorText, RemoraError } from '../../base/index.js';
import { type CompiledText, loadedModuleFile, type Target } from '../../target/index.js';
import { CommandFailure } from '../command.js';
import { type CallExpression, compileCallExpression, forCalls } from '../expression/index.js';

/**
 * @throws CommandFailure with what is wrong and where
 */
export function expressionOf(
  what: 'express' | 'condition',
  text: string | undefined,
  unsafe: boolean,
): CallExpression | undefined {
  if (text === undefined || (what === 'condition' && text.trim() === '')) return undefined;
  try {
    return compileCallExpression(text, { unsafe });
  } catch (error) {
    if (error instanceof RemoraError)
      throw new CommandFailure(`The ${what} is not taken: ${errorText(error)}`);
    throw error;
  }
}

/**
 * The form that goes into the process, with the files of the modules that it names.
 * @throws RemoraError `no-module`, `module-ambiguous`, `module-unreachable`
 */
export async function inProcess(
  expression: CallExpression | undefined,
  target: Target,
  signal: AbortSignal,
): Promise<CompiledText | undefined> {
  if (!expression) return undefined;
  const files: string[] = [];
  for (const pattern of expression.modules) files.push(await loadedModuleFile(target, pattern, { signal }));
  return forCalls(expression, files);
}
