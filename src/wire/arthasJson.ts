import { RemoraError } from '../base/index.js';
import { arthasTime } from './arthasTime.js';

/** JSON text that was made before and is put into the answer as it is. */
export class RawJson {
  constructor(readonly text: string) {}
}

/** A trace of 500 nested calls fits, the stack bears it; a cycle in a result ends here. */
const MAX_DEPTH = 1000;
const FEW_NAMES = 16;

/**
 * JSON as the reference writes it (wire/arthas.md 2.13): no blanks; members of plain objects in alphabetical order
 * and left out when null or undefined; a `Map` is a data map and keeps its insertion order; NaN and infinities are
 * `null`; bytes are arrays of signed numbers; a Date is a local date-time string; a bigint is a plain number.
 *
 * @throws RemoraError `not-serializable` for a value nested deeper than 1000 (a cycle).
 */
export function arthasJson(value: unknown): string {
  return write(value, 0) ?? 'null';
}

/** A data map: keeps the order of its members on the wire. */
export function dataMap(source: Readonly<Record<string, unknown>>): Map<string, unknown> {
  return new Map(Object.entries(source));
}

function write(value: unknown, depth: number): string | undefined {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'number':
      return Number.isFinite(value) ? String(value) : 'null';
    case 'boolean':
    case 'bigint':
      return String(value);
    case 'object':
      return value === null ? undefined : writeObject(value, depth);
    default:
      return undefined;
  }
}

function writeObject(value: object, depth: number): string {
  if (value instanceof RawJson) return value.text;
  if (depth > MAX_DEPTH) {
    throw new RemoraError('not-serializable', `a result is nested deeper than ${MAX_DEPTH} levels`);
  }
  if (value instanceof Date) return JSON.stringify(arthasTime(value));
  if (value instanceof Uint8Array) return `[${Int8Array.from(value).join(',')}]`;
  if (Array.isArray(value)) return `[${value.map((item) => write(item, depth + 1) ?? 'null').join(',')}]`;
  if (value instanceof Map) return writeMembers(value, depth);
  return writeSorted(value as Readonly<Record<string, unknown>>, depth);
}

/** The path of every answer: no pairs, no array of parts, and each name is quoted once in the life of the process. */
function writeSorted(value: Readonly<Record<string, unknown>>, depth: number): string {
  let text = '';
  for (const name of sorted(Object.keys(value))) {
    const member = write(value[name], depth + 1);
    if (member !== undefined) text += `${text ? ',' : '{'}${quotedName(name)}${member}`;
  }
  return text ? `${text}}` : '{}';
}

/** In place. Members are few and mostly in order: to insert them costs a third of what `sort` does. */
function sorted(names: string[]): string[] {
  if (names.length > FEW_NAMES) return names.sort();
  for (let next = 1; next < names.length; next += 1) {
    const name = names[next] as string;
    let at = next;
    for (; at > 0 && (names[at - 1] as string) > name; at -= 1) names[at] = names[at - 1] as string;
    names[at] = name;
  }
  return names;
}

/** Names of results and answers are few; names of data come from targets and must not fill the memory. */
const MAX_QUOTED_NAMES = 1000;
const quotedNames = new Map<string, string>();

function quotedName(name: string): string {
  let quoted = quotedNames.get(name);
  if (quoted === undefined) {
    quoted = `${JSON.stringify(name)}:`;
    if (quotedNames.size < MAX_QUOTED_NAMES) quotedNames.set(name, quoted);
  }
  return quoted;
}

function writeMembers(members: Iterable<readonly [unknown, unknown]>, depth: number): string {
  const parts: string[] = [];
  for (const [name, member] of members) {
    const text = write(member, depth + 1);
    if (text !== undefined) parts.push(`${JSON.stringify(String(name))}:${text}`);
  }
  return `{${parts.join(',')}}`;
}
