/**
 * RecordIO: a record is its length in bytes as decimal text, one LF, and that many bytes (shared/wire/mesos-agent.md 2).
 * Records have nothing to do with the pieces in which they arrive.
 */
import { RemoraError } from '../base/index.js';

const LINE_FEED = 0x0a;
/** The digits of the largest length that the format knows, 2^64 - 1. A longer count is no count. */
const MAX_COUNT_LENGTH = 20;
/** Space that a record gets before it has arrived: what a count promises costs nothing until its bytes come. */
const FIRST_SPACE = 64 * 1024;
const EMPTY = Buffer.alloc(0);

/** One record, ready to be sent. A text is counted in its UTF-8 bytes. */
export function encodeRecord(payload: Uint8Array | string): Buffer {
  const size = typeof payload === 'string' ? Buffer.byteLength(payload) : payload.length;
  const count = `${size}\n`;
  const record = Buffer.allocUnsafe(count.length + size);
  record.write(count, 'latin1');
  if (typeof payload === 'string') record.write(payload, count.length, 'utf8');
  else record.set(payload, count.length);
  return record;
}

/**
 * The fault of a stream that is no RecordIO. The words are those of the reference, which has no limits: a length that
 * wraps around (`-1`) or is over ours is a fault here, where the reference would wait for it and collect for ever.
 */
function badLength(count: string, why: string): RemoraError {
  return new RemoraError('bad-record', `Decoder failure: Failed to decode length '${count}': ${why}`, {
    hint: 'Each record begins with its length in bytes as decimal text and one LF',
  });
}

/** The number in front of a record; undefined = no number. Negative where the reference would let it wrap around. */
function parseCount(text: string): number | undefined {
  if (/^[+-]?\d+$/.test(text)) return Number(text);
  const hex = /^(-?)0x([0-9a-f]+)$/i.exec(text);
  return hex ? Number.parseInt(hex[2] ?? '', 16) * (hex[1] ? -1 : 1) : undefined;
}

/**
 * Takes a stream of records apart, whatever pieces it comes in.
 *
 * `push` returns the records that are complete now; a record may share memory with the piece that it came in. After a
 * fault `fault` is set, and stays: what came before it was still returned, every later `push` throws it.
 */
export class RecordDecoder {
  readonly #maxRecordBytes: number;
  #count = '';
  /** Bytes of the record that is being collected; undefined while its count is. */
  #need: number | undefined;
  #space = EMPTY;
  #filled = 0;
  #fault: RemoraError | undefined;

  constructor(maxRecordBytes: number) {
    this.#maxRecordBytes = maxRecordBytes;
  }

  get fault(): RemoraError | undefined {
    return this.#fault;
  }

  /** Has a record begun that is not complete? */
  get partial(): boolean {
    return this.#need !== undefined || this.#count !== '';
  }

  /** Throws RemoraError `bad-record` where an earlier push found a fault. */
  push(piece: Uint8Array): Buffer[] {
    if (this.#fault) throw this.#fault;
    const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    const records: Buffer[] = [];
    let at = 0;
    while (at < bytes.length && !this.#fault) {
      if (this.#need === undefined) {
        at = this.#takeCount(bytes, at);
        if (this.#need === 0) records.push(this.#complete(EMPTY));
      } else {
        at = this.#takeRecord(bytes, at, this.#need, records);
      }
    }
    return records;
  }

  #takeCount(bytes: Buffer, at: number): number {
    const most = at + MAX_COUNT_LENGTH - this.#count.length;
    const end = bytes.subarray(at, most + 1).indexOf(LINE_FEED);
    const stop = end === -1 ? Math.min(bytes.length, most) : at + end;
    this.#count += bytes.toString('latin1', at, stop);
    if (end === -1) {
      if (stop === most && stop < bytes.length) this.#fail('it is longer than any number');
      return stop;
    }
    const size = parseCount(this.#count);
    if (size === undefined) this.#fail(`Failed to convert '${this.#count}' to number`);
    else if (size < 0) this.#fail('it is negative');
    else if (size > this.#maxRecordBytes) {
      this.#fail(`a record may have ${this.#maxRecordBytes} bytes at most`);
    } else this.#need = size;
    return stop + 1;
  }

  #takeRecord(bytes: Buffer, at: number, need: number, records: Buffer[]): number {
    const stop = Math.min(bytes.length, at + need - this.#filled);
    if (this.#filled === 0 && stop - at === need) {
      records.push(this.#complete(bytes.subarray(at, stop)));
      return stop;
    }
    this.#store(bytes.subarray(at, stop), need);
    if (this.#filled === need) records.push(this.#complete(this.#space.subarray(0, need)));
    return stop;
  }

  /** Copied, since a piece of one byte may keep all the memory alive that it was cut from. */
  #store(bytes: Buffer, need: number): void {
    const wanted = this.#filled + bytes.length;
    if (this.#space.length < wanted) {
      const space = Buffer.allocUnsafe(Math.min(need, Math.max(FIRST_SPACE, wanted, this.#space.length * 2)));
      this.#space.copy(space, 0, 0, this.#filled);
      this.#space = space;
    }
    bytes.copy(this.#space, this.#filled);
    this.#filled = wanted;
  }

  #complete(record: Buffer): Buffer {
    this.#count = '';
    this.#need = undefined;
    this.#space = EMPTY;
    this.#filled = 0;
    return record;
  }

  #fail(why: string): void {
    this.#fault = badLength(this.#count, why);
  }
}

/**
 * The records of a stream, in order, up to its end; a record that is not complete at the end is left out, as the
 * reference does. Throws RemoraError `bad-record` after the last good record.
 */
export async function* decodeRecords(
  pieces: AsyncIterable<Uint8Array>,
  maxRecordBytes: number,
): AsyncGenerator<Buffer, void> {
  const decoder = new RecordDecoder(maxRecordBytes);
  for await (const piece of pieces) {
    yield* decoder.push(piece);
    if (decoder.fault) throw decoder.fault;
  }
}
