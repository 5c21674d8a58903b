import type { IncomingMessage } from 'node:http';
import { bodyTooLarge, bodyTooSlow, clientGone } from './errors.js';
import { bodyMs } from './limits.js';
import { hasBody } from './reply.js';

const EMPTY = Buffer.alloc(0);

/** Throws `body-too-large` where the announced length is already over the limit. */
export function checkLength(request: IncomingMessage, limit: number): void {
  const length = request.headers['content-length'];
  if (length !== undefined && Number(length) > limit) throw bodyTooLarge(limit);
}

/**
 * The whole body, by callback since promises cost a tenth of a small request. Fastify's own limit does not hold for
 * bodies that it does not parse, hence the count here. `done` is called exactly once.
 */
export function readBody(
  request: IncomingMessage,
  limit: number,
  done: (error: Error | undefined, body: Buffer) => void,
): void {
  if (!hasBody(request)) {
    if (request.httpVersionMajor === 1) {
      done(undefined, EMPTY);
      return;
    }
  }
  let parts: Buffer[] = [];
  let size = 0;
  const timer = setTimeout(() => settle(bodyTooSlow(bodyMs.value)), bodyMs.value);
  function settle(error: Error | undefined): void {
    clearTimeout(timer);
    request.off('data', onData);
    request.off('end', onEnd);
    request.off('close', onClose);
    const all = parts;
    parts = [];
    if (error) {
      request.pause();
      done(error, EMPTY);
    } else {
      done(undefined, all.length === 1 && all[0] ? all[0] : Buffer.concat(all, size));
    }
  }
  function onData(chunk: Buffer): void {
    size += chunk.length;
    if (size > limit) settle(bodyTooLarge(limit));
    else parts.push(chunk);
  }
  const onEnd = (): void => settle(undefined);
  const onClose = (): void => settle(clientGone());
  // Stays for the life of the request: an error without a listener would end the process.
  request.on('error', ignore);
  request.on('data', onData);
  request.on('end', onEnd);
  request.on('close', onClose);
}

function ignore(): void {}
