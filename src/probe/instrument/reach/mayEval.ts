import { apply, getOwnPropertyDescriptor } from '../../main/captured.js';

const functionText = Function.prototype.toString;
const NATIVE = 'function eval() { [native code] }';

/**
 * Whether `eval` in a frame is V8's own and does what it is for: an application may have put something else there, which
 * would be called, or have switched off code from strings. `evalHere` reads the name in the frame.
 */
export function mayEval(evalHere: () => unknown): boolean {
  const own: unknown = getOwnPropertyDescriptor(globalThis, 'eval')?.value;
  if (typeof own !== 'function' || apply(functionText, own as () => unknown, []) !== NATIVE) return false;
  try {
    return evalHere() === own && (own as (text: string) => unknown)('1') === 1;
  } catch {
    return false;
  }
}
