/**
 * Protobuf messages declared as tables: one table gives the decoder, the encoder and the TypeScript type. The work is
 * protobufjs's; what is added is proto3 as the published servers speak it: absent scalars read as their zero values, zero
 * values are not written, text that is no UTF-8 is an error, 64-bit numbers are bigint.
 */
import { createRequire } from 'node:module';
import type { Reader, Type } from 'protobufjs/light.js';
import { RemoraError } from '../../base/index.js';

type Library = typeof import('protobufjs/light.js');

const require = createRequire(import.meta.url);
let library: Library | undefined;

/** Loaded by the first message that comes or goes: most commands never see one. */
export function protobuf(): Library {
  library ??= require('protobufjs/light.js') as Library;
  return library;
}

interface Descriptor {
  readonly type: string;
  readonly rule?: 'repeated';
  readonly keyType?: 'string';
}

/** One field: its number, its protobuf type, and how the decoder's value becomes ours and back. */
export interface Field<T> {
  readonly id: number;
  readonly descriptor: Descriptor;
  readonly nested?: Message<unknown>;
  /** Absent = the decoder's value is ours. */
  read?(raw: unknown): T;
  write?(value: T): unknown;
  /** Only for the type. */
  readonly empty?: T;
}

/** Fields by their names in the protocol's documents. */
export type Fields = Readonly<Record<string, Field<unknown>>>;

export type ValueOf<F extends Fields> = {
  readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never;
};

/** A value with fields left out, at any depth: they are not written. */
export type Draft<T> = T extends string | number | bigint | undefined | ReadonlyMap<unknown, unknown>
  ? T
  : T extends readonly (infer E)[]
    ? readonly Draft<E>[]
    : string extends keyof T
      ? T
      : { readonly [K in keyof T]?: Draft<T[K]> };

export interface Message<T> {
  readonly name: string;
  readonly fields: Fields;
  /** Unknown fields are skipped. Throws RemoraError `bad-protobuf`. */
  decode(bytes: Uint8Array): T;
  /** Fields left out are not written. */
  encode(value: Draft<T>): Buffer;
  /** The decoder's object as ours, and back; for messages inside messages. */
  fromRaw(raw: object): T;
  toRaw(value: Draft<T>): object;
}

/** The type of a message's values. */
export type Value<M> = M extends Message<infer T> ? T : never;

export const text = (id: number): Field<string> => ({ id, descriptor: { type: 'string' } });
export const float = (id: number): Field<number> => ({ id, descriptor: { type: 'float' } });
/** An enum: open, so that numbers which we do not know pass. */
export const choice = (id: number): Field<number> => ({ id, descriptor: { type: 'int32' } });
export const texts = (id: number): Field<readonly string[]> => ({
  id,
  descriptor: { type: 'string', rule: 'repeated' },
});

/** The library's 64-bit numbers; absent ones come as 0. */
type Long = ReturnType<Reader['int64']>;

export function fromLong(value: Long | number): bigint {
  if (typeof value === 'number') return BigInt(value);
  const low = BigInt(value.low >>> 0);
  return value.high === 0 ? low : (BigInt(value.high) << 32n) | low;
}

export function toLong(value: bigint): Long {
  const low = Number(BigInt.asIntN(32, value));
  const high = Number(BigInt.asIntN(32, value >> 32n));
  return { low, high, unsigned: false } as Long;
}

export const int64 = (id: number): Field<bigint> => ({
  id,
  descriptor: { type: 'int64' },
  read: (raw) => fromLong(raw as Long | number),
  write: toLong,
});

/** A map<string, string>. Its object may hold any name, `__proto__` included: ask with `Object.hasOwn`. */
export const textMap = (id: number): Field<Readonly<Record<string, string>>> => ({
  id,
  descriptor: { type: 'string', keyType: 'string' },
});

