import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** What ends with a connection's reading side; one listener a socket, however many requests are in it. */
const watched = new WeakMap<Socket, Set<() => void>>();

function onEnd(socket: Socket, run: () => void): () => void {
  let all = watched.get(socket);
  if (!all) {
    const made = new Set<() => void>();
    all = made;
    watched.set(socket, made);
    socket.once('end', () => {
      for (const one of made) one();
    });
  }
  const waiting = all.add(run);
  return () => waiting.delete(run);
}

/**
 * Aborted when the client goes before its answer is complete. Its half-close counts (shared/wire/mesos-agent.md 1.4), and
 * then the connection is ended both ways: Node itself would wait until everything was read that the client leaves unread.
 */
export function disconnectSignal(request: IncomingMessage, response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  const { socket } = request;
  const forget =
    request.httpVersionMajor === 1
      ? onEnd(socket, () => {
          controller.abort();
          socket.destroy();
        })
      : () => {};
  response.once('close', () => {
    forget();
    if (!response.writableFinished) controller.abort();
  });
  return controller.signal;
}
