import { FLAG, RING_OFFSET } from '../../layout.js';
import { apply } from '../../main/captured.js';
import { type Cells, ringSize } from './cells.js';

const { load, store } = Atomics;
const { min } = Math;
const { encodeInto } = TextEncoder.prototype;
const { set } = Uint8Array.prototype;
const Bytes = Uint8Array;
const Words = Int32Array;
const Memory = ArrayBuffer;

/** Before each record: its length in bytes. Records begin at multiples of it. */
const HEAD_BYTES = 4;
/** UTF-8 bytes of one UTF-16 unit, at most. */
const WIDEST = 3;
const SCRATCH_BYTES = 64 * 1024;

/**
 * The writing end of the ring (src/probe/worker/instruments/ringReader.ts has the other): four bytes of length, the
 * text in UTF-8, filled up to a multiple of four; bytes run on at the beginning when the end is reached. Never waits.
 */
export class RingWriter {
  readonly #flags: Int32Array;
  readonly #shared: SharedArrayBuffer;
  readonly #bytes: Uint8Array;
  readonly #words: Int32Array;
  readonly #size: number;
  readonly #encoder = new TextEncoder();
  readonly #scratch = new Memory(SCRATCH_BYTES);

  constructor({ flags, shared }: Cells) {
    this.#flags = flags;
    this.#shared = shared;
    this.#size = ringSize(shared);
    this.#bytes = new Bytes(shared, RING_OFFSET);
    this.#words = new Words(shared, RING_OFFSET);
  }

  /** Bytes that one record may have. */
  get capacity(): number {
    return this.#size - HEAD_BYTES;
  }

  /** False when there is no room; that is counted. */
  write(text: string): boolean {
    const head = load(this.#flags, FLAG.ringHead) >>> 0;
    const tail = load(this.#flags, FLAG.ringTail) >>> 0;
    const free = this.#size - ((head - tail) >>> 0);
    // The text has at least as many bytes as units.
    if (text.length + HEAD_BYTES > free) return this.#full();
    const at = head % this.#size;
    const body = (at + HEAD_BYTES) % this.#size;
    const straight = this.#size - body;
    const most = text.length * WIDEST;
    let length: number;
    if (most <= straight && most + HEAD_BYTES <= free) {
      length = this.#encode(text, new Bytes(this.#shared, RING_OFFSET + body, most));
    } else {
      const scratch = most <= SCRATCH_BYTES ? this.#scratch : new Memory(most);
      length = this.#encode(text, new Bytes(scratch, 0, most));
      if (length + HEAD_BYTES > free) return this.#full();
      const first = min(length, straight);
      apply(set, this.#bytes, [new Bytes(scratch, 0, first), body]);
      if (first < length) apply(set, this.#bytes, [new Bytes(scratch, first, length - first), 0]);
    }
    this.#words[at / HEAD_BYTES] = length;
    const used = HEAD_BYTES + ((length + HEAD_BYTES - 1) & ~(HEAD_BYTES - 1));
    // A store that the reader sees after all that was written before it.
    store(this.#flags, FLAG.ringHead, (head + used) | 0);
    return true;
  }

  #encode(text: string, into: Uint8Array): number {
    return (apply(encodeInto, this.#encoder, [text, into]) as { written: number }).written;
  }

  #full(): false {
    this.#flags[FLAG.ringDropped]! += 1;
    return false;
  }
}
