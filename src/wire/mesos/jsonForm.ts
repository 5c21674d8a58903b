/** Messages as JSON, by the rules of shared/wire/mesos-agent.md 1.6. */
import { decodeErrors, type JsonKind } from './errors.js';
import { type Field, type MessageType, type MessageValue, missingFields, type ScalarKind } from './schema.js';

/** As deep as the reference's protobuf form may be; its JSON form ends by the stack. */
export const MAX_DEPTH = 100;
/** How much of a wrong text is shown again. */
const SHOWN = 100;
const WHITE_SPACE = /[\t\n\v\f\r ]+/g;
const NOT_BASE64 = /[^A-Za-z0-9+/]/u;
const INFINITE: Readonly<Record<string, number>> = { Infinity: Infinity, '-Infinity': -Infinity };

const RANGES: Readonly<Record<string, readonly [min: number, max: number]>> = {
  int32: [-(2 ** 31), 2 ** 31 - 1],
  uint32: [0, 2 ** 32 - 1],
  int64: [-(2 ** 63), 2 ** 63],
  uint64: [0, 2 ** 64],
};

/** Throws RemoraError `undecodable` with the reference's text. */
export function parseJson(type: MessageType, bytes: Buffer): MessageValue {
  let parsed: unknown;
  try {
    parsed = JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw decodeErrors.syntax(error instanceof Error ? error.message.slice(0, SHOWN * 2) : String(error));
  }
  if (kindOf(parsed) !== 'object') throw decodeErrors.noObject();
  const value = readMessage(type, parsed as Record<string, unknown>, 0);
  const missing = missingFields(type, value);
  if (missing.length > 0) throw decodeErrors.missing(missing);
  return value;
}

/** Undefined = null. */
function kindOf(value: unknown): JsonKind | undefined {
  if (value === null) return undefined;
  if (Array.isArray(value)) return 'array';
  return typeof value as JsonKind;
}

function readMessage(type: MessageType, json: Record<string, unknown>, depth: number): MessageValue {
  if (depth > MAX_DEPTH) throw decodeErrors.tooDeep(MAX_DEPTH);
  const value: Record<string, unknown> = {};
  // The reference keeps members sorted by name, which decides about the first of several faults.
  for (const name of Object.keys(json).sort()) {
    const field = type.byName.get(name);
    const member = json[name];
    if (!field || member === null) continue;
    const read = readField(field, member, depth);
    if (read !== undefined) value[name] = read;
  }
  return value;
}

function readField(field: Field, json: unknown, depth: number): unknown {
  if (field.label === 'map') return readMap(field, json, depth);
  if (field.label !== 'repeated') return readOne(field, json, depth);
  const items = Array.isArray(json) ? json : [json];
  const list = items.map((item) => readOne(field, item, depth)).filter((item) => item !== undefined);
  return list.length > 0 ? list : undefined;
}

function readMap(field: Field, json: unknown, depth: number): unknown {
  const kind = kindOf(json);
  if (kind !== 'object') throw decodeErrors.wrongKind(kind ?? 'object', field.name);
  const entries = Object.entries(json as object).map(([key, item]) => [key, readOne(field, item, depth)]);
  return Object.fromEntries(entries.filter(([, item]) => item !== undefined)) as unknown;
}

/** Undefined = the field is not set. */
function readOne(field: Field, json: unknown, depth: number): unknown {
  const kind = kindOf(json);
  switch (kind) {
    case undefined:
      return undefined;
    case 'object':
      if (field.kind !== 'message') break;
      return readMessage(field.type(), json as Record<string, unknown>, depth + 1);
    case 'string':
      if (field.kind === 'message') break;
      return field.kind === 'enum'
        ? readEnum(field, field.type.numbers, json as string)
        : readText(field, field.kind, json as string);
    case 'number':
      if (!isNumeric(field.kind)) break;
      return readNumber(field, field.kind, json as number);
    case 'boolean':
      if (field.kind !== 'bool') break;
      return json;
    case 'array':
      break;
  }
  throw decodeErrors.wrongKind(kind, field.name);
}

