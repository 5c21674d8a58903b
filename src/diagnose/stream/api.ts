import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { RemoraError } from '../../base/index.js';
import { type Route, refuseUpgrade } from '../../http/index.js';
import type { Consumer } from '../consumer.js';
import { noConsumer, noSession, notEventStream, streamNeedsSession, tooManyStreams } from '../errors.js';
import { streamLimit } from '../limits.js';
import type { Session } from '../session.js';
import type { SessionStore } from '../sessionStore.js';
import { acceptWebSocket } from '../webSocket.js';
import { pumpStream, resumeOf, type StreamSink, takeSeat } from './pumpStream.js';
import { SseSink } from './sseSink.js';
import { WebSocketSink } from './webSocketSink.js';

/** A reader has nothing to say but that it closes, or a pong. */
const FRAME_BYTES = 4096;

/** Results pushed instead of pulled: Server-Sent Events, and the same over a WebSocket. */
export function streamRoutes(store: SessionStore): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/stream',
      summary: 'Results of a session as they come: Server-Sent Events, or a WebSocket',
      tag: 'diagnose',
      role: 'viewer',
      raw: (request, response) => serveEvents(store, request, response),
      upgrade: (request, socket, head) => serveSocket(store, request, socket, head),
    },
  ];
}

async function serveEvents(
  store: SessionStore,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  request.resume();
  const { accept = '*/*' } = request.headers;
  if (!/text\/(?:event-stream|\*)|\*\/\*/i.test(accept)) throw notEventStream();
  const seat = seatOf();
  try {
    const reader = readerOf(store, request);
    if (request.method === 'HEAD') {
      reader.leave();
      response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' }).end();
      return;
    }
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    // Each event is small and is wanted now.
    request.socket.setNoDelay(true);
    const sink = new SseSink(response, gone.signal);
    sink.begin({ sessionId: reader.session.sessionId, consumerId: reader.consumer.id });
    await follow(reader, sink, gone.signal);
    response.end();
  } finally {
    seat();
  }
}

function serveSocket(store: SessionStore, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  let seat: () => void;
  let reader: Reader;
  try {
    seat = seatOf();
    socket.once('close', seat);
    reader = readerOf(store, request);
  } catch (error) {
    if (!(error instanceof RemoraError)) throw error;
    refuseUpgrade(request, socket, error);
    return;
  }
  acceptWebSocket(request, socket, head, FRAME_BYTES, (client) => {
    const gone = new AbortController();
    client.once('close', () => gone.abort());
    const sink = new WebSocketSink(client);
    sink.begin({ sessionId: reader.session.sessionId, consumerId: reader.consumer.id });
    void follow(reader, sink, gone.signal).catch((error: unknown) => {
      store.fault(error, 'a stream of results');
      client.terminate();
    });
  });
}

async function follow(reader: Reader, sink: StreamSink, signal: AbortSignal): Promise<void> {
  await pumpStream(reader.session, reader.consumer, reader.after, sink, signal);
}

function seatOf(): () => void {
  const seat = takeSeat();
  if (!seat) throw tooManyStreams(streamLimit.value);
  return seat;
}

interface Reader {
  readonly session: Session;
  readonly consumer: Consumer;
  /** The number of the last result that the reader has. */
  readonly after: number | undefined;
  leave(): void;
}

/** Whom the query and `Last-Event-ID` name. Without a consumer the reader joins the session as one more. */
function readerOf(store: SessionStore, request: IncomingMessage): Reader {
  const url = request.url ?? '';
  const query = new URLSearchParams(url.includes('?') ? url.slice(url.indexOf('?') + 1) : '');
  const sessionId = query.get('sessionId');
  if (!sessionId) throw streamNeedsSession();
  const session = store.session(sessionId);
  if (!session) throw noSession(sessionId);
  session.touch(query.get('userId') ?? undefined);
  const last = request.headers['last-event-id'] ?? query.get('lastEventId') ?? undefined;
  const resume = resumeOf(typeof last === 'string' ? last : undefined);
  const named = query.get('consumerId');
  // An EventSource comes again with the address that it had, where the id knows better.
  const again = resume && (named === null || named === '' || named === resume.consumerId);
  const id = again ? resume.consumerId : named;
  const known = id ? session.consumer(id) : undefined;
  if (!known && named) throw noConsumer(named);
  const consumer = known ?? session.joinConsumer();
  return {
    session,
    consumer,
    after: known && again ? resume.number : undefined,
    leave: () => {
      if (!known) session.dropConsumer(consumer.id);
    },
  };
}
