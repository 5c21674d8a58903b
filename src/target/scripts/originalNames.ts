import type { FunctionInfo, ParsedScript, Place } from './script.js';
import type { LoadedMap, SourceMaps } from './sourceMaps.js';

const WORD = /^#?[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*/u;

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
  const classNames = new Map<string, string>();
  const classes: string[] = [];
  for (const info of parsed.classes) {
    const found = (await lines.word(info.nameAt)) ?? info.name;
    classes.push(found);
    classNames.set(info.name, found);
  }
  const functions: string[] = [];
  for (const info of parsed.functions) {
    const word = await lines.word(info.nameAt);
    const holder = info.holderAt && (await lines.word(info.holderAt));
    functions.push(word === undefined ? info.name : renamed(info, word, classNames, holder));
  }
  return { functions, classes };
}

function renamed(
  { name: generated, className }: FunctionInfo,
  word: string,
  classNames: ReadonlyMap<string, string>,
  object: string | undefined,
): string {
  const own = word.replace(/^#/, '');
  if (generated.endsWith('constructor') && className)
    return `${classNames.get(className) ?? className}.constructor`;
  const at = Math.max(generated.lastIndexOf('.'), generated.lastIndexOf('#'));
  if (at < 0) return own;
  const holder = generated.slice(0, at);
  // The map knows the last word of a path only.
  const shown = object && !holder.includes('.') ? object : (classNames.get(holder) ?? holder);
  return `${shown}${generated[at]}${own}`;
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
    let lines = this.#texts.get(place.source);
    if (!lines) {
      lines = ((await this.maps.content(this.map, place.source)) ?? '').split('\n');
      this.#texts.set(place.source, lines);
    }
    return WORD.exec(lines[place.line - 1]?.slice(place.column - 1) ?? '')?.[0];
  }
}
