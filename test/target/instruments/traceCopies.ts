/** Traced copies that are run right here: a function of a text, its copy, and what both do. */

import { types } from 'node:util';
import { runInThisContext } from 'node:vm';
import { tokenizer } from 'acorn';
import { Code, siteTable } from '../../../src/probe/trace/code.js';
import { Frame, linked, nothingIs } from '../../../src/probe/trace/frame.js';
import { Tree } from '../../../src/probe/trace/tree.js';
import { functionsOf } from '../../../src/target/scripts/functionsOf.js';
import { copyOf, parsedSource } from '../../../src/target/trace/copyOf.js';
import type { CopySite, TracedCopy } from '../../../src/target/trace/tracedCopy.js';

type Fn = (this: unknown, ...args: unknown[]) => unknown;

export interface Both {
  readonly original: Fn;
  /** Runs the copy in a tree of its own. */
  readonly traced: Fn;
  readonly copy: TracedCopy;
  /** `text×count` of the root's sites, of the last call. */
  spans(): string[];
  /** Words that are on another line than in the original. */
  moved(): string[];
  lastTree(): Tree;
}

const LIMITS = { nodes: 1000, depth: 50, lifeMs: 1000 };

export function rewrite(source: string, name: string, isModule = false): ReturnType<typeof copyOf> {
  const info = functionsOf(source, isModule).functions.find((each) => each.name === name);
  if (!info) throw new Error(`no function ${name}`);
  return copyOf(parsedSource(source, isModule), {
    ...{ range: info.range, name: info.facts.ownName, url: 'file:///srv/app.js', path: '/srv/app.js' },
    ...{ mostSites: 500, mostLength: 200_000 },
  });
}

/** `source` is a function's body in which `name` is declared; `home` gives the object that a method belongs to. */
export function both(source: string, name: string, value = name, home = 'undefined'): Both {
  const result = rewrite(source, name);
  if ('why' in result) throw new Error(result.why);
  const { copy } = result;
  const parent = copy.usesSuper ? `Object.getPrototypeOf(${home})` : 'undefined';
  const made = runInThisContext(
    `(()=>{${source}\n;const _$p=${parent};return [${value},(${copy.text}\n)]})()`,
  ) as [Fn, Fn];
  const [original, factory] = made;
  let tree = new Tree(0, 1, LIMITS, -1);
  const tools = {
    types,
    originalOf: () => undefined,
    failure: (error: unknown) => String(error),
    spent: () => undefined,
  };
  const over = new Tree(-1, -1, LIMITS, -1);
  over.isOver = true;
  const nothing = new Frame(
    new Code(siteTable(-1, [], false), { ...tools, nothing: undefined as never }, undefined),
    over,
    over.root,
    0,
  );
  nothing.isOver = true;
  nothingIs(nothing);
  const paths = copy.sites.map(({ path, isGlobal = false }) => path && { names: path, isGlobal });
  const code = new Code(siteTable(1, paths, false), { ...tools, nothing }, factory);
  const traced: Fn = function (this: unknown, ...args) {
    if (!code.isReady(0)) throw new Error('names are missing');
    tree = new Tree(0, 1, LIMITS, -1);
    const frame = new Frame(code, tree, tree.root, 0);
    const { current } = linked;
    linked.handed = frame;
    linked.current = frame;
    try {
      return Reflect.apply(code.copy as Fn, this, args);
    } finally {
      linked.current = current;
    }
  };
  return {
    ...{ original, traced, copy },
    spans: () =>
      tree.root.sites.flatMap((node) =>
        node
          ? [`${(copy.sites[node.site] as CopySite).text}×${node.count}${node.threw ? `!${node.threw}` : ''}`]
          : [],
      ),
    moved: () => movedIn(source, name),
    lastTree: () => tree,
  };
}

/** Words that a function has once, which are on another line in its copy: `word original>copy`. */
export function movedIn(source: string, name: string): string[] {
  const info = functionsOf(source, false).functions.find((each) => each.name === name);
  const result = rewrite(source, name);
  if (!info || 'why' in result) throw new Error('no copy');
  const [start, end] = info.range;
  const written = wordsOf(source).filter(({ at }) => at > start + 'async function f'.length && at < end);
  const copied = wordsOf(result.copy.text);
  return written.flatMap(({ word, line }) => {
    if (word === 'continue' || written.filter((other) => other.word === word).length > 1) return [];
    // The head of a copy has some of them, too.
    const lines = copied.flatMap((other) => (other.word === word ? [other.line] : []));
    return lines.includes(line) ? [] : [`${word} ${line}>${lines}`];
  });
}

interface Word {
  readonly word: string;
  readonly at: number;
  readonly line: number;
}

/** Those that the copy does not have more of. */
const WORD = /^[a-z_]\w*$/i;
const OURS = /^(?:try|finally|const|return|catch|break)$/;

function wordsOf(text: string): Word[] {
  const words: Word[] = [];
  for (const { start, end, loc } of tokenizer(text, { ecmaVersion: 'latest', locations: true })) {
    const word = text.slice(start, end);
    if (WORD.test(word) && !OURS.test(word)) words.push({ word, at: start, line: loc?.start.line ?? 0 });
  }
  return words;
}
