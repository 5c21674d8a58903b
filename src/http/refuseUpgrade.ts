import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { RemoraError } from '../base/index.js';
import { requestIdOf } from './handledRequest.js';
import { rawAnswer } from './rawAnswer.js';
import { failureOf } from './reply.js';

/** Answers a request that asked for an upgrade with an error, in the common shape, and ends the connection. */
export function refuseUpgrade(request: IncomingMessage, socket: Duplex, error: RemoraError): void {
  socket.end(rawAnswer(failureOf(error, requestIdOf(request))));
}
