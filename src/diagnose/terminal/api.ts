import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Caller, RemoraError } from '../../base/index.js';
import { type PathAlias, type Route, refuseUpgrade } from '../../http/index.js';
import { terminalNeedsUpgrade, tooManyTerminals } from '../errors.js';
import { terminalLimit } from '../limits.js';
import type { SessionStore } from '../sessionStore.js';
import { acceptWebSocket } from '../webSocket.js';
import { runTerminal } from './socketTerminal.js';

const PATH = '/ws';
/** The reference's bound of one frame. */
const FRAME_BYTES = 10 * 1024 * 1024;

/** The terminal WebSocket of a browser (wire/arthas.md 4.2). */
export function terminalRoutes(store: SessionStore): Route[] {
  let open = 0;
  return [
    {
      method: 'GET',
      path: PATH,
      summary:
        'A terminal in a browser: WebSocket, frames {"action":"read","data":"..."} in, terminal output out',
      tag: 'diagnose',
      role: 'viewer',
      handle: () => {
        throw terminalNeedsUpgrade();
      },
      upgrade(request, socket, head, caller) {
        if (open >= terminalLimit.value) {
          refuseUpgrade(request, socket, tooManyTerminals(terminalLimit.value));
          return;
        }
        open += 1;
        socket.once('close', () => {
          open -= 1;
        });
        begin(store, { request, socket, head }, caller);
      },
    },
  ];
}

/** Its path is compared without case, as in the reference. */
export const terminalAlias: PathAlias = (path) => (path.toLowerCase() === PATH ? PATH : undefined);

function begin(
  store: SessionStore,
  {
    request,
    socket,
    head,
  }: { readonly request: IncomingMessage; readonly socket: Duplex; readonly head: Buffer },
  caller: Caller,
): void {
  const url = request.url ?? '';
  const query = new URLSearchParams(url.includes('?') ? url.slice(url.indexOf('?') + 1) : '');
  const wish = {
    caller,
    process: query.get('process') || undefined,
    quiet: query.get('quiet') === 'true',
  };
  acceptWebSocket(request, socket, head, FRAME_BYTES, (client) => {
    runTerminal(store, client, wish).catch((error: unknown) => {
      if (!(error instanceof RemoraError)) store.fault(error, 'a terminal');
      client.terminate();
    });
  });
}
