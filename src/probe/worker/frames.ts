/** A frame: four bytes of length (big-endian), then that many bytes of JSON in UTF-8. The agent has its own reader. */
export function frame(message: object): Buffer {
  const text = JSON.stringify(message);
  const length = Buffer.byteLength(text);
  // Not from the pool: a slab of it (64 KB since Node 26) lives as long as the smallest frame within.
  const bytes = Buffer.allocUnsafeSlow(4 + length);
  bytes.writeUInt32BE(length);
  bytes.write(text, 4);
  return bytes;
}

export class FrameReader {
  readonly #limit: number;
  #held: Buffer = Buffer.alloc(0);
  #size = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The messages that are complete now, `most` at most; undefined when the stream breaks the format. */
  push(chunk: Buffer, most = Number.POSITIVE_INFINITY): unknown[] | undefined {
    this.#hold(chunk);
    const messages: unknown[] = [];
    let at = 0;
    while (messages.length < most && this.#size - at >= 4) {
      const length = this.#held.readUInt32BE(at);
      if (length > this.#limit) return undefined;
      if (this.#size - at < 4 + length) break;
      try {
        messages.push(JSON.parse(this.#held.toString('utf8', at + 4, at + 4 + length)));
      } catch {
        return undefined;
      }
      at += 4 + length;
    }
    if (at > 0) {
      this.#held = this.#held.subarray(at, this.#size);
      this.#size -= at;
    }
    return messages;
  }

  /** What has come beyond the messages given out. */
  rest(): Buffer {
    const rest = this.#held.subarray(0, this.#size);
    this.#held = Buffer.alloc(0);
    this.#size = 0;
    return rest;
  }

  #hold(chunk: Buffer): void {
    if (this.#size === 0) {
      this.#held = chunk;
    } else {
      const size = this.#size + chunk.length;
      if (size > this.#held.length) {
        const larger = Buffer.allocUnsafe(Math.max(size, 2 * this.#held.length));
        this.#held.copy(larger, 0, 0, this.#size);
        this.#held = larger;
      }
      chunk.copy(this.#held, this.#size);
    }
    this.#size += chunk.length;
  }
}
