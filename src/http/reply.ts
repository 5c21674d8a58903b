import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Log, RemoraError } from '../base/index.js';
import { internal, statusOf } from './errors.js';
import { challenges, type Refusal } from './gate.js';
import { lingerMs } from './limits.js';
import type { ApiResponse, Route } from './route.js';

const JSON_TYPE = 'application/json; charset=utf-8';
/** Up to here a copy costs less than a second write. */
const ONE_WRITE_BYTES = 4096;

/** Sends a whole answer. Headers that belong to one connection are left out over HTTP/2, which refuses them. */
export function sendResponse(response: ServerResponse, answer: ApiResponse): void {
  if (response.headersSent || response.destroyed) return;
  const { body, headers } = answer;
  // An array of names and values spares Node a walk over an object; this is the path of every call.
  const head: string[] = [
    'content-type',
    answer.contentType ?? JSON_TYPE,
    'content-length',
    String(typeof body === 'string' ? Buffer.byteLength(body) : body.length),
  ];
  if (headers) for (const name in headers) head.push(name, headers[name] ?? '');
  response.writeHead(answer.status, head as unknown as string[]);
  // Node sends a string together with the head, and a buffer by itself: Latin-1 keeps every byte in a string.
  if (typeof body !== 'string' && body.length <= ONE_WRITE_BYTES)
    response.end(body.toString('latin1'), 'latin1');
  else response.end(body);
}

/** Our own error shape: `{error: {code, message, hint}, requestId}`. */
export function errorBody(error: RemoraError, requestId: string): string {
  const { code, message, hint } = error;
  return JSON.stringify({ error: { code, message, hint }, requestId });
}

/** The error of any thrown thing as clients may see it; what is not ours to show is logged under the request's id. */
export function visibleError(thrown: unknown, requestId: string, path: string, log: Log): RemoraError {
  if (thrown instanceof RemoraError) return thrown;
  log.error({ err: thrown, requestId, path }, 'a request failed by a fault of ours');
  return internal();
}

export interface Failure {
  readonly status: number;
  /** Undefined: the answer has no Content-Type. */
  readonly contentType?: string;
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string | string[]>>;
}

/** The answer to an error, in the shape of the route's protocol where the route is known and has one. */
export function failureOf(error: RemoraError, requestId: string, route?: Route): Failure {
  const status = statusOf(error);
  const headers: Record<string, string> = { 'x-request-id': requestId };
  if (status === 503) headers['retry-after'] = '1';
  const allowed = error.details.allowed;
  if (status === 405 && Array.isArray(allowed)) headers.allow = allowed.join(', ');
  if (route?.failure) return inOwnShape(route.failure(error, status), headers);
  return { status, contentType: JSON_TYPE, body: errorBody(error, requestId), headers };
}

export function failureOfRefusal(refusal: Refusal, requestId: string, route?: Route): Failure {
  if (refusal.status === 403) return failureOf(refusal.error, requestId, route);
  const headers = { 'www-authenticate': challenges(), 'x-request-id': requestId };
  if (route?.failure) {
    return inOwnShape(route.failure(new RemoraError(refusal.code, refusal.text), refusal.status), headers);
  }
  return { status: 401, contentType: 'text/plain; charset=utf-8', body: refusal.text, headers };
}

function inOwnShape(answer: ApiResponse, headers: Failure['headers']): Failure {
  const { status, body, contentType = JSON_TYPE } = answer;
  return { status, contentType, body, headers: { ...headers, ...answer.headers } };
}

/**
 * Answers, also before the request was read. Where a body is still to come the connection cannot be used again; and closing it
 * at once would make the kernel send a reset, which takes the answer away from a client that is still writing. So the
 * whole answer goes out, the rest of the body is thrown away for a moment, and only then is the response ended.
 */
export function sendFailure(request: IncomingMessage, response: ServerResponse, failure: Failure): void {
  if (response.destroyed) return;
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const http1 = request.httpVersionMajor === 1;
  const headers: Record<string, string | string[] | number> = {
    'content-length': Buffer.byteLength(failure.body),
    ...failure.headers,
  };
  if (failure.contentType !== undefined) headers['content-type'] = failure.contentType;
  const pending = http1 && hasBody(request) && !request.complete;
  if (pending) headers.connection = 'close';
  response.writeHead(failure.status, headers);
  if (!pending || request.method === 'HEAD') {
    response.end(failure.body);
    return;
  }
  response.write(failure.body);
  const timer = setTimeout(finish, lingerMs.value);
  function finish(): void {
    clearTimeout(timer);
    response.end();
  }
  request.on('error', finish);
  request.once('close', finish);
  request.once('end', finish);
  request.resume();
}

/** Does the request announce a body? */
export function hasBody(request: IncomingMessage): boolean {
  const length = request.headers['content-length'];
  return request.headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
}
