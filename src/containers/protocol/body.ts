import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { errorText, type RemoraError } from '../../base/index.js';
import { RecordDecoder } from '../../wire/index.js';
import { callBytes, firstBytesMs, recordBytes } from './limits.js';
import { gone, refuse } from './refusal.js';

/**
 * A body piece by piece, unpacked, with back-pressure. By events and not by iteration, since an iterator that waits cannot
 * be ended (a container may end while its input is still open), and one that ends destroys the connection.
 */
export class Body {
  readonly #request: IncomingMessage;
  readonly #source: Readable;
  readonly #queue: Buffer[] = [];
  #wake: (() => void) | undefined;
  #ended = false;
  #failure: RemoraError | undefined;

  constructor(request: IncomingMessage, packed: boolean) {
    this.#request = request;
    this.#source = packed ? request.pipe(createGunzip()) : request;
    this.#source.on('data', this.#onData).on('end', this.#onEnd).on('error', this.#onError);
    request.on('close', this.#onClose);
  }

  /** The next piece; undefined at the end. Throws `client-gone`, or the refusal of a body that cannot be unpacked. */
  async read(): Promise<Buffer | undefined> {
    while (this.#queue.length === 0 && !this.#ended && !this.#failure) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        this.#source.resume();
      });
    }
    const piece = this.#queue.shift();
    if (piece) return piece;
    if (this.#failure) throw this.#failure;
    return undefined;
  }

  /** A read that waits fails with this. */
  fail(error: RemoraError): void {
    this.#failure ??= error;
    this.#wake?.();
  }

  /** Lets go of the request, so that what is left of it can be thrown away. */
  stop(): void {
    this.#source.off('data', this.#onData).off('end', this.#onEnd);
    this.#request.off('close', this.#onClose);
    if (this.#source !== this.#request) {
      this.#request.unpipe();
      this.#source.destroy();
    }
    this.#ended = true;
    this.#wake?.();
  }

  readonly #onData = (piece: Buffer): void => {
    this.#source.pause();
    this.#queue.push(piece);
    this.#wake?.();
  };

  readonly #onEnd = (): void => {
    this.#ended = true;
    this.#wake?.();
  };

  readonly #onError = (error: Error): void => {
    if (this.#source === this.#request) this.fail(gone());
    else this.fail(refuse(400, `Failed to decompress the body: ${errorText(error)}`));
  };

  readonly #onClose = (): void => {
    if (!this.#request.complete) this.fail(gone());
  };
}

/** Runs `read` and fails the body where that takes longer than first bytes may. */
async function inTime<T>(body: Body, read: () => Promise<T>): Promise<T> {
  const ms = firstBytesMs.value;
  const timer = setTimeout(() => body.fail(refuse(408, `The call did not arrive within ${ms} ms`)), ms);
  try {
    return await read();
  } finally {
    clearTimeout(timer);
  }
}

/** The whole body of a call that is no stream. */
export function readWhole(body: Body): Promise<Buffer> {
  return inTime(body, async () => {
    const limit = callBytes.value;
    const pieces: Buffer[] = [];
    let size = 0;
    for (let piece = await body.read(); piece; piece = await body.read()) {
      size += piece.length;
      if (size > limit) {
        const hint = 'Send less, or raise the limit by --limit container-call-bytes=N';
        throw refuse(413, `The call is larger than ${limit} bytes`, hint);
      }
      pieces.push(piece);
    }
    return pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces, size);
  });
}

/** The records of a body. A last one that is not complete is left out, as the reference does. */
export class BodyRecords {
  readonly #body: Body;
  readonly #decoder = new RecordDecoder(recordBytes.value);
  readonly #queue: Buffer[] = [];

  constructor(body: Body) {
    this.#body = body;
  }

  /** Throws the refusal of a body that ends before. */
  first(): Promise<Buffer> {
    return inTime(this.#body, async () => {
      const record = await this.next();
      if (!record) throw refuse(400, 'Received EOF while reading request body');
      return record;
    });
  }

  /** Undefined at the end. Throws `bad-record` after the last good one, and whatever `Body.read` throws. */
  async next(): Promise<Buffer | undefined> {
    while (this.#queue.length === 0) {
      if (this.#decoder.fault) throw this.#decoder.fault;
      const piece = await this.#body.read();
      if (!piece) return undefined;
      this.#queue.push(...this.#decoder.push(piece));
    }
    return this.#queue.shift();
  }
}
