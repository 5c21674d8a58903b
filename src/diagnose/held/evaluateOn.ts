import type { RemoteObjects, RemoteValue } from '../../target/index.js';
import { compileExpression, evaluateExpression, fromOgnl } from '../expression/index.js';
import type { JsonValue, RenderLimits } from '../values/index.js';

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
 * Evaluates an expression over a value of the target and renders what it gives. Names that nothing binds are members of
 * the value, as OGNL has it.
 * @throws RemoraError as evaluateExpression does
 */
export async function evaluateOn(
  objects: RemoteObjects,
  { name, value, express, limits, redactAs, signal }: OnValue,
): Promise<{ readonly threw: boolean; readonly value: JsonValue }> {
  const compiled = compileExpression(express ?? name, { spelled: (text) => fromOgnl(text, [name], false) });
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
