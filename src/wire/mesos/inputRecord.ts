/**
 * DATA records of an ATTACH_CONTAINER_INPUT stream, made by hand since every byte that goes into a container passes here:
 * the general codec would copy each payload twice (shared/wire/mesos-agent.md 3.1, 8).
 */

import { varint } from './varint.js';

/** Call.Type ATTACH_CONTAINER_INPUT; then, with its length to follow, field 10. */
const CALL = [0x08, 18, 0x52];
/** AttachContainerInput.Type PROCESS_IO; field 3. */
const INPUT = [0x08, 2, 0x1a];
/** ProcessIO.Type DATA; field 2. */
const IO = [0x08, 1, 0x12];
/** ProcessIO.Data.Type STDIN; field 2. */
const STDIN = [0x08, 1, 0x12];
const FROM_WITHIN = [STDIN, IO, INPUT, CALL];

const JSON_HEAD =
  '{"type":"ATTACH_CONTAINER_INPUT","attach_container_input":{"type":"PROCESS_IO","process_io":' +
  '{"type":"DATA","data":{"type":"STDIN","data":"';
const JSON_TAIL = '"}}}}';

/**
 * The pieces of one RecordIO record (length, LF, message), to be sent one after the other. The payload is not copied as
 * protobuf. An empty payload means the end of input.
 */
export function inputRecord(payload: Buffer, encoding: 'protobuf' | 'json'): Buffer[] {
  return encoding === 'json' ? [jsonRecord(payload)] : protobufRecord(payload);
}

function protobufRecord(payload: Buffer): Buffer[] {
  let head: number[] = [];
  for (const prefix of FROM_WITHIN) head = [...prefix, ...varint(head.length + payload.length), ...head];
  const count = Buffer.from(`${head.length + payload.length}\n`, 'latin1');
  return [Buffer.concat([count, Buffer.from(head)]), payload];
}

function jsonRecord(payload: Buffer): Buffer {
  const size = JSON_HEAD.length + 4 * Math.ceil(payload.length / 3) + JSON_TAIL.length;
  const count = `${size}\n`;
  const record = Buffer.allocUnsafe(count.length + size);
  let at = record.write(count + JSON_HEAD, 'latin1');
  at += record.write(payload.toString('base64'), at, 'latin1');
  record.write(JSON_TAIL, at, 'latin1');
  return record;
}
