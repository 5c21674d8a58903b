import type { OutputChunk, OutputReader } from './containers.js';

/** What a chunk costs beside its bytes, so that a flood of tiny ones is bounded too. */
const CHUNK_OVERHEAD = 128;

/** One reader's share of a container's output. Filled by the switchboard, which minds the bound. */
export class OutputQueue implements OutputReader {
  readonly #chunks: OutputChunk[] = [];
  readonly #onChange: () => void;
  #head = 0;
  #bytes = 0;
  #ended = false;
  #error: Error | undefined;
  #closed = false;
  #wake: (() => void) | undefined;

  /** `onChange`: something was taken, or the reader has gone. */
  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /** Bytes that wait, with what holding them costs. */
  get size(): number {
    return this.#bytes;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  push(chunk: OutputChunk): void {
    if (this.#closed || this.#ended || this.#error) return;
    this.#chunks.push(chunk);
    this.#bytes += chunk.data.length + CHUNK_OVERHEAD;
    this.#notify();
  }

  /** No more comes; what waits is still given. */
  end(): void {
    this.#ended = true;
    this.#notify();
  }

  /** What waits is thrown away: a reader that is cut has lost output and must not take it for the whole. */
  fail(error: Error): void {
    if (this.#ended || this.#closed) return;
    this.#error = error;
    this.#drop();
    this.#notify();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#drop();
    this.#notify();
    this.#onChange();
  }

  #drop(): void {
    this.#chunks.length = 0;
    this.#head = 0;
    this.#bytes = 0;
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  #shift(): OutputChunk | undefined {
    const chunk = this.#chunks[this.#head];
    if (!chunk) return undefined;
    this.#head += 1;
    this.#bytes -= chunk.data.length + CHUNK_OVERHEAD;
    if (this.#head === this.#chunks.length) {
      this.#chunks.length = 0;
      this.#head = 0;
    }
    return chunk;
  }

  async *[Symbol.asyncIterator](): AsyncIterator<OutputChunk> {
    try {
      for (;;) {
        if (this.#error) throw this.#error;
        const chunk = this.#shift();
        if (chunk) {
          this.#onChange();
          yield chunk;
        } else if (this.#ended || this.#closed) return;
        else {
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
        }
      }
    } finally {
      this.close();
    }
  }
}
