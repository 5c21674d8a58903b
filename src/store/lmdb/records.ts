/** How records lie in the file. All numbers are big-endian; times are milliseconds since the epoch in 6 bytes. */
import { crc32 } from 'node:zlib';

/** A state table's value: format 1, CRC-32 of key and all that follows, revision (6), time (6), expiry (6, 0 = never). */
export interface StateRecord {
  readonly revision: number;
  readonly time: number;
  /** 0 = never. */
  readonly expires: number;
  readonly value: Buffer;
}

/** A log's record: format 2, CRC-32, time (6), length of the key (2), key, value. */
export interface LogEntry {
  readonly time: number;
  readonly key: Buffer;
  readonly value: Buffer;
}

const STATE_FORMAT = 1;
const LOG_FORMAT = 2;
const SUM_AT = 1;
const SUMMED_FROM = 5;
const STATE_HEAD = 23;
const LOG_HEAD = 13;

/** Thrown by the decoders; the table puts its own name and the key to it. */
export class DamagedRecord extends Error {}

export function encodeState(key: Buffer, { revision, time, expires, value }: StateRecord): Buffer {
  const bytes = Buffer.allocUnsafe(STATE_HEAD + value.length);
  bytes[0] = STATE_FORMAT;
  bytes.writeUIntBE(revision, 5, 6);
  bytes.writeUIntBE(time, 11, 6);
  bytes.writeUIntBE(expires, 17, 6);
  value.copy(bytes, STATE_HEAD);
  return summed(key, bytes);
}

/** @throws DamagedRecord */
export function decodeState(key: Buffer, bytes: Buffer): StateRecord {
  check(key, bytes, STATE_FORMAT, STATE_HEAD);
  return {
    revision: bytes.readUIntBE(5, 6),
    time: bytes.readUIntBE(11, 6),
    expires: bytes.readUIntBE(17, 6),
    value: bytes.subarray(STATE_HEAD),
  };
}

export function encodeLog(position: Buffer, { time, key, value }: LogEntry): Buffer {
  const bytes = Buffer.allocUnsafe(LOG_HEAD + key.length + value.length);
  bytes[0] = LOG_FORMAT;
  bytes.writeUIntBE(time, 5, 6);
  bytes.writeUInt16BE(key.length, 11);
  key.copy(bytes, LOG_HEAD);
  value.copy(bytes, LOG_HEAD + key.length);
  return summed(position, bytes);
}

/** @throws DamagedRecord */
export function decodeLog(position: Buffer, bytes: Buffer): LogEntry {
  check(position, bytes, LOG_FORMAT, LOG_HEAD);
  const end = LOG_HEAD + bytes.readUInt16BE(11);
  return { time: bytes.readUIntBE(5, 6), key: bytes.subarray(LOG_HEAD, end), value: bytes.subarray(end) };
}

/** A record's time without the check of its sum: for searches that look at many and read one. */
export function logTime(bytes: Buffer): number {
  return bytes.length < LOG_HEAD ? 0 : bytes.readUIntBE(5, 6);
}

function summed(key: Buffer, bytes: Buffer): Buffer {
  bytes.writeUInt32BE(crc32(bytes.subarray(SUMMED_FROM), crc32(key)), SUM_AT);
  return bytes;
}

function check(key: Buffer, bytes: Buffer, format: number, head: number): void {
  if (bytes.length < head)
    throw new DamagedRecord(`it has ${bytes.length} bytes, ${head} at least are expected`);
  if (bytes[0] !== format) throw new DamagedRecord(`it has the format ${bytes[0]}, ${format} is expected`);
  if (bytes.readUInt32BE(SUM_AT) !== crc32(bytes.subarray(SUMMED_FROM), crc32(key))) {
    throw new DamagedRecord('its checksum is wrong');
  }
}
