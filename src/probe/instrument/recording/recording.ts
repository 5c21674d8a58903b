import type { Functions, InstrumentContext, Recording } from '../hook.js';

/** What happens in a call: wrappers, observers, records. */
export function makeRecording(_context: InstrumentContext): { recording: Recording; functions: Functions } {
  throw new Error('not built yet');
}