/** A message inside a message, undefined where it is absent. */
export const nested = <T>(id: number, message: Message<T>): Field<T | undefined> => ({
  id,
  descriptor: { type: message.name },
  nested: message as Message<unknown>,
  read: (raw) => (raw === null || raw === undefined ? undefined : message.fromRaw(raw)),
  write: (value) => (value === undefined ? undefined : message.toRaw(value as Draft<T>)),
});

export const list = <T>(id: number, message: Message<T>): Field<readonly T[]> => ({
  id,
  descriptor: { type: message.name, rule: 'repeated' },
  nested: message as Message<unknown>,
  read: (raw) => (raw as object[]).map((each) => message.fromRaw(each)),
  write: (value) => value.map((each) => message.toRaw(each as Draft<T>)),
});

/** Entries whose inside the library cannot read: one buffer each. */
export const entries = <T>(
  id: number,
  read: (entries: readonly Uint8Array[]) => T,
  write: (value: T) => Uint8Array[],
): Field<T> => ({
  id,
  descriptor: { type: 'bytes', rule: 'repeated' },
  read: (raw) => read(raw as Uint8Array[]),
  write,
});

/** A reader that skips what it does not know, where protobufjs would keep it. */
export function reader(bytes: Uint8Array): Reader {
  const made = protobuf().Reader.create(bytes);
  made.discardUnknown = true;
  return made;
}

export function badProtobuf(what: string, cause: unknown): RemoraError {
  const fault = cause instanceof Error ? cause.message : String(cause);
  return new RemoraError('bad-protobuf', `The body is no ${what}: ${fault}`, {
    hint: 'Send one protobuf message of the fields that docs/agents.md lists, its text in UTF-8',
    cause,
  });
}

/** Declares a message. */
export function message<F extends Fields>(name: string, fields: F): Message<ValueOf<F>> {
  type T = ValueOf<F>;
  const names = Object.keys(fields);
  const specs = names.map((each) => fields[each] as Field<unknown>);
  let type: Type | undefined;
  const compiled = (): Type => {
    type ??= compile(made as Message<unknown>);
    return type;
  };
  const made: Message<T> = {
    name,
    fields,
    decode(bytes) {
      try {
        return made.fromRaw(compiled().decode(reader(bytes)));
      } catch (error) {
        if (error instanceof RemoraError) throw error;
        throw badProtobuf(name, error);
      }
    },
    encode(value) {
      const bytes = compiled().encode(made.toRaw(value)).finish();
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    },
    fromRaw(raw) {
      const from = raw as Record<string, unknown>;
      const value: Record<string, unknown> = {};
      for (let index = 0; index < specs.length; index++) {
        const key = names[index] as string;
        const { read } = specs[index] as Field<unknown>;
        value[key] = read ? read(from[key]) : from[key];
      }
      return value as T;
    },
    toRaw(value) {
      const raw: Record<string, unknown> = {};
      for (let index = 0; index < specs.length; index++) {
        const key = names[index] as string;
        const given = (value as Record<string, unknown>)[key];
        if (given === undefined) continue;
        const { write } = specs[index] as Field<unknown>;
        raw[key] = write ? write(given) : given;
      }
      return raw;
    },
  };
  return made;
}

function compile(root: Message<unknown>): Type {
  const nestedTypes: Record<string, { fields: Record<string, Descriptor & { id: number }> }> = {};
  const add = (each: Message<unknown>): void => {
    if (nestedTypes[each.name]) return;
    nestedTypes[each.name] = {
      fields: Object.fromEntries(
        Object.entries(each.fields).map(([key, { id, descriptor }]) => [key, { ...descriptor, id }]),
      ),
    };
    for (const field of Object.values(each.fields)) if (field.nested) add(field.nested);
  };
  add(root);
  const { Root } = protobuf();
  // The edition is what makes the generated code strict about UTF-8 and silent about zero values.
  const description = { edition: 'proto3', nested: nestedTypes } as Parameters<typeof Root.fromJSON>[0];
  return Root.fromJSON(description).resolveAll().lookupType(root.name).setup();
}
