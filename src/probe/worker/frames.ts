/** A frame: four bytes of length (big-endian), then that many bytes of JSON in UTF-8. The agent has its own reader. */
export function frame(message: object): Buffer {
  const body = Buffer.from(JSON.stringify(message));
  const head = Buffer.allocUnsafe(4);
  head.writeUInt32BE(body.length);
  return Buffer.concat([head, body]);
}

export class FrameReader {
  readonly #limit: number;
  #chunks: Buffer[] = [];
  #size = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The messages that are complete now; undefined when the stream breaks the format. */
  push(chunk: Buffer): unknown[] | undefined {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    const messages: unknown[] = [];
    while (this.#size >= 4) {
      const head = this.#peek(4);
      const length = head.readUInt32BE(0);
      if (length > this.#limit) return undefined;
      if (this.#size < 4 + length) break;
      const all = Buffer.concat(this.#chunks);
      const rest = all.subarray(4 + length);
      this.#chunks = rest.length ? [rest] : [];
      this.#size = rest.length;
      try {
        messages.push(JSON.parse(all.toString('utf8', 4, 4 + length)));
      } catch {
        return undefined;
      }
    }
    return messages;
  }

  /** What has come of a frame that is not complete. */
  rest(): Buffer {
    const rest = Buffer.concat(this.#chunks);
    this.#chunks = [];
    this.#size = 0;
    return rest;
  }

  #peek(bytes: number): Buffer {
    const first = this.#chunks[0];
    if (first && first.length >= bytes) return first;
    const all = Buffer.concat(this.#chunks);
    this.#chunks = [all];
    return all;
  }
}
