/** A tree as the probe writes it (TreeRecord), in words. It comes from the target: what is not of that shape is left out. */
import type { CallRecord } from '../../probe/index.js';
import { keyOf } from './hookTable.js';
import type { Traced, TracedFunctions } from './tracedFunctions.js';
import type {
  ObservableFunction,
  TraceCallee,
  TraceNode,
  TracePlace,
  TraceThrown,
  TraceTree,
} from './types.js';

/** Of one tree, however large the probe says that it is. */
const MOST_NODES = 20_000;
const DEEPEST = 500;
const MOST_THROWN = 3;
const LONGEST_THROWN = 500;

export interface WordsOf {
  readonly functions: Pick<TracedFunctions, 'at' | 'of'>;
  why(key: string): string | undefined;
  /** Whether it will be looked into, and was not yet at this time (ms since the epoch). */
  isComing(key: string, at: number): boolean;
  readonly root: ObservableFunction | undefined;
  readonly skipInternal: boolean;
}

/** Counts of a frame or a site. */
interface Counts {
  readonly count: number;
  readonly total: number;
  readonly min: number;
  readonly max: number;
}

interface Frame extends Counts {
  readonly hook: number;
  readonly inner: number;
  readonly isCallback: boolean;
  readonly sites: readonly unknown[];
  readonly frames: readonly unknown[];
  readonly thrown: readonly TraceThrown[];
  readonly going: number;
}

interface Site extends Counts {
  readonly site: number;
  readonly threw: number;
  readonly frames: readonly unknown[];
  readonly thrown: readonly TraceThrown[];
  readonly going: number;
}

const NOWHERE: TracePlace = { scriptId: '', url: '', line: 1, column: 1 };

export function treeFrom(record: CallRecord, words: WordsOf): TraceTree | undefined {
  if (record.kind !== 'trace') return undefined;
  const [id, continues, isUnfinished, omitted, root] = list(record.tree);
  const frame = frameFrom(root);
  const began = beganAt(record);
  const writer = new Writer(words, began);
  const written = writer.root(frame, record);
  return {
    id: count(id),
    ...(typeof continues === 'number' && continues >= 0 && { continues }),
    isEarly: words.root !== undefined && words.isComing(keyOf(words.root), began),
    isUnfinished: isUnfinished === 1,
    omitted: count(omitted) + writer.left,
    root: written,
  };
}

/** Records are written when a call is over. */
function beganAt({ ts, settle, cost = 0 }: CallRecord): number {
  return count(ts) - count(settle ?? cost);
}

class Writer {
  left = 0;
  readonly #words: WordsOf;
  /** Milliseconds since the epoch. */
  readonly #began: number;
  #nodes = 0;

  constructor(words: WordsOf, began: number) {
    this.#words = words;
    this.#began = began;
  }

  root(frame: Frame | undefined, record: CallRecord): TraceNode {
    const { settle, cost = 0, point } = record;
    const nanos = (settle ?? cost) * 1e6;
    const of = this.#words.root;
    const traced = frame && this.#words.functions.at(frame.hook);
    const children = frame ? this.#children(frame, 0) : [];
    // A callback has a function of its own, which is not the root's.
    const isCallback = frame?.isCallback === true;
    // Of what an `async` function returns the promise is waited for when its own code is over.
    const total = Math.max(frame?.total ?? 0, nanos);
    return {
      kind: 'function',
      text: (isCallback ? traced?.of.methodName : of?.methodName) ?? '',
      at: placeOf(traced, traced?.of.found?.info.range[0]),
      ...{ count: 1, min: total, max: total, total, threw: point === 'AtExceptionExit' ? 1 : 0 },
      ...(traced?.copy && { self: rest(total, children) }),
      ...(frame && frame.total > 0 && { settled: frame.total }),
      ...(frame && frame.thrown.length > 0 && { thrown: frame.thrown }),
      ...(frame && frame.going > 0 && { inFlight: frame.going }),
      ...(isCallback && { isCallback }),
      children,
    };
  }

