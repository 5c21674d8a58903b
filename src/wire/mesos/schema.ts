/** Reads the tables of messages.ts: what the JSON and the protobuf form of a message are both made from. */
import { ENUMS, MESSAGES } from './messages.js';

export type ScalarKind =
  | 'string'
  | 'bytes'
  | 'bool'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'uint64'
  | 'double'
  | 'float';

/** An empty list: one that is printed also where it has no items. */
type Fallback = string | number | boolean | readonly [];

interface FieldBase {
  readonly name: string;
  readonly number: number;
  readonly label: 'required' | 'optional' | 'repeated' | 'map';
  /** Printed in JSON also where the field is not set. */
  readonly fallback?: Fallback;
}

export type Field = FieldBase &
  (
    | { readonly kind: ScalarKind }
    | { readonly kind: 'enum'; readonly type: EnumType }
    | { readonly kind: 'message'; readonly type: () => MessageType }
  );

export interface EnumType {
  readonly numbers: ReadonlyMap<string, number>;
  readonly names: ReadonlyMap<number, string>;
}

export interface MessageType {
  readonly name: string;
  /** In the order of their declaration, which is that of the JSON form. */
  readonly fields: readonly Field[];
  /** In the order of their numbers, which is that of the protobuf form. */
  readonly numbered: readonly Field[];
  readonly byName: ReadonlyMap<string, Field>;
  readonly byNumber: ReadonlyMap<number, Field>;
}

const SCALARS: ReadonlySet<string> = new Set<ScalarKind>([
  'string',
  'bytes',
  'bool',
  'int32',
  'uint32',
  'int64',
  'uint64',
  'double',
  'float',
]);
const FIELD = /^(required|optional|repeated) ([\w.]+) = (\d+)(?: \[default = (.+)\])?$/;
const MAP = /^map<string, ([\w.]+)> = (\d+)$/;

const messages = new Map<string, MessageType>();
const enums = new Map<string, EnumType>();

function isScalar(type: string): type is ScalarKind {
  return SCALARS.has(type);
}

/** An enum by its name in the tables; undefined when there is none. */
function enumType(name: string): EnumType | undefined {
  const known = enums.get(name);
  if (known) return known;
  const values = ENUMS[name];
  if (!values) return undefined;
  const numbers = new Map(Object.entries(values));
  const made = { numbers, names: new Map([...numbers].map(([key, value]) => [value, key])) };
  enums.set(name, made);
  return made;
}

/** A message by its name in the tables. Made when it is first asked for. */
export function messageType(name: string): MessageType {
  const known = messages.get(name);
  if (known) return known;
  const table = MESSAGES[name];
  if (!table) throw new Error(`no message is named ${name}`);
  const fields = Object.entries(table).map(([field, text]) => parseField(name, field, text));
  const made = {
    name,
    fields,
    numbered: fields.toSorted((a, b) => a.number - b.number),
    byName: new Map(fields.map((field) => [field.name, field])),
    byNumber: new Map(fields.map((field) => [field.number, field])),
  };
  messages.set(name, made);
  return made;
}

function parseField(message: string, name: string, text: string): Field {
  const map = MAP.exec(text);
  if (map) {
    const [, type = '', number] = map;
    return { name, number: Number(number), label: 'map', kind: 'message', type: () => messageType(type) };
  }
  const [, label, type = '', number, fallback] = FIELD.exec(text) ?? [];
  if (label === undefined) throw new Error(`${message}.${name} cannot be read: ${text}`);
  const base: FieldBase = {
    name,
    number: Number(number),
    label: label as FieldBase['label'],
    fallback: fallback === undefined ? undefined : (JSON.parse(fallback) as Fallback),
  };
  if (isScalar(type)) return { ...base, kind: type };
  const values = enumType(type);
  if (values) return { ...base, kind: 'enum', type: values };
  if (!MESSAGES[type]) throw new Error(`${message}.${name} has the unknown type ${type}`);
  return { ...base, kind: 'message', type: () => messageType(type) };
}

/** A message as the rest of the program has it: an absent field is an absent property. */
export type MessageValue = Readonly<Record<string, unknown>>;

/** The required fields that are not there, here and below, with dotted names as the reference has them. */
export function missingFields(type: MessageType, value: MessageValue, prefix = ''): string[] {
  const missing: string[] = [];
  for (const field of type.fields) {
    const member = value[field.name];
    if (member === undefined) {
      if (field.label === 'required') missing.push(prefix + field.name);
    } else if (field.kind === 'message') {
      const path = prefix + field.name;
      if (field.label === 'repeated') {
        for (const [index, one] of (member as MessageValue[]).entries()) {
          missing.push(...missingFields(field.type(), one, `${path}[${index}].`));
        }
      } else if (field.label === 'map') {
        for (const [key, one] of Object.entries(member as Record<string, MessageValue>)) {
          missing.push(...missingFields(field.type(), one, `${path}[${key}].`));
        }
      } else {
        missing.push(...missingFields(field.type(), member as MessageValue, `${path}.`));
      }
    }
  }
  return missing;
}
