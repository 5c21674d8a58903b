/** The thread that parses: a big bundle takes seconds, which the agent's own loop does not have. */
import { parentPort } from 'node:worker_threads';
import { type CopyRequest, copyOf, type ParsedSource, parsedSource } from '../trace/copyOf.js';
import { functionsOf } from './functionsOf.js';

/** Scripts whose trees are kept for a while: copies are made of several functions of one script. */
const MOST_TREES = 2;
const trees = new Map<string, ParsedSource>();

interface ParseRequest {
  readonly id: number;
  readonly source: string;
  readonly isModule: boolean;
  /** A traced copy of one function is wanted, not the list of them. */
  readonly copy?: CopyRequest & { readonly hash: string };
}

parentPort?.on('message', ({ id, source, isModule, copy }: ParseRequest) => {
  try {
    if (copy) parentPort?.postMessage({ id, rewritten: copyOf(treeOf(copy.hash, source, isModule), copy) });
    else parentPort?.postMessage({ id, parsed: parse(source, isModule) });
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

function treeOf(hash: string, source: string, isModule: boolean): ParsedSource {
  const known = trees.get(hash);
  if (known) return known;
  const [oldest] = trees.keys();
  if (trees.size >= MOST_TREES && oldest !== undefined) trees.delete(oldest);
  let parsed: ParsedSource;
  try {
    parsed = parsedSource(source, isModule);
  } catch (error) {
    if (error instanceof RangeError) throw error;
    parsed = parsedSource(source, !isModule);
  }
  trees.set(hash, parsed);
  return parsed;
}
