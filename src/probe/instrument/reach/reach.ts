import type { Functions, InstrumentContext, Recording } from '../hook.js';

/** Where functions are held. `engine` is what the Worker's evaluations use with object references. */
export function reachFunctions(
  _context: InstrumentContext,
  _recording: Recording,
): { engine: object; functions: Functions } {
  throw new Error('not built yet');
}
