import { badProtobuf, entries, type Field, fromLong, protobuf, reader, toLong } from './schema.js';

/** A held config's version: a number; or, where the text that was sent for it is none, that text. */
export type HeldVersion = bigint | string;

const NUMBER = /^[+-]?\d{1,19}$/;
const INT64 = { low: -(2n ** 63n), high: 2n ** 63n - 1n };

/**
 * `config_versions`, map<string, int64> in the published code and map<string, string> in its document: the value is taken
 * as a varint or as decimal text. Written as the published code reads it.
 */
export const configVersions = (id: number): Field<ReadonlyMap<string, HeldVersion>> =>
  entries(
    id,
    (raw) => {
      const held = new Map<string, HeldVersion>();
      for (const entry of raw) readEntry(entry, held);
      return held;
    },
    (held) => [...held].map(([name, version]) => writeEntry(name, version)),
  );

function readEntry(bytes: Uint8Array, held: Map<string, HeldVersion>): void {
  const from = reader(bytes);
  let name = '';
  let version: HeldVersion = 0n;
  try {
    while (from.pos < from.len) {
      const tag = from.tag();
      if (tag === KEY) name = from.stringVerify();
      else if (tag === VARINT) version = fromLong(from.int64());
      else if (tag === TEXT) version = parse(from.stringVerify());
      else from.skipType(tag & 7, 0, tag >>> 3);
    }
  } catch (error) {
    throw badProtobuf('entry of config_versions', error);
  }
  held.set(name, version);
}

const KEY = (1 << 3) | 2;
const VARINT = 2 << 3;
const TEXT = (2 << 3) | 2;

function parse(written: string): HeldVersion {
  if (!NUMBER.test(written)) return written;
  const value = BigInt(written.replace('+', ''));
  return value < INT64.low || value > INT64.high ? written : value;
}

function writeEntry(name: string, version: HeldVersion): Uint8Array {
  const to = protobuf().Writer.create();
  to.uint32(KEY).string(name);
  if (typeof version === 'string') to.uint32(TEXT).string(version);
  else to.uint32(VARINT).int64(toLong(version));
  return to.finish();
}
