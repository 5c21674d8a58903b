import {
  type LoadedMap,
  mapFrame,
  sourceMapsOf,
  type Target,
  type TracePlace,
} from '../../../target/index.js';

/** A place in the source that was written. */
export interface WrittenPlace {
  /** From the process's working folder where it lies below it; '' when nothing is known of it. */
  readonly fileName: string;
  /** From 1; 0 = unknown. */
  readonly line: number;
  /** What is written there, to the end of the line; '' where the source is not at hand, or no map leads to it. */
  readonly text: string;
  /** What stands before it in its line. */
  readonly before: string;
}

const NOWHERE: WrittenPlace = { fileName: '', line: 0, text: '', before: '' };
const NO_TEXT = { text: '', before: '' };
/** Sites of one trace are few; this is against a target that makes them up. */
const MOST_KEPT = 20_000;
const LONGEST_TEXT = 200;

/** Sites of a process in the source that was written; what was asked for once is kept. */
export class Places {
  readonly #target: Target;
  readonly #places = new Map<string, Promise<WrittenPlace>>();
  readonly #lines = new Map<LoadedMap, Map<number, Promise<readonly string[]>>>();

  constructor(target: Target) {
    this.#target = target;
  }

  /** Never rejects. */
  of(place: TracePlace | undefined): Promise<WrittenPlace> {
    if (!place || !(place.line > 0)) return Promise.resolve(NOWHERE);
    const key = `${place.scriptId}:${place.line}:${place.column}:${place.url}`;
    let known = this.#places.get(key);
    if (!known) {
      if (this.#places.size >= MOST_KEPT) this.#places.clear();
      known = this.#find(place).catch(() => NOWHERE);
      this.#places.set(key, known);
    }
    return known;
  }

  async #find({ url, line, column }: TracePlace): Promise<WrittenPlace> {
    const frame = { fileName: url, line, column, functionName: '' };
    const mapped = await mapFrame(this.#target, frame);
    const { shortName: fileName } = mapped;
    const written = mapped.generated ? await this.#text(url, line, column) : NO_TEXT;
    return { fileName, line: mapped.line, ...written };
  }

  async #text(url: string, line: number, column: number): Promise<typeof NO_TEXT> {
    const maps = sourceMapsOf(this.#target);
    const answer = await maps.ofFile(url.startsWith('file://') ? fileOf(url) : url);
    if (!('map' in answer)) return NO_TEXT;
    const { map } = answer;
    const place = map.original({ line, column });
    if (!place) return NO_TEXT;
    const texts = this.#lines.get(map) ?? new Map<number, Promise<readonly string[]>>();
    this.#lines.set(map, texts);
    let lines = texts.get(place.source);
    if (!lines) {
      lines = maps.content(map, place.source).then((content) => (content ?? '').split('\n'));
      texts.set(place.source, lines);
    }
    const all = (await lines)[place.line - 1] ?? '';
    const at = place.column - 1;
    return { text: all.slice(at, at + LONGEST_TEXT), before: all.slice(Math.max(0, at - LONGEST_TEXT), at) };
  }
}

function fileOf(url: string): string {
  try {
    return decodeURIComponent(new URL(url).pathname);
  } catch {
    return url;
  }
}
