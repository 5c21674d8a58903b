import type { ParsedScript, Place } from './script.js';
import type { LoadedMap, OriginalPlace, SourceMaps } from './sourceMaps.js';

const WORD = /^#?[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*/u;
const WORD_PART = /[\p{ID_Continue}$]/u;
const OWN_NAME = /^(?:async\s+)?function\s*\*?\s*([\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*)/u;
const PUT_INTO =
  /(?:^|[\s;{(,])(?:const|let|var)\s+([\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*)\s*(?::[^=]*)?=\s*$/u;
/** What stands there when a place leads to a declaration rather than to its name. */
const RESERVED = new Set('class const default export function import let new return var'.split(' '));

interface Names {
  readonly functions: readonly string[];
  readonly classes: readonly string[];
}

/**
 * What functions and classes are called in the source people wrote: the word that stands at the place a map gives.
 * Without a map, or where it leads to no word, the generated name.
 */
export async function originalNames(
  parsed: ParsedScript,
  map: LoadedMap | undefined,
  maps: SourceMaps,
): Promise<Names> {
  if (!map) return { functions: parsed.functions.map(name), classes: parsed.classes.map(name) };
  const lines = new Lines(map, maps);
  const classes: string[] = [];
  for (const info of parsed.classes) classes.push((await lines.word(info.nameAt)) ?? info.name);
  const functions: string[] = [];
  for (const info of parsed.functions) {
    if (info.name === '') functions.push((await lines.ownName(info.start)) ?? '');
    else functions.push(renamed(info.name, await lines.word(info.nameAt), await lines.word(info.headAt)));
  }
  return { functions, classes };
}

/** `head` is the original's word for the first word of a name with several. */
function renamed(generated: string, word: string | undefined, head: string | undefined): string {
  const at = Math.max(generated.lastIndexOf('.'), generated.lastIndexOf('#'));
  if (at < 0 || generated.startsWith('[')) return word ?? generated;
  const holder =
    head === undefined ? generated.slice(0, at) : generated.slice(0, at).replace(/^[^.#]*/, head);
  const member = generated.slice(at + 1);
  const isFixed = word === undefined || member === 'constructor' || member.endsWith(']');
  return `${holder}${generated[at]}${isFixed ? member : word.replace(/^#/, '')}`;
}

function name(info: { readonly name: string }): string {
  return info.name;
}

/** Words of the original sources, by their place in the generated text. */
class Lines {
  readonly #texts = new Map<number, readonly string[]>();

  constructor(
    readonly map: LoadedMap,
    readonly maps: SourceMaps,
  ) {}

  async word(generated: Place | undefined): Promise<string | undefined> {
    const place = generated && this.map.original(generated);
    if (!place) return undefined;
    if (WORD.test(place.name)) return place.name;
    const line = await this.#line(place);
    // In the midst of a word: the source that is there is not the one that was compiled.
    if (WORD_PART.test(line[place.column - 2] ?? '')) return undefined;
    const word = WORD.exec(line.slice(place.column - 1))?.[0];
    return word === undefined || RESERVED.has(word) ? undefined : word;
  }

  /** The name that a function expression has lost on the way: that of the variable it was put into, or its own. */
  async ownName(generated: Place): Promise<string | undefined> {
    const place = this.map.original(generated);
    if (!place) return undefined;
    const line = await this.#line(place);
    const before = line.slice(0, place.column - 1);
    return PUT_INTO.exec(before)?.[1] ?? OWN_NAME.exec(line.slice(place.column - 1))?.[1];
  }

  async #line(place: OriginalPlace): Promise<string> {
    let lines = this.#texts.get(place.source);
    if (!lines) {
      lines = ((await this.maps.content(this.map, place.source)) ?? '').split('\n');
      this.#texts.set(place.source, lines);
    }
    return lines[place.line - 1] ?? '';
  }
}
