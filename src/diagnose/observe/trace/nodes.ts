/** A call tree as results have it (wire/arthas.md 3.7). All times are nanoseconds. */

export interface ThreadNode {
  readonly type: 'thread';
  readonly threadName: string;
  readonly threadId: number;
  readonly daemon: boolean;
  readonly priority: number;
  readonly timestamp: Date | string;
  readonly children: readonly MethodNode[];
}

export interface MethodNode {
  readonly type: 'method';
  /**
   * Module, or `module:Class`; of what was not seen to be a function of the program, what stands before the last dot
   * where it is called. Of an `await`, what is waited for.
   */
  readonly className: string;
  /** `await` where it is not that of a call, whose part it else is; `yield`, `import`. */
  readonly methodName: string;
  /** Where it is called (of a callback: where it begins), in the source that was written; -1 of the function that is traced. */
  readonly lineNumber: number;
  /** The file of that line, where it is another than the name of the module says. */
  readonly fileName?: string;
  /** A call, as seen by its caller. */
  readonly invoking: boolean;
  /** What it is if no plain call. */
  readonly kind?: 'await' | 'yield' | 'import' | 'new' | 'tag' | 'super';
  /** Of the last call; until its promise was settled, where one was waited for. */
  readonly cost: number;
  readonly minCost: number;
  readonly maxCost: number;
  readonly totalCost: number;
  readonly times: number;
  /** Of `totalCost`, what is spent in no node below it; absent where it was not looked into. */
  readonly selfCost?: number;
  /** Of `totalCost`, what went by while a promise was waited for. */
  readonly waitCost?: number;
  readonly throw?: boolean;
  readonly throwExp?: string;
  readonly mark?: string;
  /** Of `times`, so many go on: their cost is that since they began. */
  readonly inFlight?: number;
  /** It ran in a callback that was handed on: beside its siblings in time. */
  readonly callback?: boolean;
  /** Nodes below it that found no room. */
  readonly omitted?: number;
  readonly children?: readonly TraceNode[];
}

export interface ThrowNode {
  readonly type: 'throw';
  readonly exception: string;
  readonly message?: string;
  readonly lineNumber: number;
}

export type TraceNode = MethodNode | ThrowNode;

export const THROWS = 'throws Exception';

/** Nodes of calls and awaits in a tree. */
export function nodeCount(root: MethodNode): number {
  let count = 0;
  const open: TraceNode[] = [root];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node.type !== 'method') continue;
    count += 1;
    for (const child of node.children ?? []) open.push(child);
  }
  return count;
}
