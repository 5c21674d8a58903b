/**
 * What the text of a traced copy calls (src/target/trace/rewriter.ts writes it): one frame for each activation, which lives
 * on over `await` as a variable of that activation. Which frame calls right now is one variable for all, set before each
 * call and put back after it: so a traced function that is called knows by whom.
 */
import type { AnyFunction } from '../instrument/hook.js';
import { clock, nanosecondsSince } from '../instrument/recording/clock.js';
import type { SitePath } from './code.js';
import { add, type FrameNode, type SiteNode, type Tree } from './tree.js';

const NONE: readonly unknown[] = Object.freeze([]);
const MOST_THROWN = 3;
/** Of what is thrown at one site, so many are put into words at most. */
const MOST_WORDED = 50;
/** Activations of one tree that are kept in mind, for who asks what it is doing. */
const MOST_GOING = 1000;

/** What frames need of the code that they are activations of. */
export interface FrameCode {
  readonly hook: number;
  readonly copy: AnyFunction | undefined;
  /** 1 = calls at this site are not timed. */
  readonly skips: Uint8Array;
  /** Calls until what is called there is looked at again; 0 = now. */
  readonly untilLook: Uint8Array;
  readonly paths: readonly (SitePath | undefined)[];
  look(site: number, given: unknown): void;
  /** Spans that were timed in one frame, for the governor. */
  spent(spans: number, isInner: boolean): void;
  failure(error: unknown): string;
}

/** `current`: whose call runs right now. `handed`: for the copy that is about to begin. */
export const linked: { current: Frame | undefined; handed: Frame | undefined } = {
  current: undefined,
  handed: undefined,
};

export class Frame {
  readonly code: FrameCode;
  readonly tree: Tree;
  readonly node: FrameNode;
  readonly depth: number;
  /** When it began. */
  readonly began: bigint;
  isOver = false;
  /** Those of the tree that began before and after it, and are not over. */
  older: Frame | undefined = undefined;
  newer: Frame | undefined = undefined;
  #isKept = false;
  #open = -1;
  #opened: bigint;
  #before: Frame | undefined = undefined;
  #waiting = -1;
  #waited: bigint;
  /** It waits for an iterator that is no longer wanted. */
  #isLeaving = false;
  /** What was thrown has not been put into words. */
  #isUnsaid = false;
  #spans = 0;
  #last: SiteNode | undefined = undefined;

  constructor(code: FrameCode, tree: Tree, node: FrameNode, depth: number) {
    this.code = code;
    this.tree = tree;
    this.node = node;
    this.depth = depth;
    this.began = clock();
    this.#opened = this.began;
    this.#waited = this.began;
    if (tree.going < MOST_GOING) this.#keep();
  }

