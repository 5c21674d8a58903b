/**
 * DATA records of an output stream in the JSON form, as agents write them (compact, in the order of declaration): read by
 * hand, since the general codec takes eight times as long for the same bytes (shared/wire/mesos-agent.md 1.6).
 */
import type { ProcessIO } from './types.js';

const TAIL = Buffer.from('"}}');
const HEADS = (['STDOUT', 'STDERR'] as const).map((type) => ({
  type,
  bytes: Buffer.from(`{"type":"DATA","data":{"type":"${type}","data":"`),
}));
const PADDING = 0x3d;

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

function startsWith(record: Buffer, head: Buffer): boolean {
  return record.length >= head.length && head.compare(record, 0, head.length) === 0;
}
