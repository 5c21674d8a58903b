import http from 'node:http';
import https from 'node:https';
import { RemoraError } from '../base/index.js';
import { connectionError, type Place, placeName, statusError } from './errors.js';

/** An agent on this machine by its Unix socket, or anywhere by its address. */
export type ClientAddress =
  | { readonly socketPath: string }
  | {
      /** `http://127.0.0.1:8563`, also with a path before the endpoints: `https://server/proxy/agent-1`. */
      readonly url: string;
      readonly token?: string;
      /** PEM text of the authority that signed the agent's certificate, when it is not a public one. */
      readonly ca?: string;
    };

export interface CallOptions {
  /** Milliseconds until the call is given up; without it a call waits as long as the agent does. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** A call with a body of its own kind; `accept` and the answer's kind are the same. */
export interface Parcel {
  readonly method: string;
  readonly path: string;
  readonly contentType: string;
  readonly body: Buffer;
  /** It may be sent again when a kept-alive connection died under it. */
  readonly repeatable: boolean;
}

/** An answer above this is refused, so that a broken peer cannot fill our memory. */
const ANSWER_LIMIT_BYTES = 256 * 1024 * 1024;

/** An answer as it came. */
export interface Sent {
  readonly contentType: string;
  readonly status: number;
  readonly body: Buffer;
}

/** JSON over HTTP on kept-alive connections. */
export class Transport {
  readonly place: Place;
  readonly #agent: http.Agent;
  readonly #request: typeof http.request;
  readonly #base: https.RequestOptions;
  readonly #prefix: string;
  readonly #headers: Record<string, string>;

  constructor(address: ClientAddress) {
    this.place = address;
    this.#headers = { accept: 'application/json' };
    if ('socketPath' in address) {
      this.#agent = new http.Agent({ keepAlive: true });
      this.#request = http.request;
      // The host is only a header here: the socket's file permission is the credential.
      this.#base = { socketPath: address.socketPath, host: 'localhost' };
      this.#prefix = '';
      return;
    }
    const url = parseUrl(address.url);
    const secure = url.protocol === 'https:';
    this.#agent = secure
      ? new https.Agent({ keepAlive: true, ca: address.ca })
      : new http.Agent({ keepAlive: true });
    this.#request = secure ? https.request : http.request;
    this.#base = { hostname: url.hostname.replace(/^\[|\]$/g, ''), port: url.port || (secure ? 443 : 80) };
    this.#prefix = url.pathname.replace(/\/+$/, '');
    if (address.token) this.#headers.authorization = `Bearer ${address.token}`;
  }

  /** Bytes there and back, whatever the status. */
  exchange(parcel: Parcel, options: CallOptions = {}): Promise<Sent> {
    const { method, path, body, repeatable, contentType } = parcel;
    return this.#send(method, path, body, repeatable, options, contentType);
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
    this.#agent.destroy();
  }

  async #json(
    method: string,
    path: string,
    body: string | undefined,
    repeatable: boolean,
    options: CallOptions,
  ): Promise<unknown> {
    const { status, body: answer } = await this.#send(method, path, body, repeatable, options);
    const text = answer.toString('utf8');
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
    body: string | Buffer | undefined,
    repeatable: boolean,
    options: CallOptions,
    contentType = 'application/json',
  ): Promise<Sent> {
    return new Promise((resolve, reject) => {
      const headers: Record<string, string> = { ...this.#headers };
      if (body !== undefined) {
        headers['content-type'] = contentType;
        headers.accept = contentType;
        headers['content-length'] = String(Buffer.byteLength(body));
      }
      const request = this.#request({
        ...this.#base,
        agent: this.#agent,
        method,
        path: this.#prefix + path,
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
          return resolve(this.#send(method, path, body, false, options, contentType));
        }
        reject(connectionError(error, this.place));
      };
      request.on('error', fail);
      request.on('response', (response) => {
        readBody(response).then((body) => {
          clearTimeout(timer);
          const type = response.headers['content-type'] ?? '';
          resolve({ status: response.statusCode ?? 0, contentType: type, body });
        }, fail);
      });
      request.end(body);
    });
  }
}

async function readBody(response: http.IncomingMessage): Promise<Buffer> {
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

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new RemoraError('bad-url', `'${text}' is not the address of an agent`, {
      hint: 'Write it as http://HOST:PORT or https://HOST:PORT',
    });
  }
  if (url.username || url.password) {
    throw new RemoraError('bad-url', 'the address of an agent must not hold a password', {
      hint: 'Pass `token` instead',
    });
  }
  return url;
}

function timeoutError(place: Place, timeoutMs: number): RemoraError {
  return new RemoraError('timed-out', `${placeName(place)} did not answer within ${timeoutMs} ms`, {
    hint: 'Give it more time, or see whether the process is blocked by the command `loop`',
  });
}
