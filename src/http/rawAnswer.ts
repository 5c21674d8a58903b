import { STATUS_CODES } from 'node:http';
import type { Failure } from './reply.js';

/** An answer as bytes, for a connection that has no response object; the connection is to be ended after it. */
export function rawAnswer(failure: Failure): string {
  const lines = [`HTTP/1.1 ${failure.status} ${STATUS_CODES[failure.status] ?? 'Error'}`];
  lines.push(
    `content-type: ${failure.contentType ?? 'text/plain'}`,
    `content-length: ${Buffer.byteLength(failure.body)}`,
  );
  for (const [name, value] of Object.entries(failure.headers ?? {})) {
    for (const one of Array.isArray(value) ? value : [value]) lines.push(`${name}: ${one}`);
  }
  return `${lines.join('\r\n')}\r\nconnection: close\r\n\r\n${failure.body}`;
}
