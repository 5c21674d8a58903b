/** The thread that parses: a big bundle takes seconds, which the agent's own loop does not have. */
import { parentPort } from 'node:worker_threads';
import { type CopyRequest, copyOf, type ParsedSource, parsedSource } from '../trace/copyOf.js';
import { functionsOf } from './functionsOf.js';
import { namesInScope } from './namesInScope.js';

/** Scripts whose trees are kept for a while: copies are made of several functions of one script. */
const MOST_TREES = 2;
const trees = new Map<string, ParsedSource>();

interface ParseRequest {
  readonly id: number;
  readonly source: string;
  readonly isModule: boolean;
  /** A traced copy of one function is wanted, not the list of them. */
  readonly copy?: CopyRequest & { readonly hash: string };
  /** Offsets: what is in scope there is wanted, not functions. */
  readonly offsets?: readonly number[];
}

parentPort?.on('message', (request: ParseRequest) => {
  const { id, copy } = request;
  try {
    parentPort?.postMessage({ id, parsed: answer(request) });
  } catch (error) {
    const why = error instanceof RangeError ? 'it nests too deep' : (error as Error).message;
    parentPort?.postMessage({ id, why: copy ? `its script cannot be parsed: ${why}` : why });
  }
});

function answer({ source, isModule, copy, offsets }: ParseRequest): object {
  if (copy) return copyOf(treeOf(copy.hash, source, isModule), copy);
  return eitherKind(isModule, (kind) =>
    offsets ? namesInScope(source, kind, offsets) : functionsOf(source, kind),
  );
}

/** A script given to vm may be what V8 takes for one kind and acorn for the other. */
function eitherKind<T>(isModule: boolean, parse: (isModule: boolean) => T): T {
  try {
    return parse(isModule);
  } catch (error) {
    if (error instanceof RangeError) throw error;
    return parse(!isModule);
  }
}

function treeOf(hash: string, source: string, isModule: boolean): ParsedSource {
  const known = trees.get(hash);
  if (known) return known;
  const [oldest] = trees.keys();
  if (trees.size >= MOST_TREES && oldest !== undefined) trees.delete(oldest);
  const parsed = eitherKind(isModule, (kind) => parsedSource(source, kind));
  trees.set(hash, parsed);
  return parsed;
}
