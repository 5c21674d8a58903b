/**
 * Frames between agent and probe: four bytes of length (big-endian), then that many bytes of JSON in UTF-8.
 * What comes from a target is untrusted: a broken frame is an error, never a crash.
 */
export function encodeFrame(message: object): Buffer {
  const body = Buffer.from(JSON.stringify(message));
  const head = Buffer.allocUnsafe(4);
  head.writeUInt32BE(body.length);
  return Buffer.concat([head, body]);
}

/** Thrown by `FrameDecoder.push`: the stream cannot be read any further. */
export class FrameError extends Error {}

export class FrameDecoder {
  readonly #limit: number;
  #held: Buffer = Buffer.alloc(0);
  #size = 0;

  /** `limit`: bytes of one frame's body at most. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Takes what came and returns the objects that are complete. Throws FrameError. */
  push(chunk: Uint8Array): Record<string, unknown>[] {
    this.#hold(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length));
    const messages: Record<string, unknown>[] = [];
    let at = 0;
    while (this.#size - at >= 4) {
      const length = this.#held.readUInt32BE(at);
      if (length > this.#limit)
        throw new FrameError(`a frame of ${length} bytes; the limit is ${this.#limit}`);
      if (this.#size - at < 4 + length) break;
      messages.push(parseObject(this.#held.toString('utf8', at + 4, at + 4 + length)));
      at += 4 + length;
    }
    if (at > 0) {
      this.#held = this.#held.subarray(at, this.#size);
      this.#size -= at;
    }
    return messages;
  }

  /** One buffer that doubles, not a list: a peer that sends byte by byte must not cost an object for each. */
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

function parseObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new FrameError('a frame that is no JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new FrameError('a frame that is no object');
  }
  return value as Record<string, unknown>;
}
