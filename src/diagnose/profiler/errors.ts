import { RemoraError } from '../../base/index.js';
import { CommandFailure } from '../command.js';

export function notRunning(): RemoraError {
  return new RemoraError('profiler-not-running', 'Profiler is not active', {
    hint: "'profiler start' begins; 'profiler dump' writes the last one again",
  });
}

export function nothingTaken(): RemoraError {
  return new RemoraError(
    'nothing-profiled',
    'no profile of this event was taken since the process was attached',
    {
      hint: "'profiler start -d 10' takes one",
    },
  );
}

/** The sheet's: status 1. */
export function profilerError(text: string): CommandFailure {
  return new CommandFailure(`AsyncProfiler error: ${text}`, 1);
}
