import { isJsonObject, type JsonObject, type JsonValue } from './jsonValue.js';

const INDENT = '    ';

/**
 * A rendered value as clients of this protocol read it (wire/arthas.md 2.13), with JavaScript's type names:
 * `@String[text]`, `@Array[` and one element per line, `@Map[isEmpty=false;size=3]` where it is not opened.
 */
export function valueText(value: JsonValue, level = 0): string {
  if (value === null) return 'null';
  switch (typeof value) {
    case 'string':
      return `@String[${oneLine(value)}]`;
    case 'number':
      return `@Number[${value}]`;
    case 'boolean':
      return `@Boolean[${value}]`;
    default:
      if (!isJsonObject(value)) return listText('Array', value as readonly JsonValue[], undefined, level);
      return objectText(value, level);
  }
}

/** The names of what `typeof` says, as types are written. */
const TYPES: Readonly<Record<string, string>> = {
  string: 'String',
  number: 'Number',
  bigint: 'BigInt',
  symbol: 'Symbol',
  function: 'Function',
  class: 'Class',
  'async function': 'AsyncFunction',
  'generator function': 'GeneratorFunction',
  'async generator function': 'AsyncGeneratorFunction',
};

function objectText(value: JsonObject, level: number): string {
  const name = value['@type'] === undefined ? 'Object' : String(value['@type']);
  const type = TYPES[name] ?? name;
  const size = value['@size'];
  const more = value['@more'] as number | undefined;
  if (name === 'undefined') return 'undefined';
  if (value['@cycle'] !== undefined) return `@${type}[circular, ${value['@cycle']} level(s) up]`;
  if (value['@cut'] !== undefined) return `@${type}[left out: over the limit of ${value['@cut']}]`;
  if (value['@error'] !== undefined) return errorText(value, type);
  if (value['@items'] !== undefined) return listText(type, value['@items'] as JsonValue[], more, level);
  if (value['@entries'] !== undefined) return mapText(type, value['@entries'] as JsonValue[], more, level);
  if (name === 'string') return `@String[${oneLine(String(value['@value']))}... (${size} characters)]`;
  if (value['@value'] !== undefined) return `@${type}[${oneLine(String(value['@value']))}]`;
  if (typeof size === 'number') return `@${type}[isEmpty=${size === 0};size=${size}]`;
  return membersText(value, type, more, level);
}

function errorText(value: JsonObject, type: string): string {
  const message = String(value['@message'] ?? '');
  const said = `${String(value['@error'])}${message ? `: ${message}` : ''}`;
  return value['@stack'] === undefined ? `@${type}[${oneLine(said)}]` : String(value['@stack']);
}

function listText(
  type: string,
  items: readonly JsonValue[],
  more: number | undefined,
  level: number,
): string {
  return block(
    type,
    items.map((item) => valueText(item, level + 1)),
    more,
    level,
  );
}

function mapText(
  type: string,
  entries: readonly JsonValue[],
  more: number | undefined,
  level: number,
): string {
  const lines = (entries as readonly (readonly [JsonValue, JsonValue])[]).map(
    ([key, value]) => `${valueText(key, level + 1)}:${valueText(value, level + 1)}`,
  );
  return block(type, lines, more, level);
}

function membersText(value: JsonObject, type: string, more: number | undefined, level: number): string {
  const members = Object.entries(value).filter(([name]) => !/^@(?!@)/.test(name));
  // A value of which nothing can be shown (a Proxy, a promise, a getter) is not an empty object.
  if (members.length === 0 && value['@type'] !== undefined && OPAQUE.has(type)) return `@${type}[]`;
  const lines = members.map(
    ([name, member]) => `${name.startsWith('@@') ? name.slice(1) : name}=${valueText(member, level + 1)}`,
  );
  return block(type, lines, more, level);
}

const OPAQUE = new Set(
  'Proxy Promise WeakMap WeakSet WeakRef getter setter empty uninitialized URL Generator AsyncGenerator'.split(
    ' ',
  ),
);

function block(type: string, lines: readonly string[], more: number | undefined, level: number): string {
  if (lines.length === 0 && !more) return `@${type}[isEmpty=true;size=0]`;
  const pad = INDENT.repeat(level + 1);
  const shown = lines.map((line) => `${pad}${line},\n`).join('');
  const rest = more ? `${pad}... ${more} more\n` : '';
  return `@${type}[\n${shown}${rest}${INDENT.repeat(level)}]`;
}

function oneLine(text: string): string {
  return text.replace(/\n/g, '\\n').replace(/\r/g, '\\r');
}
