import type { IncomingMessage } from 'node:http';
import { RemoraError } from '../base/index.js';
import { type ClientAddress, type Endpoint, endpointOf } from './endpoint.js';
import { connectionError, type Place, placeName, statusError } from './errors.js';
import { EventParser, type StreamedEvent } from './eventStream.js';

export interface CallOptions {
  /** Milliseconds until the call is given up; without it a call waits as long as the agent does. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

const JSON_TYPE = 'application/json';
/** An answer above this is refused, so that a broken peer cannot fill our memory. */
const ANSWER_LIMIT_BYTES = 256 * 1024 * 1024;

/** An answer as it came. */
export interface Exchanged {
  readonly status: number;
  readonly contentType: string;
  readonly body: Buffer;
}

/** A call with a body of its own kind. */
export interface Parcel {
  readonly method: string;
  readonly path: string;
  readonly contentType: string;
  readonly body: Buffer | string;
  /** It may be sent again when a kept-alive connection died under it. */
  readonly repeatable: boolean;
}

/** JSON, or bytes of another protocol, over HTTP on kept-alive connections. */
export class Transport {
  readonly place: Place;
  readonly #endpoint: Endpoint;

  constructor(address: ClientAddress) {
    this.place = address;
    this.#endpoint = endpointOf(address);
  }

  get(path: string, options: CallOptions = {}): Promise<unknown> {
    return this.#json('GET', path, undefined, true, options);
  }

  /** `repeatable`: the call may be sent again when a kept-alive connection died under it. */
  post(path: string, body: unknown, repeatable: boolean, options: CallOptions = {}): Promise<unknown> {
    return this.#json('POST', path, JSON.stringify(body), repeatable, options);
  }

  /** Bytes there and back, whatever the status. */
  exchange(parcel: Parcel, options: CallOptions = {}): Promise<Exchanged> {
    return this.#send(parcel, options);
  }

  /** Bytes as they are. An error that comes as text is told in its own words. */
  async bytes(path: string, options: CallOptions = {}): Promise<Buffer> {
    const { status, body } = await this.#send(
      { method: 'GET', path, body: '', contentType: '', repeatable: true },
      options,
    );
    if (status >= 200 && status <= 299) return body;
    throw statusError(status, body.toString('utf8'), this.place);
  }

  /** A `text/event-stream`, event by event; who reads slowly holds the sender back. */
  async *events(
    path: string,
    options: { readonly after: string; readonly signal: AbortSignal },
  ): AsyncGenerator<StreamedEvent, void, void> {
    const { after, signal } = options;
    const response = await this.#open(path, after, signal);
    const { statusCode = 0, headers } = response;
    if (statusCode !== 200) {
      throw statusError(statusCode, (await readAll(response)).toString('utf8'), this.place);
    }
    if (!/^text\/event-stream\b/.test(headers['content-type'] ?? '')) {
      response.destroy();
      throw new RemoraError('no-stream', `${placeName(this.place)} gave something else than a stream`);
    }
    const parser = new EventParser();
    try {
      for await (const chunk of response as AsyncIterable<Buffer>) yield* parser.push(chunk);
    } catch (error) {
      if (error instanceof RemoraError) throw error;
      throw connectionError(asLost(error), this.place);
    } finally {
      response.destroy();
    }
  }

  #open(path: string, after: string, signal: AbortSignal): Promise<IncomingMessage> {
    const endpoint = this.#endpoint;
    const headers: Record<string, string> = { accept: 'text/event-stream', ...endpoint.headers };
    if (after !== '') headers['last-event-id'] = after;
    return new Promise((resolve, reject) => {
      const request = endpoint.request({
        ...endpoint.base,
        agent: endpoint.agent,
        method: 'GET',
        path: endpoint.prefix + path,
        headers,
        signal,
      });
      request.on('response', resolve);
      request.on('error', (error) => reject(connectionError(error, this.place)));
      request.end();
    });
  }

  /** Ends idle connections and calls under way. */
  close(): void {
    this.#endpoint.agent.destroy();
  }

  async #json(
    method: string,
    path: string,
    body: string | undefined,
    repeatable: boolean,
    options: CallOptions,
  ): Promise<unknown> {
    const parcel = {
      method,
      path,
      body: body ?? '',
      contentType: body === undefined ? '' : JSON_TYPE,
      repeatable,
    };
    const { status, body: bytes } = await this.#send(parcel, options);
    const text = bytes.toString('utf8');
    if (status < 200 || status > 299) throw statusError(status, text, this.place);
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw new RemoraError('bad-answer', `${placeName(this.place)} did not answer in JSON`, {
        hint: 'Check that a Remora agent listens there',
        cause,
      });
    }
  }

  #send(parcel: Parcel, options: CallOptions): Promise<Exchanged> {
    const { method, path, body, contentType } = parcel;
    return new Promise((resolve, reject) => {
      const endpoint = this.#endpoint;
      const headers: Record<string, string> = { accept: 'application/json', ...endpoint.headers };
      if (contentType !== '') {
        headers['content-type'] = contentType;
        headers.accept = contentType;
        headers['content-length'] = String(Buffer.byteLength(body));
      }
      const request = endpoint.request({
        ...endpoint.base,
        agent: endpoint.agent,
        method,
        path: endpoint.prefix + path,
        headers,
        signal: options.signal,
      });
      const timer =
        options.timeoutMs === undefined
          ? undefined
          : setTimeout(
              () => request.destroy(timeoutError(this.place, options.timeoutMs ?? 0)),
              options.timeoutMs,
            );
      const fail = (error: NodeJS.ErrnoException) => {
        clearTimeout(timer);
        if (error instanceof RemoraError) return reject(error);
        if (options.signal?.aborted) {
          return reject(new RemoraError('aborted', 'the call was given up', { cause: error }));
        }
        if (parcel.repeatable && request.reusedSocket && error.code === 'ECONNRESET') {
          return resolve(this.#send({ ...parcel, repeatable: false }, options));
        }
        reject(connectionError(error, this.place));
      };
      request.on('error', fail);
      request.on('response', (response) => {
        readAll(response).then((bytes) => {
          clearTimeout(timer);
          const { statusCode = 0, headers: given } = response;
          resolve({ status: statusCode, contentType: given['content-type'] ?? '', body: bytes });
        }, fail);
      });
      request.end(contentType === '' ? undefined : body);
    });
  }
}

/** Whatever ends a stream in its midst, the connection is what was lost. */
function asLost(error: unknown): NodeJS.ErrnoException {
  const cause = error instanceof Error ? error : new Error(String(error));
  return Object.assign(new Error(cause.message, { cause }), { code: 'ECONNRESET' });
}

async function readAll(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > ANSWER_LIMIT_BYTES) {
      response.destroy();
      throw new RemoraError('answer-too-large', `the answer has more than ${ANSWER_LIMIT_BYTES} bytes`, {
        hint: 'Ask for less at once (-n, -x)',
      });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function timeoutError(place: Place, timeoutMs: number): RemoraError {
  return new RemoraError('timed-out', `${placeName(place)} did not answer within ${timeoutMs} ms`, {
    hint: 'Give it more time, or see whether the process is blocked by the command `loop`',
  });
}
