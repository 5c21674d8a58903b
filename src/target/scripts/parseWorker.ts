/** The thread that parses: a big bundle takes seconds, which the agent's own loop does not have. */
import { parentPort } from 'node:worker_threads';
import { functionsOf } from './functionsOf.js';

interface ParseRequest {
  readonly id: number;
  readonly source: string;
  readonly isModule: boolean;
}

parentPort?.on('message', ({ id, source, isModule }: ParseRequest) => {
  try {
    parentPort?.postMessage({ id, parsed: parse(source, isModule) });
  } catch (error) {
    const why = error instanceof RangeError ? 'it nests too deep' : (error as Error).message;
    parentPort?.postMessage({ id, why });
  }
});

function parse(source: string, isModule: boolean): ReturnType<typeof functionsOf> {
  try {
    return functionsOf(source, isModule);
  } catch (error) {
    // A script given to vm may be what V8 takes for one kind and acorn for the other.
    if (error instanceof RangeError) throw error;
    return functionsOf(source, !isModule);
  }
}
