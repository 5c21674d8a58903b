import { apply, isObject } from './captured.js';
import { isPlainRegex, type Runtime } from './evaluate.js';
import { type AnyFunction, add, callback, type PureTable, primitives, type Run } from './pureBuiltins.js';
import { regexRoom } from './regexRoom.js';

const LONGEST_TEXT = 1024 * 1024;
/** A regular expression is tried on no longer text: backtracking cannot be interrupted from within. */
const LONGEST_SUBJECT = 64 * 1024;
const regexExec = RegExp.prototype.exec;

function textOf(runtime: Runtime, holder: unknown): string {
  const text = runtime.p(holder);
  if (typeof text !== 'string') throw new TypeError('this string method needs a string');
  runtime.t(1 + (text.length >> 6));
  return text;
}

const ofText =
  (original: AnyFunction): Run =>
  (runtime, holder, args) =>
    bounded(apply(original, textOf(runtime, holder), primitives(runtime, args)));

function bounded(value: unknown): unknown {
  if (typeof value === 'string' && value.length > LONGEST_TEXT) throw new RangeError('the text is too long');
  return value;
}

/** repeat, padStart, padEnd: refused before the text is made. */
function grows(original: AnyFunction, name: string): Run {
  return (runtime, holder, args) => {
    const text = textOf(runtime, holder);
    const [count, ...rest] = primitives(runtime, args);
    const size = name === 'repeat' ? text.length * Number(count) : Number(count);
    if (size > LONGEST_TEXT) throw new RangeError('the text is too long');
    return apply(original, text, [count, ...rest]);
  };
}

/** A regular expression that may be run: with plain methods, and no state of the application's in `lastIndex`. */
function regex(runtime: Runtime, value: unknown, text: string): RegExp | undefined {
  if (!isObject(value)) return undefined;
  if (!isPlainRegex(value, runtime.types)) throw runtime.refused('this pattern', 'its own matching');
  if ((value.global || value.sticky) && !runtime.made.has(value)) {
    throw runtime.refused("a regular expression with a 'lastIndex'", 'a change of it');
  }
  const room = runtime.untimed ? regexRoom(value as RegExp) : LONGEST_SUBJECT;
  if (text.length > room) throw new RangeError('the text is too long for a regular expression');
  return value;
}

function split(original: AnyFunction): Run {
  return (runtime, holder, args) => {
    const text = textOf(runtime, holder);
    runtime.t(text.length);
    const [separator, limit] = args;
    if (regex(runtime, separator, text)) return apply(original, text, [separator, runtime.p(limit)]);
    // Before V8 13 `split` counts as a side effect, even by a string.
    const parts: string[] = [];
    const most = limit === undefined ? text.length + 1 : Number(runtime.p(limit));
    const wanted = separator === undefined ? undefined : String(runtime.p(separator));
    if (wanted === undefined) return most > 0 ? [text] : parts;
    let from = 0;
    while (parts.length < most) {
      const at = wanted === '' ? from + 1 : text.indexOf(wanted, from);
      if (at < 0 || (wanted === '' && at >= text.length)) {
        if (wanted !== '' || from < text.length) parts[parts.length] = text.slice(from);
        break;
      }
      parts[parts.length] = text.slice(from, at);
      from = at + wanted.length;
    }
    return parts;
  };
}

function replace(original: AnyFunction, name: string): Run {
  return (runtime, holder, args) => {
    const text = textOf(runtime, holder);
    runtime.t(text.length);
    const [pattern, by] = args;
    const replacement = typeof by === 'function' ? callback(runtime, by) : String(runtime.p(by));
    const search = regex(runtime, pattern, text) ?? String(runtime.p(pattern));
    if (typeof search !== 'string' || typeof replacement !== 'string' || replacement.includes('$')) {
      return bounded(apply(original, text, [search, replacement]));
    }
    let out = '';
    let from = 0;
    for (let at = text.indexOf(search); at >= 0; at = text.indexOf(search, Math.max(from, at + 1))) {
      out += text.slice(from, at) + replacement;
      from = at + search.length;
      if (out.length > LONGEST_TEXT) throw new RangeError('the text is too long');
      if (name === 'replace' || at >= text.length) break;
    }
    return bounded(out + text.slice(from));
  };
}

/** Matches one after the other by `exec`, the only method that V8 takes for free of side effects on all versions. */
function matches(runtime: Runtime, text: string, search: RegExp): RegExpExecArray[] {
  const found: RegExpExecArray[] = [];
  search.lastIndex = 0;
  for (;;) {
    runtime.t();
    const match = apply(regexExec, search, [text]) as RegExpExecArray | null;
    if (match === null) return found;
    found[found.length] = match;
    if (match[0] === '') search.lastIndex += 1;
  }
}

function match(original: AnyFunction): Run {
  return (runtime, holder, args) => {
    const text = textOf(runtime, holder);
    const search = regex(runtime, args[0], text);
    if (!search) return apply(original, text, primitives(runtime, args));
    if (!search.global) return apply(regexExec, search, [text]);
    const found = matches(runtime, text, search);
    const whole: unknown[] = [];
    for (let index = 0; index < found.length; index++) whole[index] = found[index]?.[0];
    return whole.length ? whole : null;
  };
}

export function addStringMethods(table: PureTable): void {
  const { prototype } = String;
  add(
    table,
    prototype,
    'at charAt charCodeAt codePointAt concat endsWith includes indexOf isWellFormed lastIndexOf localeCompare normalize ' +
      'slice startsWith substr substring toLowerCase toString toUpperCase trim trimEnd trimStart valueOf',
    ofText,
  );
  add(table, prototype, 'repeat padEnd padStart', grows);
  add(table, prototype, 'split', split);
  add(table, prototype, 'replace replaceAll', replace);
  add(table, prototype, 'match', match);
  add(table, prototype, 'matchAll', () => (runtime, holder, args) => {
    const text = textOf(runtime, holder);
    const search = regex(runtime, args[0], text);
    if (!search?.global) throw new TypeError('matchAll needs a regular expression with the flag g');
    return matches(runtime, text, search);
  });
  add(table, prototype, 'search', () => (runtime, holder, args) => {
    const text = textOf(runtime, holder);
    const search = regex(runtime, args[0], text);
    if (!search) throw new TypeError('search needs a regular expression');
    const found = apply(regexExec, search, [text]) as RegExpExecArray | null;
    return found === null ? -1 : found.index;
  });
  add(table, RegExp.prototype, 'test exec', (_original, name) => (runtime, holder, args) => {
    const text = String(runtime.p(args[0]));
    const search = regex(runtime, holder, text);
    if (!search) throw new TypeError('not a regular expression');
    runtime.t(1 + (text.length >> 4));
    const found = apply(regexExec, search, [text]);
    return name === 'test' ? found !== null : found;
  });
  add(table, String, 'fromCharCode fromCodePoint', (original) => (runtime, _holder, args) => {
    return apply(original, undefined, primitives(runtime, args));
  });
}