function isNumeric(
  kind: Field['kind'],
): kind is 'int32' | 'uint32' | 'int64' | 'uint64' | 'double' | 'float' {
  return kind in RANGES || kind === 'double' || kind === 'float';
}

function readEnum(field: Field, numbers: ReadonlyMap<string, number>, name: string): string | undefined {
  if (numbers.has(name)) return name;
  if (field.label === 'required') throw decodeErrors.unknownEnum(name.slice(0, SHOWN));
  return undefined;
}

function readText(field: Field, kind: ScalarKind, text: string): unknown {
  switch (kind) {
    case 'string':
      return text;
    case 'bytes':
      return readBase64(field, text);
    case 'bool':
      if (text === 'true' || text === 'false') return text === 'true';
      throw decodeErrors.notABoolean(text.slice(0, SHOWN), field.name);
    default: {
      const number = INFINITE[text] ?? (text.trim() === '' ? Number.NaN : Number(text));
      if (Number.isNaN(number)) throw decodeErrors.notANumber(text.slice(0, SHOWN), field.name);
      return readNumber(field, kind, number);
    }
  }
}

function readNumber(field: Field, kind: ScalarKind, number: number): number {
  const range = RANGES[kind];
  if (!range) return number;
  const whole = Math.trunc(number);
  if (!(whole >= range[0] && whole <= range[1])) throw decodeErrors.notANumber(String(number), field.name);
  // -0 is no number of these types.
  return whole + 0;
}

/**
 * Padded, of the one alphabet, without white space: as everybody writes it. Node leaves out what it does not know, and then
 * there is less than there has to be. Undefined: it is written in another way.
 */
function readCleanBase64(text: string): Buffer | undefined {
  const padding = text.endsWith('==') ? 2 : Number(text.endsWith('='));
  if (text.length % 4 !== 0 || text.includes('-') || text.includes('_')) return undefined;
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === (text.length / 4) * 3 - padding ? bytes : undefined;
}

function readBase64(field: Field, text: string): Buffer {
  const clean = readCleanBase64(text);
  if (clean) return clean;
  const packed = text.replace(WHITE_SPACE, '');
  const end = packed.indexOf('=');
  const digits = end === -1 ? packed : packed.slice(0, end);
  const wrong = NOT_BASE64.exec(digits);
  if (wrong) throw decodeErrors.base64(field.name, wrong[0]);
  return Buffer.from(digits, 'base64');
}

/** Compact, in the order of declaration; a field with a default is printed also where it is not set. */
export function printJson(type: MessageType, value: MessageValue): string {
  const parts: string[] = [];
  for (const field of type.fields) {
    const text = printField(field, value[field.name] ?? field.fallback);
    if (text !== undefined) parts.push(`${JSON.stringify(field.name)}:${text}`);
  }
  return `{${parts.join(',')}}`;
}

function printField(field: Field, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (field.label === 'repeated') {
    const list = value as readonly unknown[];
    if (list.length === 0) return field.fallback === undefined ? undefined : '[]';
    return `[${list.map((item) => printOne(field, item)).join(',')}]`;
  }
  if (field.label !== 'map') return printOne(field, value);
  const members = Object.entries(value as object).map(
    ([key, item]) => `${JSON.stringify(key)}:${printOne(field, item)}`,
  );
  return members.length === 0 ? undefined : `{${members.join(',')}}`;
}

function printOne(field: Field, value: unknown): string {
  switch (field.kind) {
    case 'message':
      return printJson(field.type(), value as MessageValue);
    case 'bytes':
      return `"${(value as Buffer).toString('base64')}"`;
    default:
      if (typeof value === 'number' && !Number.isFinite(value)) return JSON.stringify(String(value));
      return JSON.stringify(value);
  }
}
