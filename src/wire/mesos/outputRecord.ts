/**
 * DATA records of an output stream, since every byte that comes out of a container passes here: read by hand in JSON, which
 * takes the general codec eight times as long, and written by hand as protobuf, where it copies each payload twice
 * (shared/wire/mesos-agent.md 1.6, 3.1).
 */
import type { ProcessIO } from './types.js';
import { varint } from './varint.js';

const TAIL = Buffer.from('"}}');
const HEADS = [headOf('STDOUT'), headOf('STDERR')];
const PADDING = 0x3d;

/** ProcessIO.Type DATA; then, with its length to follow, field 2. */
const IO = [0x08, 1, 0x12];
const DATA = { stdout: [0x08, 2, 0x12], stderr: [0x08, 3, 0x12] };

/**
 * The pieces of one RecordIO record as protobuf (length, LF, message), to be sent one after the other; the payload is not
 * copied.
 */
export function outputPieces(stream: 'stdout' | 'stderr', payload: Buffer): Buffer[] {
  const inner = [...DATA[stream], ...varint(payload.length)];
  const head = [...IO, ...varint(inner.length + payload.length), ...inner];
  const count = Buffer.from(`${head.length + payload.length}\n`, 'latin1');
  return [Buffer.concat([count, Buffer.from(head)]), payload];
}

/** Undefined: it is written in another way, or is not what it seems; the general codec tells. */
export function outputRecord(record: Buffer): ProcessIO | undefined {
  const head = HEADS.find(({ bytes }) => startsWith(record, bytes));
  if (!head) return undefined;
  const end = record.length - TAIL.length;
  const length = end - head.bytes.length;
  if (length < 0 || length % 4 !== 0 || TAIL.compare(record, end) !== 0) return undefined;
  const padding =
    length === 0 ? 0 : Number(record[end - 1] === PADDING) + Number(record[end - 2] === PADDING);
  const text = record.toString('latin1', head.bytes.length, end);
  // Node takes the alphabet of URLs as well, and leaves out what is in neither: then there is less than there has to be.
  if (text.includes('-') || text.includes('_')) return undefined;
  const data = Buffer.from(text, 'base64');
  if (data.length !== (length / 4) * 3 - padding) return undefined;
  return { type: 'DATA', data: { type: head.type, data } };
}

function headOf<T extends 'STDOUT' | 'STDERR'>(type: T): { readonly type: T; readonly bytes: Buffer } {
  return { type, bytes: Buffer.from(`{"type":"DATA","data":{"type":"${type}","data":"`) };
}

function startsWith(record: Buffer, head: Buffer): boolean {
  return record.length >= head.length && head.compare(record, 0, head.length) === 0;
}
