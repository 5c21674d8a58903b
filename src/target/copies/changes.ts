/** Which functions of a module are others in a new version of it; comments and form count for nothing. */
import { parse, type Token } from 'acorn';
import { functionsOf } from '../scripts/functionsOf.js';
import type { FunctionInfo, Place } from '../scripts/script.js';

export interface ChangesRequest {
  /** JavaScript. */
  readonly before: string;
  readonly after: string;
  /** What is outside of functions was written in another way, so that it cannot be compared. */
  readonly isFunctionsOnly: boolean;
}

export interface ChangedFunction {
  readonly name: string;
  readonly kind: FunctionInfo['kind'];
  /** In `before`. */
  readonly start: Place;
  readonly location: number;
  readonly end: number;
  /** Of `after`: as `Function.prototype.toString` would give it. */
  readonly source: string;
  /** Only functions inside it are others, of which it may have made some before. */
  readonly isForNested: boolean;
}

export interface Changes {
  readonly changed: readonly ChangedFunction[];
  /** Functions that only one of them has; names. */
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Code outside functions: what is new, with its line in `after`, and what is no longer there. */
  readonly outside: readonly { readonly line: number; readonly text: string }[];
}

export type ChangesAnswer = Changes | { readonly why: string };

const MOST_OUTSIDE = 20;
const LONGEST_LINE = 100;
/** What is given to these is made and called anew each time: it is replaced with what is around it. */
const CALLED_AT_ONCE =
  /\.\s*(?:map|filter|forEach|reduce|reduceRight|some|every|find\w*|sort|toSorted|flatMap|then|catch|finally|replace|replaceAll)\s*\(\s*$/;

export function changesBetween({ before, after, isFunctionsOnly }: ChangesRequest): ChangesAnswer {
  let old: Version;
  let young: Version;
  try {
    old = new Version(before);
  } catch (error) {
    return { why: `what runs could not be parsed: ${(error as Error).message}` };
  }
  try {
    young = new Version(after);
  } catch (error) {
    return { why: `the new version does not parse: ${(error as Error).message}` };
  }
  const changed: ChangedFunction[] = [];
  const others = new Set<string>();
  for (const [key, node] of old.byKey) {
    const next = young.byKey.get(key);
    if (next && node.ownText !== next.ownText) others.add(key);
  }
  for (const [key, node] of old.byKey) {
    const next = young.byKey.get(key);
    if (!next) continue;
    const isOther = others.has(key);
    const isForNested = !isOther && hasChanged(node, others);
    if (!isOther && !isForNested) continue;
    const { name, kind, start, facts, range } = node.info;
    const source = after.slice(...next.info.facts.text);
    const found = { name: name || '<anonymous>', kind, start, location: facts.location, end: range[1] };
    changed.push({ ...found, source, isForNested });
  }
  const names = (from: Version, to: Version): string[] =>
    [...from.byKey].filter(([key]) => !to.byKey.has(key)).map(([, { info }]) => info.name || '<anonymous>');
  const added = names(young, old);
  const outside = (isFunctionsOnly ? [] : outsideChanges(old, young)).filter(
    ({ text }) => !isOfAdded(text, added),
  );
  return { changed, added, removed: names(old, young), outside };
}

/** A function inside that is made at each call of this one. */
function hasChanged(node: FunctionNode, others: ReadonlySet<string>): boolean {
  return node.children.some(
    (child) => child.info.facts.isPerCall && (others.has(child.key) || hasChanged(child, others)),
  );
}

class FunctionNode {
  readonly children: FunctionNode[] = [];
  key = '';
  ownText = '';

  constructor(
    readonly info: FunctionInfo,
    readonly start: number,
    readonly end: number,
  ) {}
}

class Version {
  readonly byKey = new Map<string, FunctionNode>();
  readonly tops: FunctionNode[] = [];
  readonly #tokens: Token[] = [];
  readonly #source: string;

  constructor(source: string) {
    this.#source = source;
    const isModule = /^\s*(?:import\b(?!\s*[.(])|export\b)/m.test(source);
    parse(source, {
      ecmaVersion: 'latest',
      sourceType: isModule ? 'module' : 'script',
      allowReturnOutsideFunction: true,
      allowAwaitOutsideFunction: isModule,
      allowSuperOutsideMethod: true,
      allowHashBang: true,
      locations: true,
      onToken: this.#tokens,
    });
    const { functions } = functionsOf(source, isModule);
    const nodes = functions
      .filter(({ kind, facts, range }) => !facts.isImplicit && !this.#isCalledAtOnce(kind, range[0]))
      .map(
        (info) =>
          new FunctionNode(
            info,
            info.kind === 'constructor' ? info.range[0] : info.facts.text[0],
            info.range[1],
          ),
      )
      .sort((a, b) => a.start - b.start || b.end - a.end);
    const open: FunctionNode[] = [];
    for (const node of nodes) {
      while (open.length > 0 && (open.at(-1) as FunctionNode).end <= node.start) open.pop();
      (open.at(-1)?.children ?? this.tops).push(node);
      open.push(node);
    }
    this.#name(this.tops, '');
  }

  /** Tokens of a range, without those of functions in it that have a key of their own. */
  text(start: number, end: number, without: readonly FunctionNode[]): Token[] {
    const found: Token[] = [];
    let next = 0;
    for (let at = this.#firstAt(start); at < this.#tokens.length; at++) {
      const token = this.#tokens[at] as Token;
      if (token.start >= end) break;
      while (next < without.length && (without[next] as FunctionNode).end <= token.start) next++;
      const inside = without[next];
      if (inside && token.start >= inside.start) continue;
      found.push(token);
    }
    return found;
  }

  word(token: Token): string {
    return this.#source.slice(token.start, token.end);
  }

  #isCalledAtOnce(kind: FunctionInfo['kind'], start: number): boolean {
    if (kind !== 'arrow' && kind !== 'function') return false;
    return CALLED_AT_ONCE.test(this.#source.slice(Math.max(0, start - 40), start));
  }

  #name(nodes: readonly FunctionNode[], within: string): void {
    const seen = new Map<string, number>();
    for (const node of nodes) {
      const { name, kind, className, isStatic } = node.info;
      const own = `${within}/${kind} ${className} ${isStatic} ${name}`;
      const count = seen.get(own) ?? 0;
      seen.set(own, count + 1);
      node.key = count === 0 ? own : `${own} ${count}`;
      this.byKey.set(node.key, node);
      this.#name(node.children, node.key);
      const words = withoutModules(
        this.text(node.start, node.end, node.children).map((token) => this.word(token)),
      );
      node.ownText = [...words, ...node.children.map(({ key }) => key)].join(' ');
    }
  }

  #firstAt(start: number): number {
    let low = 0;
    let high = this.#tokens.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#tokens[middle] as Token).start < start) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Lines of code outside functions. */
  outside(): Map<number, string> {
    const lines = new Map<number, string[]>();
    for (const token of this.text(0, this.#source.length, this.tops)) {
      const line = token.loc?.start.line ?? 0;
      lines.set(line, [...(lines.get(line) ?? []), this.word(token)]);
    }
    return new Map([...lines].map(([line, words]) => [line, words.join(' ')]));
  }
}

/** `(0, rates_js_1.rounded)(x)` is how a compiler writes `rounded(x)` of an import, and `import_rates.rounded` is, too. */
function withoutModules(words: readonly string[]): string[] {
  const found: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string;
    if (words[at + 1] === '.' && /^(?:import_\w+|\w+_\d+)$/.test(word)) at += 1;
    else found.push(word);
    // `(0, name)` is by now `( 0 , name )`.
    const end = found.length;
    if (word === ')' && found[end - 3] === ',' && found[end - 4] === '0' && found[end - 5] === '(')
      found.splice(end - 5, 5, found[end - 2] as string);
  }
  return found;
}

/** What stands around a function that is told of as added. */
function isOfAdded(text: string, added: readonly string[]): boolean {
  if (/^(?:export|default|static|async|[;,]|\s)*$/.test(text)) return true;
  const [, name] = /^(?:export\s+)?(?:const|let|var)\s+(\S+)\s+=\s*;?$/.exec(text) ?? [];
  return name !== undefined && added.includes(name);
}

function outsideChanges(old: Version, young: Version): { line: number; text: string }[] {
  const before = old.outside();
  const left = new Map<string, number>();
  for (const text of before.values()) left.set(text, (left.get(text) ?? 0) + 1);
  const changes: { line: number; text: string }[] = [];
  for (const [line, text] of young.outside()) {
    const count = left.get(text) ?? 0;
    if (count > 0) left.set(text, count - 1);
    else if (/[\p{ID_Continue}$]/u.test(text) && changes.length < MOST_OUTSIDE)
      changes.push({ line, text: text.slice(0, LONGEST_LINE) });
  }
  return changes;
}
