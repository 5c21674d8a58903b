import type { TraceNode, TraceTree } from '../../../target/index.js';

/** A level is there within this time of a call that showed it, on a busy machine too. */
const LEVEL_MS = 1500;

/**
 * A trace of several levels grows by what calls show: the first trees name callees that are looked into only from their next
 * call on. Such trees are kept back, for who asks for one tree wants a whole one; but not for ever.
 */
export class Growth {
  readonly #depth: number;
  readonly #now: () => number;
  #since = Number.NaN;
  #keptBack = 0;

  constructor(depth: number, now: () => number = () => performance.now()) {
    this.#depth = depth;
    this.#now = now;
  }

  /** Trees that were not shown. */
  get keptBack(): number {
    return this.#keptBack;
  }

  keepsBack({ root }: TraceTree): boolean {
    if (this.#depth < 2 || !isGrowing(root, this.#depth)) return false;
    const now = this.#now();
    if (Number.isNaN(this.#since)) this.#since = now;
    const isLate = this.#keptBack > this.#depth && now - this.#since > this.#depth * LEVEL_MS;
    if (!isLate) this.#keptBack += 1;
    return !isLate;
  }
}

/** It calls functions of the program, within the levels asked for, that were not looked into yet and will be. */
export function isGrowing(root: TraceNode, depth: number): boolean {
  const open: [node: TraceNode, level: number][] = [[root, 1]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [{ children }, level] = next;
    if (level >= depth) continue;
    for (const child of children) {
      const { callee } = child;
      const isOurs = callee !== undefined && callee.at !== undefined && !callee.isInternal;
      if (isOurs && !callee.isTraced && callee.why === undefined) return true;
      // What is not looked into has the calls of its caller's level.
      open.push([child, callee?.isTraced ? level + 1 : level]);
    }
  }
  return false;
}
