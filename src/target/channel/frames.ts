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
  #chunks: Buffer[] = [];
  #size = 0;
  #need = 4;

  /** `limit`: bytes of one frame's body at most. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Takes what came and returns the objects that are complete. Throws FrameError. */
  push(chunk: Uint8Array): Record<string, unknown>[] {
    this.#chunks.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length));
    this.#size += chunk.length;
    const messages: Record<string, unknown>[] = [];
    while (this.#size >= this.#need) {
      const all = this.#chunks.length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks);
      this.#chunks = [all];
      const length = all.readUInt32BE(0);
      if (length > this.#limit)
        throw new FrameError(`a frame of ${length} bytes; the limit is ${this.#limit}`);
      this.#need = 4 + length;
      if (all.length < this.#need) break;
      messages.push(parseObject(all.toString('utf8', 4, this.#need)));
      const rest = all.subarray(this.#need);
      this.#chunks = rest.length ? [rest] : [];
      this.#size = rest.length;
      this.#need = 4;
    }
    return messages;
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
