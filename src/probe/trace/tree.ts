/** The call tree of one call of a root: calls at one site of one parent are one node, counted as they happen. */
import { stringify } from '../main/captured.js';
import type { Frame } from './frame.js';

const { max } = Math;

/** Calls at one site. Nanoseconds. */
export interface SiteNode {
  readonly site: number;
  count: number;
  total: number;
  min: number;
  max: number;
  threw: number;
  /** What they threw, as rendered, a few. */
  thrown: string[] | undefined;
  /** Functions that were looked into below it. */
  frames: FrameNode[] | undefined;
}

/** Activations of one traced function (`inner` -1) or of a function inside it, below one site or frame. */
export interface FrameNode {
  readonly hook: number;
  readonly inner: number;
  readonly isCallback: boolean;
  count: number;
  total: number;
  min: number;
  max: number;
  /** By number of their site. */
  readonly sites: (SiteNode | undefined)[];
  frames: FrameNode[] | undefined;
  /** What it was left by, where that was seen. */
  thrown: string[] | undefined;
}

/** How large a tree may become, and how long it may take. */
export interface TreeLimits {
  readonly nodes: number;
  readonly depth: number;
  readonly lifeMs: number;
}

/** Calls that go on, and the nanoseconds since they began, all together. */
interface Going {
  count: number;
  nanos: number;
}

export type GoingOn = ReadonlyMap<SiteNode | FrameNode, Going>;

export class Tree {
  readonly id: number;
  readonly limits: TreeLimits;
  readonly root: FrameNode;
  /** The tree that was done when a callback of it came. */
  readonly continues: number;
  /** Nothing is added any more. */
  isOver = false;
  isUnfinished = false;
  omitted = 0;
  /** Who is waiting for it (OpenTree). */
  open: object | undefined;
  /** Activations that are not over, the newest first; `going` of them. */
  newest: Frame | undefined;
  going = 0;
  #nodes = 1;

  constructor(id: number, hook: number, limits: TreeLimits, continues: number) {
    this.id = id;
    this.limits = limits;
    this.continues = continues;
    this.root = newFrame(hook, -1, continues >= 0);
  }

  /** The node of a site; undefined when there is no room. */
  site(frame: FrameNode, site: number): SiteNode | undefined {
    const known = frame.sites[site];
    if (known !== undefined) return known;
    if (!this.#hasRoom()) return undefined;
    const node: SiteNode = {
      ...{ site, count: 0, total: 0, min: 0, max: 0, threw: 0 },
      ...{ thrown: undefined, frames: undefined },
    };
    frame.sites[site] = node;
    return node;
  }

  /** A function that was reached below `above`; undefined when there is no room. */
  frame(
    above: SiteNode | FrameNode,
    hook: number,
    inner: number,
    isCallback: boolean,
  ): FrameNode | undefined {
    const { frames } = above;
    if (frames !== undefined) {
      for (let at = 0; at < frames.length; at++) {
        const each = frames[at] as FrameNode;
        if (each.hook === hook && each.inner === inner) return each;
      }
    }
    if (!this.#hasRoom()) return undefined;
    const node = newFrame(hook, inner, isCallback);
    if (frames === undefined) above.frames = [node];
    else frames[frames.length] = node;
    return node;
  }

  #hasRoom(): boolean {
    if (this.#nodes < this.limits.nodes) {
      this.#nodes += 1;
      return true;
    }
    this.omitted += 1;
    return false;
  }

  /** What goes on right now. */
  goingOn(): GoingOn {
    const all = new Map<SiteNode | FrameNode, Going>();
    for (let frame = this.newest; frame !== undefined; frame = frame.older) {
      frame.goesOn((node, nanos) => {
        const known = all.get(node);
        if (known === undefined) all.set(node, { count: 1, nanos });
        else {
          known.count += 1;
          known.nanos += nanos;
        }
      });
    }
    return all;
  }

  /** Nobody reads it any more. Closures that were made below it, and keep a frame of it, keep none of its nodes. */
  release(): void {
    this.isOver = true;
    this.newest = undefined;
    cut(this.root);
  }

  /** TreeRecord of the protocol, as JSON. With `going` it is not done yet. */
  text(going?: GoingOn): string {
    const { id, continues, isUnfinished, omitted, root } = this;
    return `[${id},${continues},${isUnfinished || going ? 1 : 0},${omitted},${frameText(root, 0, going)}]`;
  }
}

function newFrame(hook: number, inner: number, isCallback: boolean): FrameNode {
  return {
    ...{ hook, inner, isCallback, count: 0, total: 0, min: 0, max: 0 },
    ...{ sites: [], frames: undefined, thrown: undefined },
  };
}

function cut(frame: FrameNode): void {
  const { sites, frames } = frame;
  for (let at = 0; at < sites.length; at++) cutAll(sites[at]?.frames);
  cutAll(frames);
  sites.length = 0;
  frame.frames = undefined;
}

function cutAll(frames: readonly FrameNode[] | undefined): void {
  if (frames !== undefined) for (let at = 0; at < frames.length; at++) cut(frames[at] as FrameNode);
}

export function add(node: SiteNode | FrameNode, nanos: number): void {
  node.min = node.count === 0 || nanos < node.min ? nanos : node.min;
  if (nanos > node.max) node.max = nanos;
  node.count += 1;
  node.total += nanos;
}

/** What a text of JSON may nest, whatever a tree may. */
const DEEPEST = 400;

function frameText(node: FrameNode, depth: number, going: GoingOn | undefined): string {
  const { hook, inner, isCallback, sites, frames } = node;
  let text = '';
  for (let at = 0; at < sites.length && depth < DEEPEST; at++) {
    const site = sites[at];
    if (site === undefined || (site.count === 0 && going?.get(site) === undefined)) continue;
    const below = framesText(site.frames, depth, going);
    text += `${text === '' ? '' : ','}[${site.site},${timesText(site, going)},${site.threw},${below}${endText(site, going)}]`;
  }
  const times = timesText(node, going);
  return `[${hook},${inner},${isCallback ? 1 : 0},${times},[${text}],${framesText(frames, depth, going)}${endText(node, going)}]`;
}

function framesText(
  frames: readonly FrameNode[] | undefined,
  depth: number,
  going: GoingOn | undefined,
): string {
  let text = '';
  if (frames !== undefined && depth < DEEPEST) {
    for (let at = 0; at < frames.length; at++) {
      text += `${at > 0 ? ',' : ''}${frameText(frames[at] as FrameNode, depth + 1, going)}`;
    }
  }
  return `[${text}]`;
}

function timesText(node: SiteNode | FrameNode, going: GoingOn | undefined): string {
  const { count = 0, nanos = 0 } = going?.get(node) ?? {};
  const min = node.count === 0 ? nanos : node.min;
  return `${node.count + count},${node.total + nanos},${min},${max(nanos, node.max)}`;
}

function endText(node: SiteNode | FrameNode, going: GoingOn | undefined): string {
  const { count = 0 } = going?.get(node) ?? {};
  const { thrown } = node;
  const texts = thrown === undefined && count === 0 ? '' : `,${stringify(thrown ?? [])}`;
  return count === 0 ? texts : `${texts},${count}`;
}
