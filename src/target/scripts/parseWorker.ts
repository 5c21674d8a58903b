/** The thread that parses: a big bundle takes seconds, which the agent's own loop does not have. */
import { parentPort } from 'node:worker_threads';
import { functionsOf } from './functionsOf.js';
import { namesInScope } from './namesInScope.js';

interface ParseRequest {
  readonly id: number;
  readonly source: string;
  readonly isModule: boolean;
  /** Offsets: what is in scope there is wanted, not functions. */
  readonly offsets?: readonly number[];
}

parentPort?.on('message', ({ id, source, isModule, offsets }: ParseRequest) => {
  try {
    const parsed = eitherKind(isModule, (kind) =>
      offsets ? namesInScope(source, kind, offsets) : functionsOf(source, kind),
    );
    parentPort?.postMessage({ id, parsed });
  } catch (error) {
    const why = error instanceof RangeError ? 'it nests too deep' : (error as Error).message;
    parentPort?.postMessage({ id, why });
  }
});

/** A script given to vm may be what V8 takes for one kind and acorn for the other. */
function eitherKind<T>(isModule: boolean, parse: (isModule: boolean) => T): T {
  try {
    return parse(isModule);
  } catch (error) {
    if (error instanceof RangeError) throw error;
    return parse(!isModule);
  }
}
