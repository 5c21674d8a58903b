/** Messages as proto2 bytes: the library reads and writes the primitives, the tables say which. */
import protobuf from 'protobufjs/minimal.js';
import { decodeErrors } from './errors.js';
import { type Field, type MessageType, type MessageValue, missingFields, type ScalarKind } from './schema.js';

type Reader = protobuf.Reader;
type Writer = protobuf.Writer;

/** The reference's own. */
const MAX_DEPTH = 100;
const VARINT = 0;
const FIXED64 = 1;
const DELIMITED = 2;
const GROUP_END = 4;
const FIXED32 = 5;

const WIRE_TYPES: Readonly<Record<Field['kind'], number>> = {
  string: DELIMITED,
  bytes: DELIMITED,
  message: DELIMITED,
  bool: VARINT,
  int32: VARINT,
  uint32: VARINT,
  int64: VARINT,
  uint64: VARINT,
  enum: VARINT,
  double: FIXED64,
  float: FIXED32,
};

/** Throws RemoraError `undecodable` with the reference's text. `bytes` of the result share memory with the input. */
export function parseProtobuf(type: MessageType, bytes: Buffer): MessageValue {
  const value: Record<string, unknown> = {};
  try {
    const reader = protobuf.Reader.create(bytes);
    readMessage(type, reader, reader.len, value, 0);
  } catch (error) {
    throw decodeErrors.protobuf(error);
  }
  if (missingFields(type, value).length > 0) throw decodeErrors.protobuf();
  return value;
}

/** Reads into `value`: a message that comes twice is merged, as proto2 wants it. */
function readMessage(
  type: MessageType,
  reader: Reader,
  end: number,
  value: Record<string, unknown>,
  depth: number,
): void {
  if (depth > MAX_DEPTH) throw new Error('nested too deep');
  while (reader.pos < end) {
    const tag = reader.uint32();
    const wireType = tag & 7;
    const number = tag >>> 3;
    if (number === 0 || wireType === GROUP_END) throw new Error(`illegal tag ${tag}`);
    const field = type.byNumber.get(number);
    if (field && takes(field, wireType)) readField(field, wireType, reader, value, depth);
    else reader.skipType(wireType, depth, number);
  }
  if (reader.pos !== end) throw new Error('a field is longer than its message');
}

/** A field of another wire type than its own is an unknown field. Repeated numbers may come packed. */
function takes(field: Field, wireType: number): boolean {
  const own = WIRE_TYPES[field.kind];
  return wireType === own || (wireType === DELIMITED && field.label === 'repeated' && own !== DELIMITED);
}

function readField(
  field: Field,
  wireType: number,
  reader: Reader,
  value: Record<string, unknown>,
  depth: number,
): void {
  const before = value[field.name];
  if (field.label === 'map') {
    value[field.name] = { ...(before as object | undefined), ...readMapEntry(field, reader, depth) };
    return;
  }
  if (field.label !== 'repeated') {
    const one = readOne(field, reader, before, depth);
    if (one !== undefined) value[field.name] = one;
    return;
  }
  const list = (before as unknown[] | undefined) ?? [];
  const packed = wireType !== WIRE_TYPES[field.kind];
  const end = packed ? endOfPart(reader) : 0;
  do {
    if (packed && reader.pos >= end) break;
    const one = readOne(field, reader, undefined, depth);
    if (one !== undefined) list.push(one);
  } while (packed);
  if (list.length > 0) value[field.name] = list;
}

function endOfPart(reader: Reader): number {
  const end = reader.uint32() + reader.pos;
  if (end > reader.len) throw new Error('a part is longer than the message');
  return end;
}

function readMapEntry(field: Field, reader: Reader, depth: number): Record<string, unknown> {
  const end = endOfPart(reader);
  let key = '';
  let item: unknown = {};
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag >>> 3 === 1 && (tag & 7) === DELIMITED) key = reader.string();
    else if (tag >>> 3 === 2 && (tag & 7) === DELIMITED) item = readOne(field, reader, item, depth);
    else reader.skipType(tag & 7, depth, tag >>> 3);
  }
  if (reader.pos !== end) throw new Error('a map entry is longer than it says');
  return Object.fromEntries([[key, item]]);
}

/** Undefined = an enum's number that we do not know: an unknown field. */
function readOne(field: Field, reader: Reader, before: unknown, depth: number): unknown {
  switch (field.kind) {
    case 'message': {
      const end = endOfPart(reader);
      const value = (before as Record<string, unknown> | undefined) ?? {};
      readMessage(field.type(), reader, end, value, depth + 1);
      return value;
    }
    case 'enum':
      return field.type.names.get(reader.int32());
    default:
      return readScalar(field.kind, reader);
  }
}

function readScalar(kind: ScalarKind, reader: Reader): unknown {
  switch (kind) {
    case 'bytes': {
      const bytes = reader.bytes();
      return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    case 'int64':
      return Number(reader.int64().toString());
    case 'uint64':
      return Number(reader.uint64().toString());
    default:
      return reader[kind]();
  }
}

export function writeProtobuf(type: MessageType, value: MessageValue): Buffer {
  const writer = protobuf.Writer.create();
  writeMessage(type, value, writer);
  const bytes = writer.finish();
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function writeMessage(type: MessageType, value: MessageValue, writer: Writer): void {
  for (const field of type.numbered) {
    const member = value[field.name];
    if (member === undefined) continue;
    if (field.label === 'repeated') {
      for (const one of member as readonly unknown[]) writeOne(field, one, writer);
    } else if (field.label === 'map') {
      for (const [key, one] of Object.entries(member as object)) {
        writer
          .uint32((field.number << 3) | DELIMITED)
          .fork()
          .uint32((1 << 3) | DELIMITED)
          .string(key);
        writeOne({ ...field, number: 2 }, one, writer);
        writer.ldelim();
      }
    } else {
      writeOne(field, member, writer);
    }
  }
}

function writeOne(field: Field, value: unknown, writer: Writer): void {
  writer.uint32((field.number << 3) | WIRE_TYPES[field.kind]);
  switch (field.kind) {
    case 'message':
      writer.fork();
      writeMessage(field.type(), value as MessageValue, writer);
      writer.ldelim();
      break;
    case 'enum':
      writer.int32(field.type.numbers.get(value as string) ?? 0);
      break;
    case 'string':
      writer.string(value as string);
      break;
    case 'bytes':
      writer.bytes(value as Buffer);
      break;
    case 'bool':
      writer.bool(value as boolean);
      break;
    default:
      writer[field.kind](value as number);
  }
}
