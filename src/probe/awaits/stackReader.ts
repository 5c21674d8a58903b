import { siteMethodsNow, sitesOf, type TakenStack } from '../main/callSites.js';
import { apply } from '../main/captured.js';
import type { AwaitFrames, AwaitFunction } from './awaitPiece.js';

const LONGEST_NAME = 300;
const LONGEST_URL = 1000;
const { startsWith } = String.prototype;
const HOOKS = 'node:internal/promise_hooks';

const methods = siteMethodsNow([
  'getFunctionName',
  'getScriptNameOrSourceURL',
  'getLineNumber',
  'getColumnNumber',
  'getEnclosingLineNumber',
  'getEnclosingColumnNumber',
  'isAsync',
]);

/** Reads stacks into numbers; functions are named once a piece. */
export class StackReader {
  readonly functions: AwaitFunction[] = [];
  readonly #known = new Map<string, number>();
  readonly #limit: number;

  /** `limit`: functions at most; a stack with others cannot be read. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Undefined for a stack that tells nothing: one of a callback of `then`, or of code without a name. */
  read(taken: TakenStack): AwaitFrames | undefined {
    const sites = sitesOf(taken) ?? [];
    const frames: number[] = [];
    for (let at = 0; at < sites.length; at++) {
      const site = sites[at];
      const url = text(ask(site, 'getScriptNameOrSourceURL'), LONGEST_URL);
      // What calls us where somebody else has promise hooks, too.
      if (url === HOOKS && frames.length === 0) continue;
      // `then` and `all` of V8, and what Node.js does inside: the function of the application waits for what they give.
      if (frames.length === 0 && isOfNode(url)) return undefined;
      if (url === '') continue;
      const fn = this.#functionOf(site, url);
      if (fn < 0) return undefined;
      frames[frames.length] = fn;
      frames[frames.length] = number(ask(site, 'getLineNumber'));
      frames[frames.length] = number(ask(site, 'getColumnNumber'));
      frames[frames.length] = frames.length === 3 || ask(site, 'isAsync') === true ? 1 : 0;
    }
    return frames.length > 0 ? frames : undefined;
  }

  #functionOf(site: unknown, url: string): number {
    const name = text(ask(site, 'getFunctionName'), LONGEST_NAME);
    const line = number(ask(site, 'getEnclosingLineNumber'));
    const column = number(ask(site, 'getEnclosingColumnNumber'));
    const key = `${line}:${column}:${name}\n${url}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const index = this.functions.length;
    if (index >= this.#limit) return -1;
    this.functions[index] = [name, url, line, column];
    this.#known.set(key, index);
    return index;
  }
}

function isOfNode(url: string): boolean {
  return url === '' || apply(startsWith, url, ['node:']) === true;
}

function ask(site: unknown, name: string): unknown {
  const method = methods[name];
  return method ? apply(method, site, []) : undefined;
}

function text(value: unknown, limit: number): string {
  if (typeof value !== 'string') return '';
  return value.length > limit ? value.slice(0, limit) : value;
}

function number(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
