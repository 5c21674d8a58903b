import type { ClientRequest, IncomingMessage } from 'node:http';
import type { ContainerID, WindowSize } from '../wire/index.js';
import type { ContainerCodec } from './containerCodec.js';
import { connectionFailed, containerError } from './containerErrors.js';
import type { Place } from './errors.js';

const HEARTBEAT_MS = 10_000;
/** The largest record that we send; what agents read at once. */
const RECORD_BYTES = 65_536;
/** What may wait to be sent before a writer has to wait. */
const WAITING_BYTES = 4 * RECORD_BYTES;
const EMPTY = Buffer.alloc(0);

/**
 * The one writer of a container's input. Lives until `close`, or until the container has ended; a heartbeat keeps it alive
 * in between.
 */
export class ContainerInput {
  /**
   * Settles when the agent has answered: resolves when the container has ended, or after `close`. Rejects with
   * `input-taken`, `container-not-found`, `not-attachable`, ..., or where the connection broke.
   */
  readonly ended: Promise<void>;
  readonly #request: ClientRequest;
  readonly #codec: ContainerCodec;
  readonly #heartbeat: NodeJS.Timeout;
  #over = false;
  #pending = 0;
  readonly #waiting = new Set<() => void>();

  constructor(request: ClientRequest, id: ContainerID, codec: ContainerCodec, place: Place) {
    this.#request = request;
    this.#codec = codec;
    this.#heartbeat = setInterval(() => this.#send([codec.heartbeat(HEARTBEAT_MS)]), HEARTBEAT_MS);
    this.#heartbeat.unref();
    this.ended = answerTo(request, place).finally(() => this.#finish());
    // Who only writes need not ask how it ended.
    this.ended.catch(() => undefined);
    request.write(codec.inputOf(id));
  }

  /** Nothing that is written now will be read. */
  get over(): boolean {
    return this.#over;
  }

  /** Resolves when there is room for more. What is written after the end is dropped. Nothing is sent for empty data. */
  async write(data: Buffer): Promise<void> {
    for (let start = 0; start < data.length && !this.#over; start += RECORD_BYTES) {
      this.#send(this.#codec.data(data.subarray(start, start + RECORD_BYTES)));
      if (this.#pending > WAITING_BYTES) await this.#room();
    }
  }

  /** Closes the container's standard input. With a terminal it does nothing: there the key Ctrl-D is the end. */
  end(): void {
    this.#send(this.#codec.data(EMPTY));
  }

  /** Terminals only. */
  resize(size: WindowSize): void {
    this.#send([this.#codec.resize(size)]);
  }

  /** Frees the container's input for another writer, and leaves it open. Resolves with the agent's answer. */
  async close(): Promise<void> {
    if (!this.#over) this.#request.end();
    clearInterval(this.#heartbeat);
    await this.ended;
  }

  /** Leaves without a word. */
  abort(): void {
    this.#request.destroy();
  }

  #send(pieces: readonly Buffer[]): void {
    if (this.#over || this.#request.writableEnded) return;
    const parts = pieces.filter((piece) => piece.length > 0);
    const size = parts.reduce((sum, part) => sum + part.length, 0);
    this.#pending += size;
    const sent = () => {
      this.#pending -= size;
      if (this.#pending <= WAITING_BYTES) this.#wake();
    };
    // One HTTP chunk for a record.
    this.#request.cork();
    for (const [index, part] of parts.entries()) {
      if (index < parts.length - 1) this.#request.write(part);
      else this.#request.write(part, sent);
    }
    this.#request.uncork();
  }

  #room(): Promise<void> {
    return new Promise((resolve) => this.#waiting.add(resolve));
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }

  #finish(): void {
    this.#over = true;
    clearInterval(this.#heartbeat);
    this.#wake();
  }
}

function answerTo(request: ClientRequest, place: Place): Promise<void> {
  return new Promise((resolve, reject) => {
    let answered = false;
    request.on('response', (response: IncomingMessage) => {
      answered = true;
      readAll(response).then(
        (text) => {
          if (response.statusCode === 200) resolve();
          else reject(containerError(response, text, place));
          // The agent may answer before we have sent everything.
          request.destroy();
        },
        (error: unknown) => reject(connectionFailed(error, place)),
      );
    });
    // Once the answer has begun it alone counts: what fails after it is our own sending.
    const fail = (error: unknown) => {
      if (!answered) reject(connectionFailed(error, place));
    };
    request.on('error', fail);
    request.on('close', () => fail(Object.assign(new Error('closed'), { code: 'ECONNRESET' })));
  });
}

async function readAll(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
