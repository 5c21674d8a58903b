import { errorText, RemoraError } from '../../base/index.js';
import type { RemoteObjects, RemoteValue } from '../../target/index.js';
import { CommandFailure } from '../command.js';
import {
  type CompiledExpression,
  compileExpression,
  evaluateExpression,
  fromOgnl,
} from '../expression/index.js';
import { type JsonValue, type RenderLimits, valueText } from '../values/index.js';

const GLOBALS = new Set(Object.getOwnPropertyNames(globalThis));
let keys = 0;

export interface OnValue {
  /** What the expression calls it. */
  readonly name: string;
  readonly value: RemoteValue;
  /** Default: the value itself. */
  readonly express?: string;
  readonly limits: RenderLimits;
  /** The name that redaction goes by. */
  readonly redactAs?: string;
  readonly signal?: AbortSignal;
}

/**
 * Before anything is done to the target for it.
 * @throws CommandFailure where it is none
 */
export function checkExpressOn(express: string | undefined, name: string): void {
  if (express === undefined) return;
  try {
    compiledOn(express, name);
  } catch (error) {
    if (error instanceof RemoraError) throw new CommandFailure(errorText(error));
    throw error;
  }
}

/** What the expression threw, in one line. */
export function thrownOn(value: JsonValue): CommandFailure {
  const [line = ''] = valueText(value).split('\n', 1);
  // These commands have no such option: what they read stays as it is.
  return new CommandFailure(`the expression threw: ${line.replace(': --unsafe allows it', '')}`);
}

function compiledOn(express: string, name: string): CompiledExpression {
  return compileExpression(express, { spelled: (text) => fromOgnl(text, [name], false) });
}

/**
 * Evaluates an expression over a value of the target and renders what it gives. Names that nothing binds are members of
 * the value, as OGNL has it.
 * @throws RemoraError as evaluateExpression does
 */
export async function evaluateOn(
  objects: RemoteObjects,
  { name, value, express, limits, redactAs, signal }: OnValue,
): Promise<{ readonly threw: boolean; readonly value: JsonValue }> {
  const compiled = compiledOn(express ?? name, name);
  const members = [...compiled.roots.keys()].filter((root) => root !== name && !GLOBALS.has(root));
  keys += 1;
  const key = `${name}-${keys}`;
  await objects.tool('hold', { value: key }, { value: name }, value);
  try {
    const named =
      redactAs === undefined || express !== undefined ? compiled : { ...compiled, name: redactAs };
    return await evaluateExpression(objects.target, named, {
      limits,
      files: [],
      signal,
      held: { key, name, members },
    });
  } finally {
    await objects.tool('drop', { value: key }).catch(() => undefined);
  }
}
