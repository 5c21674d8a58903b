import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Caller, uuid } from '../base/index.js';
import type { ApiRequest } from './route.js';

const ids = new WeakMap<IncomingMessage, string>();

/** The id of a request, made when it is first asked for: most calls never need it. */
export function requestIdOf(request: IncomingMessage): string {
  let id = ids.get(request);
  if (id === undefined) {
    id = uuid();
    ids.set(request, id);
  }
  return id;
}

/** What a `handle` route gets. The members that cost something are made when they are first read. */
export class HandledRequest implements ApiRequest {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  #query: URLSearchParams | undefined;
  #abort: AbortController | undefined;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    readonly path: string,
    readonly search: string,
    readonly params: Readonly<Record<string, string>>,
    readonly body: Buffer,
    readonly caller: Caller,
  ) {
    this.#request = request;
    this.#response = response;
  }

  get method(): string {
    return this.#request.method ?? 'GET';
  }

  get headers(): IncomingMessage['headers'] {
    return this.#request.headers;
  }

  get query(): URLSearchParams {
    this.#query ??= new URLSearchParams(this.search);
    return this.#query;
  }

  get requestId(): string {
    return requestIdOf(this.#request);
  }

  get signal(): AbortSignal {
    if (this.#abort) return this.#abort.signal;
    const abort = new AbortController();
    this.#abort = abort;
    const response = this.#response;
    const gone = (): void => {
      if (!response.writableEnded) abort.abort();
    };
    if (response.destroyed || response.closed) gone();
    else response.once('close', gone);
    return abort.signal;
  }
}
