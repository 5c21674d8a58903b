import { FLAG, RING_OFFSET } from '../../layout.js';

const HEAD_BYTES = 4;

/** The reading end of the ring; src/probe/instrument/recording/ring.ts has the other. */
export class RingReader {
  readonly #flags: Int32Array;
  readonly #words: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #size: number;
  /** All that was there when it was last read has been read. */
  caughtUp = true;

  constructor(shared: SharedArrayBuffer) {
    this.#flags = new Int32Array(shared, 0, FLAG.ringDropped + 1);
    this.#words = new Int32Array(shared, RING_OFFSET);
    this.#bytes = new Uint8Array(shared, RING_OFFSET);
    this.#size = this.#bytes.length;
  }

  /** The texts that wait, in their order: as many as begin within `most` bytes. */
  read(most: number): string[] {
    const texts: string[] = [];
    const head = Atomics.load(this.#flags, FLAG.ringHead) >>> 0;
    let tail = Atomics.load(this.#flags, FLAG.ringTail) >>> 0;
    let taken = 0;
    while (tail !== head && taken < most) {
      const at = tail % this.#size;
      const length = this.#words[at / HEAD_BYTES] as number;
      const waiting = (head - tail) >>> 0;
      if (waiting > this.#size || length < 0 || length + HEAD_BYTES > waiting) {
        // Somebody else wrote here. What is left makes no sense; what comes will.
        tail = head;
        break;
      }
      texts.push(this.#text((at + HEAD_BYTES) % this.#size, length));
      const used = HEAD_BYTES + ((length + HEAD_BYTES - 1) & ~(HEAD_BYTES - 1));
      tail = (tail + used) >>> 0;
      taken += used;
    }
    Atomics.store(this.#flags, FLAG.ringTail, tail | 0);
    this.caughtUp = tail === head;
    return texts;
  }

  get isEmpty(): boolean {
    return Atomics.load(this.#flags, FLAG.ringHead) === Atomics.load(this.#flags, FLAG.ringTail);
  }

  /** Copied, since text is not made of memory that may change meanwhile. */
  #text(at: number, length: number): string {
    const copy = Buffer.allocUnsafe(length);
    const first = Math.min(length, this.#size - at);
    copy.set(this.#bytes.subarray(at, at + first), 0);
    if (first < length) copy.set(this.#bytes.subarray(0, length - first), first);
    return copy.toString('utf8');
  }
}
