import { setTimeout as sleep } from 'node:timers/promises';
import { RemoraError } from '../base/index.js';
import { isRecord } from './errors.js';
import type { StreamedEvent } from './eventStream.js';
import type { Result } from './types.js';

/** Who reads: without a consumer one more reader of the session, who first gets what the session remembers. */
export interface ReaderIds {
  readonly sessionId: string;
  readonly consumerId?: string;
}

/** Opens the stream; `after` is the id of the last event that came. */
export type OpenStream = (
  path: string,
  options: { readonly after: string; readonly signal: AbortSignal },
) => AsyncIterable<StreamedEvent>;

const TRIES = 5;
const FIRST_WAIT_MS = 50;
const LOST = new Set(['connection-lost', 'connection-failed', 'busy']);

/**
 * The results of a session as the agent pushes them. A connection that breaks is opened again where it was; what the
 * agent does not keep so long comes as a `dropped` result. Returns when the session has ended, or the signal is aborted.
 *
 * @throws RemoraError `session-ended` (there is no such session), `consumer-expired`, `stream-replaced`, those of the
 * connection
 */
export async function* followResults(
  open: OpenStream,
  ids: ReaderIds,
  signal: AbortSignal,
): AsyncGenerator<Result, void, void> {
  let after = '';
  let { consumerId } = ids;
  for (let failures = 0; !signal.aborted; ) {
    try {
      for await (const { event, data, id } of open(pathOf(ids.sessionId, consumerId), { after, signal })) {
        failures = 0;
        after = id;
        if (event === 'open') consumerId = textOf(data, 'consumerId') ?? consumerId;
        else if (event === 'end') return ended(data);
        else if (event === 'message') yield JSON.parse(data) as Result;
      }
      throw new RemoraError('connection-lost', 'the stream of results ended in the middle');
    } catch (error) {
      if (signal.aborted) return;
      failures += 1;
      if (!(error instanceof RemoraError) || !LOST.has(error.code) || failures > TRIES) throw told(error);
      await sleep(FIRST_WAIT_MS * 2 ** failures, undefined, { signal }).catch(() => undefined);
    }
  }
}

function pathOf(sessionId: string, consumerId: string | undefined): string {
  const query = new URLSearchParams({ sessionId });
  if (consumerId !== undefined) query.set('consumerId', consumerId);
  return `/api/stream?${query}`;
}

function ended(data: string): void {
  const code = textOf(data, 'code');
  if (code === 'forgotten') throw new RemoraError('consumer-expired', 'the agent has dropped this reader');
  if (code === 'replaced') {
    throw new RemoraError('stream-replaced', 'another stream reads for this consumer now', {
      hint: 'One stream for one consumer: leave `consumerId` out to read beside it',
    });
  }
}

function textOf(data: string, name: string): string | undefined {
  const value: unknown = JSON.parse(data);
  const member = isRecord(value) ? value[name] : undefined;
  return typeof member === 'string' ? member : undefined;
}

function told(error: unknown): unknown {
  if (!(error instanceof RemoraError)) return error;
  if (error.code === 'session-not-found') {
    return new RemoraError('session-ended', 'the session has ended', { hint: 'Open a new one' });
  }
  if (error.code === 'consumer-not-found') return new RemoraError('consumer-expired', error.message);
  return error;
}
