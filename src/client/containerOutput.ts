import type { IncomingMessage } from 'node:http';
import type { ProcessIO } from '../wire/index.js';
import { connectionFailed } from './containerErrors.js';
import type { Place } from './errors.js';

/** What a container wrote at once, at most 65,536 bytes. With a terminal everything is `stdout`. */
export interface OutputRecord {
  readonly stream: 'stdout' | 'stderr';
  readonly data: Buffer;
}

/**
 * What a container writes, from now on: iterate once. It ends when the container has ended and all was given; throws
 * `connection-lost` where the connection broke before. Who does not read holds the container's output back, and is cut
 * off by the agent after a while.
 */
export class ContainerOutput implements AsyncIterable<OutputRecord> {
  readonly #response: IncomingMessage;
  readonly #decode: (piece: Buffer) => Iterable<ProcessIO>;
  readonly #place: Place;
  #closed = false;

  constructor(response: IncomingMessage, decode: (piece: Buffer) => Iterable<ProcessIO>, place: Place) {
    this.#response = response;
    this.#decode = decode;
    this.#place = place;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<OutputRecord, void, void> {
    try {
      for await (const chunk of this.#response as AsyncIterable<Buffer>) {
        for (const message of this.#decode(chunk)) {
          const record = outputRecord(message);
          if (record) yield record;
        }
      }
    } catch (error) {
      if (this.#closed) return;
      throw connectionFailed(error, this.#place);
    } finally {
      this.close();
    }
  }

  /** Leaves. A session's process is killed by that; any other container goes on. */
  close(): void {
    this.#closed = true;
    this.#response.destroy();
  }
}

/** Kinds that we do not know, and heartbeats, are no output. */
function outputRecord({ type, data }: ProcessIO): OutputRecord | undefined {
  if (type !== 'DATA' || !data?.data || data.data.length === 0) return undefined;
  if (data.type === 'STDOUT') return { stream: 'stdout', data: data.data };
  if (data.type === 'STDERR') return { stream: 'stderr', data: data.data };
  return undefined;
}
