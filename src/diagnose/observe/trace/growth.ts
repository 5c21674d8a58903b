import type { TraceNode, TraceTree } from '../../../target/index.js';

/** A level is there within this time of a call that showed it, on a busy machine too. */
const LEVEL_MS = 2000;
/** Calls of a function until it is looked into: one that shows it, one to reach it, one to make its copy in. */
const LEVEL_CALLS = 3;

/**
 * A function is looked into from one of its next calls on, and what it calls later still: the first trees are not what was
 * asked for. Such trees are kept back, for who asks for one tree wants a whole one; but not for ever.
 */
export class Growth {
  readonly #depth: number;
  readonly #levels: number;
  readonly #now: () => number;
  #since = Number.NaN;
  #keptBack = 0;

  /** `levels`: that it has patience for. */
  constructor(depth: number, levels: number, now: () => number = () => performance.now()) {
    this.#depth = depth;
    this.#levels = levels;
    this.#now = now;
  }

  keepsBack({ root, isEarly }: TraceTree): boolean {
    if (!isEarly && !isGrowing(root, this.#depth)) return false;
    const now = this.#now();
    if (Number.isNaN(this.#since)) this.#since = now;
    const isLate =
      this.#keptBack >= this.#levels * LEVEL_CALLS && now - this.#since > this.#levels * LEVEL_MS;
    if (!isLate) this.#keptBack += 1;
    return !isLate;
  }
}

/** It calls functions of the program, within the levels asked for, that were not looked into yet and will be. */
export function isGrowing(root: TraceNode, depth: number): boolean {
  const open: [node: TraceNode, level: number][] = [[root, 1]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [{ children }, level] = next;
    for (const child of children) {
      const { callee } = child;
      if (callee?.isComing) return true;
      const isOurs = callee !== undefined && callee.at !== undefined && !callee.isInternal;
      if (level < depth && isOurs && !callee.isTraced && callee.why === undefined) return true;
      // What is not looked into has the calls of its caller's level.
      open.push([child, callee?.isTraced ? level + 1 : level]);
    }
  }
  return false;
}
