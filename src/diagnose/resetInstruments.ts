import type { Target } from '../target/index.js';
import type { Result } from './command.js';
import type { DiagnoseServices } from './services.js';

/** Undoes instruments on a process and counts them; nothing is attached for it. Used by `reset` and `stop`. */
export async function resetInstruments(
  services: DiagnoseServices,
  target: Target | undefined,
  pattern?: { readonly text: string; readonly regex: boolean },
): Promise<Result> {
  const start = performance.now();
  const { classCount, methodCount, later } =
    target && services.instruments
      ? await services.instruments(target).reset(pattern)
      : { classCount: 0, methodCount: 0, later: 0 };
  const cost = Math.round(performance.now() - start);
  return {
    type: 'reset',
    affect: { classCount, methodCount, cost, listenerId: 0, later: later > 0 ? later : undefined },
  };
}