  #keep(): void {
    const { tree } = this;
    this.#isKept = true;
    tree.going += 1;
    this.older = tree.newest;
    if (this.older !== undefined) this.older.newer = this;
    tree.newest = this;
  }

  #forget(): void {
    const { tree, older, newer } = this;
    this.#isKept = false;
    tree.going -= 1;
    if (newer === undefined) tree.newest = older;
    else newer.older = older;
    if (older !== undefined) older.newer = newer;
    this.older = undefined;
    this.newer = undefined;
  }

  /** What it is doing, and for how many nanoseconds. */
  goesOn(tell: (node: SiteNode | FrameNode, nanos: number) => void): void {
    tell(this.node, nanosecondsSince(this.began));
    const isOpen = this.#open >= 0 && this.code.skips[this.#open] !== 1;
    const site = isOpen ? this.#open : this.#waiting;
    const node = site < 0 ? undefined : this.tree.site(this.node, site);
    if (node) tell(node, nanosecondsSince(isOpen ? this.#opened : this.#waited));
  }

  /** Where a function that is called right now belongs. */
  get above(): SiteNode | FrameNode | undefined {
    const site = this.#open;
    if (site < 0 || this.code.skips[site] === 1) return this.node;
    return this.tree.site(this.node, site);
  }

  // The words of a copy's text. None of them throws.

  /** The last argument of a call is there. */
  a(site: number, value: unknown, given?: unknown): unknown {
    this.#begin(site, given);
    return value;
  }

  /** A call without arguments begins. */
  s(site: number, given?: unknown): void {
    this.#begin(site, given);
  }

  /** The object whose method is called. */
  o(site: number, value: unknown): unknown {
    if (!this.tree.isOver) this.#look(site, value);
    return value;
  }

  /** The same, and the call begins. */
  q(site: number, value: unknown): unknown {
    this.#begin(site, value);
    return value;
  }

  z(site: number, given?: unknown): readonly unknown[] {
    this.#begin(site, given);
    return NONE;
  }

  /** A call has returned. */
  e(site: number, value: unknown): unknown {
    if (this.#open === site) this.#end(false);
    return value;
  }

  /** It is going to wait. */
  w(site: number, value: unknown): unknown {
    if (this.#open >= 0) this.c();
    if (this.#isLeaving) this.#endWait(false);
    if (!this.tree.isOver) {
      this.#waiting = site;
      this.#waited = clock();
    }
    return value;
  }

  r(site: number, value: unknown): unknown {
    if (this.#waiting === site || this.#isLeaving) this.#endWait(false);
    return value;
  }

  /** A turn of a loop is over: unless the next one is waited for, the loop is left, and its iterator told so. */
  y(site: number): void {
    if (this.#waiting === site || this.tree.isOver) return;
    this.#isUnsaid = this.#open >= 0;
    if (this.#isUnsaid) this.#end(true);
    this.#isLeaving = true;
    this.#waiting = site;
    this.#waited = clock();
  }

  /** Something was thrown: what was open is not any more. */
  c(error?: unknown): void {
    const isOpen = this.#open >= 0 || (this.#waiting >= 0 && !this.#isLeaving) || this.#isUnsaid;
    this.#isUnsaid = false;
    if (this.#open >= 0) this.#end(true);
    if (this.#waiting >= 0) this.#endWait(true);
    // What is written down may be no error at all.
    if (isOpen && error !== undefined) this.threw(error);
  }

  /** This is about to be thrown. */
  t(site: number, value: unknown): unknown {
    if (this.#open >= 0) this.c();
    this.#count(site, 0, true);
    this.threw(value);
    return value;
  }

  /** The activation is over. */
  x(): void {
    if (this.isOver) return;
    this.isOver = true;
    if (this.#isKept) this.#forget();
    this.c();
    if (!this.tree.isOver) add(this.node, nanosecondsSince(this.began));
    this.code.spent(this.#spans, this.node.inner >= 0);
  }

  /** A function inside, which was handed to what runs it, begins. */
  n(inner: number): Frame {
    const { tree, code } = this;
    if (tree.isOver || this.depth >= tree.limits.depth) return this.#nothing();
    const { current } = linked;
    const isBelow = current !== undefined && current.tree === tree;
    const above = isBelow ? current.above : this.node;
    const node = above && tree.frame(above, code.hook, inner, !isBelow);
    return node ? new Frame(code, tree, node, this.depth + 1) : this.#nothing();
  }

  /** The activation itself was left by this. */
  left(error: unknown): void {
    this.#word(this.node, error);
  }

  /** The last span that threw, threw this. */
  threw(error: unknown): void {
    const node = this.#last;
    if (node !== undefined && node.threw <= MOST_WORDED) this.#word(node, error);
  }

  #word(node: SiteNode | FrameNode, error: unknown): void {
    if (this.tree.isOver) return;
    node.thrown ??= [];
    if (node.thrown.length >= MOST_THROWN) return;
    const text = this.code.failure(error);
    if (!node.thrown.includes(text)) node.thrown[node.thrown.length] = text;
  }

  #nothing(): Frame {
    this.tree.omitted += 1;
    return nothing as Frame;
  }

  #begin(site: number, given: unknown): void {
    if (this.tree.isOver) return;
    if (this.#open >= 0) this.c();
    if (this.#isLeaving) this.#endWait(false);
    this.#look(site, given);
    this.#open = site;
    this.#before = linked.current;
    linked.current = this;
    if (this.code.skips[site] !== 1) this.#opened = clock();
  }

  #look(site: number, given: unknown): void {
    const { code } = this;
    const left = code.untilLook[site] as number;
    if (left > 0) code.untilLook[site] = left - 1;
    else if (code.paths[site] !== undefined) code.look(site, given);
  }

  #end(threw: boolean): void {
    const site = this.#open;
    this.#open = -1;
    linked.current = this.#before;
    this.#before = undefined;
    if (this.code.skips[site] === 1) {
      this.#last = undefined;
      return;
    }
    const nanos = nanosecondsSince(this.#opened);
    this.#count(site, nanos, threw);
  }

  #endWait(threw: boolean): void {
    const site = this.#waiting;
    const isLeft = this.#isLeaving;
    this.#waiting = -1;
    this.#isLeaving = false;
    this.#count(site, nanosecondsSince(this.#waited), threw && !isLeft);
  }

  #count(site: number, nanos: number, threw: boolean): void {
    this.#spans += 1;
    if (threw) this.#last = undefined;
    if (this.tree.isOver) return;
    const node = this.tree.site(this.node, site);
    if (node === undefined) return;
    add(node, nanos);
    if (!threw) return;
    node.threw += 1;
    this.#last = node;
  }
}

/** For activations that nobody observes. */
let nothing: Frame | undefined;

export function nothingIs(frame: Frame): void {
  nothing = frame;
}
