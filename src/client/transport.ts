import type { IncomingMessage } from 'node:http';
import { RemoraError } from '../base/index.js';
import { type ClientAddress, type Endpoint, endpointOf } from './endpoint.js';
import { connectionError, type Place, placeName, statusError } from './errors.js';

export interface CallOptions {
  /** Milliseconds until the call is given up; without it a call waits as long as the agent does. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** An answer above this is refused, so that a broken peer cannot fill our memory. */
const ANSWER_LIMIT_BYTES = 256 * 1024 * 1024;

interface Sent {
  readonly status: number;
  readonly text: string;
}

/** JSON over HTTP on kept-alive connections. */
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
    const { status, text } = await this.#send(method, path, body, repeatable, options);
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

  #send(
    method: string,
    path: string,
    body: string | undefined,
    repeatable: boolean,
    options: CallOptions,
  ): Promise<Sent> {
    return new Promise((resolve, reject) => {
      const endpoint = this.#endpoint;
      const headers: Record<string, string> = { accept: 'application/json', ...endpoint.headers };
      if (body !== undefined) {
        headers['content-type'] = 'application/json';
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
        if (repeatable && request.reusedSocket && error.code === 'ECONNRESET') {
          return resolve(this.#send(method, path, body, false, options));
        }
        reject(connectionError(error, this.place));
      };
      request.on('error', fail);
      request.on('response', (response) => {
        readText(response).then((text) => {
          clearTimeout(timer);
          resolve({ status: response.statusCode ?? 0, text });
        }, fail);
      });
      request.end(body);
    });
  }
}

async function readText(response: IncomingMessage): Promise<string> {
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
  return Buffer.concat(chunks).toString('utf8');
}

function timeoutError(place: Place, timeoutMs: number): RemoraError {
  return new RemoraError('timed-out', `${placeName(place)} did not answer within ${timeoutMs} ms`, {
    hint: 'Give it more time, or see whether the process is blocked by the command `loop`',
  });
}