  /** Of a frame: its sites, and what ran below none of them. */
  #children(frame: Frame, depth: number): TraceNode[] {
    const traced = this.#words.functions.at(frame.hook);
    if (depth > DEEPEST) return [];
    const nodes: TraceNode[] = [];
    for (const each of frame.sites) {
      const site = siteFrom(each);
      if (site && this.#hasRoom()) nodes.push(...this.#site(site, traced, depth));
    }
    for (const each of frame.frames) nodes.push(...this.#frame(frameFrom(each), depth));
    return nodes;
  }

  #site(site: Site, traced: Traced | undefined, depth: number): readonly TraceNode[] {
    const written = traced?.copy?.sites[site.site];
    const seen = traced?.callees.get(site.site);
    const frames = site.frames.map(frameFrom).filter((frame) => frame !== undefined);
    // What was not looked into may have called what is; of several callees the first names the node.
    const isOwn = ({ inner, hook }: Frame) =>
      inner < 0 && (seen?.key === undefined || this.#words.functions.at(hook)?.key === seen.key);
    const own = frames.filter(isOwn);
    const callee = seen && this.#callee(seen.callee, seen.key, own.length > 0);
    const others = frames.filter((frame) => !isOwn(frame)).flatMap((frame) => this.#frame(frame, depth));
    const children = [...own.flatMap((frame) => this.#children(frame, depth + 1)), ...others];
    // What runs below it is the business of who called it.
    // Of what is global and was not looked at yet, most is Node.js's own.
    const isInternal = callee ? callee.isInternal : written?.isGlobal === true;
    if (isInternal && this.#words.skipInternal) return children;
    const isAsync = own.some(({ hook }) => this.#words.functions.at(hook)?.of.found?.info.isAsync);
    const settled = isAsync ? own.reduce((sum, { total }) => sum + total, 0) : undefined;
    const { count, min, max, total, threw } = site;
    // Its promise may be waited for elsewhere, or not at all.
    const going = Math.max(site.going, ...own.map((frame) => frame.going));
    const awaits = written?.awaits === undefined ? undefined : traced?.copy?.sites[written.awaits]?.at;
    return [
      {
        kind: written?.kind ?? 'call',
        text: written?.text ?? '',
        at: placeOf(traced, written?.at),
        ...(callee && { callee }),
        ...{ count, min, max, total, threw },
        ...(site.thrown.length > 0 && { thrown: site.thrown }),
        ...(going > 0 && { inFlight: going }),
        ...(awaits !== undefined && { awaits: placeOf(traced, awaits) }),
        ...(settled !== undefined && { settled }),
        ...(written?.isReturned && { isReturned: true }),
        ...(own.length > 0 && { self: rest(settled ?? total, children) }),
        children,
      },
    ];
  }

  /** A function inside a traced one, or one that a callback or a built-in function called. */
  #frame(frame: Frame | undefined, depth: number): readonly TraceNode[] {
    if (!frame || !this.#hasRoom()) return [];
    const traced = this.#words.functions.at(frame.hook);
    const inside = traced?.copy?.inner[frame.inner];
    const children = this.#children(frame, depth + 1);
    const { count, min, max, total, isCallback, going } = frame;
    return [
      {
        kind: 'function',
        text: frame.inner < 0 ? (traced?.of.methodName ?? '') : inside?.name || 'callback',
        at: placeOf(traced, frame.inner < 0 ? traced?.of.found?.info.range[0] : inside?.at),
        ...(traced && frame.inner < 0 && { callee: this.#itself(traced) }),
        ...{ count, min, max, total, threw: 0, self: rest(total, children), children },
        ...(isCallback && { isCallback }),
        ...(going > 0 && { inFlight: going }),
      },
    ];
  }

  #itself({ of: { className, methodName, found }, place }: Traced): TraceCallee {
    const at = found && place?.(found.info.range[0]);
    return { className, methodName, ...(at && { at }), isInternal: false, isTraced: true };
  }

  #callee(
    callee: Omit<TraceCallee, 'isTraced' | 'why'>,
    key: string | undefined,
    isTraced: boolean,
  ): TraceCallee {
    if (key === undefined) return { ...callee, isTraced };
    const why = isTraced ? undefined : this.#words.why(key);
    const isComing = !isTraced && this.#words.isComing(key, this.#began);
    return { ...callee, isTraced, ...(why !== undefined && { why }), ...(isComing && { isComing }) };
  }

  #hasRoom(): boolean {
    this.#nodes += 1;
    if (this.#nodes <= MOST_NODES) return true;
    this.left += 1;
    return false;
  }
}

/** The sites of a tree as the probe writes it, each once. */
export function sitesIn(tree: unknown): [hook: number, site: number][] {
  const found = new Map<string, [hook: number, site: number]>();
  const open = [list(tree)[4]];
  for (let left = MOST_NODES; open.length > 0 && left > 0; left--) {
    const frame = frameFrom(open.pop());
    if (!frame) continue;
    for (const each of frame.sites.map(siteFrom)) {
      if (!each) continue;
      found.set(`${frame.hook}:${each.site}`, [frame.hook, each.site]);
      for (const below of each.frames) open.push(below);
    }
    for (const below of frame.frames) open.push(below);
  }
  return [...found.values()];
}

/** What it spent in none of them; callbacks ran beside it. */
function rest(total: number, children: readonly TraceNode[]): number {
  let left = total;
  for (const { total: part, isCallback } of children) if (!isCallback) left -= part;
  return Math.max(0, left);
}

function placeOf(traced: Traced | undefined, offset: number | undefined): TracePlace {
  return offset === undefined || !traced?.place ? NOWHERE : traced.place(offset);
}

function thrownFrom(text: string): TraceThrown {
  const [, exception = text, message] = /^([\w$.]+)(?:: (.*))?$/s.exec(text) ?? [];
  return { exception: exception.slice(0, LONGEST_THROWN), ...(message && { message }) };
}

function frameFrom(value: unknown): Frame | undefined {
  const [hook, inner, isCallback, ...rest] = list(value);
  if (typeof hook !== 'number' || typeof inner !== 'number') return undefined;
  const [times, total, min, max, sites, frames, thrown, going] = rest;
  return {
    ...{ hook, inner, isCallback: isCallback === 1, count: count(times) },
    ...{ total: count(total), min: count(min), max: count(max), sites: list(sites), frames: list(frames) },
    ...{ thrown: thrownTexts(thrown), going: count(going) },
  };
}

function siteFrom(value: unknown): Site | undefined {
  const [site, times, total, min, max, threw, frames, thrown, going] = list(value);
  if (typeof site !== 'number') return undefined;
  return {
    ...{ site, count: count(times), total: count(total), min: count(min), max: count(max) },
    ...{ threw: count(threw), frames: list(frames) },
    ...{ thrown: thrownTexts(thrown), going: count(going) },
  };
}

function thrownTexts(value: unknown): TraceThrown[] {
  return list(value)
    .slice(0, MOST_THROWN)
    .filter((each) => typeof each === 'string')
    .map((each) => thrownFrom(each.slice(0, LONGEST_THROWN)));
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function count(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : 0;
}
