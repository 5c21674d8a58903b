import { apply, getOwnPropertyDescriptor } from './captured.js';

const sourceOf = getOwnPropertyDescriptor(RegExp.prototype, 'source')?.get;
const charCode = String.prototype.charCodeAt;
/** By the number of repetitions: matching takes at most that power of the length, and one more. */
const ROOM = [64 * 1024, 16 * 1024, 1000, 200, 60];
/** Where it may be exponential: something repeated that can match one text in several ways, a back reference. */
const LEAST = 20;
const MOST_SOURCE = 2000;
/** Optional parts: each doubles the ways. */
const MOST_OPTIONAL = 10;

const [OPEN_GROUP, CLOSE_GROUP, OPEN_CLASS, CLOSE_CLASS, BACKSLASH, OR] = [40, 41, 91, 93, 92, 124];
const [STAR, PLUS, QUESTION, OPEN_COUNT, CLOSE_COUNT, COMMA] = [42, 43, 63, 123, 125, 44];
const [ZERO, NINE, LOWER_K] = [48, 57, 107] as [number, number, number];

type At = (index: number) => number;

/**
 * How long a text may be that a regular expression is tried on where nothing can interrupt it, so that the worst of
 * matching takes about a second rather than for ever.
 */
export function regexRoom(regex: RegExp): number {
  const source = sourceOf ? (apply(sourceOf, regex, []) as string) : '';
  if (source.length > MOST_SOURCE) return LEAST;
  const at: At = (index) => apply(charCode, source, [index]) as number;
  let repetitions = 0;
  let optionals = 0;
  let depth = 0;
  /** By depth: can what is inside the group match one text in several ways? */
  const ambiguous: boolean[] = [false];
  for (let index = 0; index < source.length; index++) {
    const char = at(index);
    if (char === BACKSLASH) {
      index += 1;
      if (isReference(at(index))) return LEAST;
    } else if (char === OPEN_CLASS) {
      index = classEnd(at, index, source.length);
    } else if (char === OPEN_GROUP) {
      depth += 1;
      ambiguous[depth] = false;
      // `(?:`, `(?=`, `(?<name>`: not a part that may be left out.
      if (at(index + 1) === QUESTION) index += 1;
    } else if (char === CLOSE_GROUP && depth > 0) {
      depth -= 1;
      if (ambiguous[depth + 1]) {
        ambiguous[depth] = true;
        if (quantifier(at, index + 1) !== undefined && at(index + 1) !== QUESTION) return LEAST;
      }
    } else if (char === OR) {
      ambiguous[depth] = true;
    } else {
      const length = quantifier(at, index);
      if (length === undefined) continue;
      if (char === QUESTION) optionals += 1;
      else if (!isExact(at, index)) repetitions += 1;
      ambiguous[depth] = true;
      index += length - 1;
      // `+?`, `??`: lazy, not one more.
      if (at(index + 1) === QUESTION) index += 1;
    }
  }
  return optionals > MOST_OPTIONAL ? LEAST : (ROOM[repetitions] ?? LEAST);
}

/** `\1` to `\9`, `\k<name>` */
function isReference(char: number): boolean {
  return (char > ZERO && char <= NINE) || char === LOWER_K;
}

function classEnd(at: At, start: number, length: number): number {
  for (let index = start + 1; index < length; index++) {
    if (at(index) === BACKSLASH) index += 1;
    else if (at(index) === CLOSE_CLASS) return index;
  }
  return length;
}

/** Characters of `*`, `+`, `?`, `{2}`, `{2,}`, `{2,5}` at a place. */
function quantifier(at: At, index: number): number | undefined {
  const char = at(index);
  if (char === STAR || char === PLUS || char === QUESTION) return 1;
  if (char !== OPEN_COUNT) return undefined;
  for (let next = index + 1; ; next++) {
    const inside = at(next);
    if (inside === CLOSE_COUNT) return next - index + 1;
    if (inside !== COMMA && !(inside >= ZERO && inside <= NINE)) return undefined;
  }
}

/** `{2}` */
function isExact(at: At, index: number): boolean {
  if (at(index) !== OPEN_COUNT) return false;
  for (let next = index + 1; at(next) !== CLOSE_COUNT; next++) if (at(next) === COMMA) return false;
  return true;
}
