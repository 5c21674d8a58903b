import type { RawFrame } from '../main/framesHere.js';

interface Tools {
  framesHere(limit: number, above: (...args: never[]) => unknown): RawFrame[];
  interruptedStack(limit?: number): RawFrame[];
}

interface Mark {
  readonly tools: Tools;
}

/** What the main script has already is not brought along again: a script may not be large. */
function toolsHere(): Tools | undefined {
  return (globalThis as unknown as Record<symbol, Mark | undefined>)[Symbol.for('remora.probe')]?.tools;
}

export const framesHere: Tools['framesHere'] = (limit, above) => toolsHere()?.framesHere(limit, above) ?? [];

export const interruptedStack: Tools['interruptedStack'] = (limit) =>
  toolsHere()?.interruptedStack(limit) ?? [];
