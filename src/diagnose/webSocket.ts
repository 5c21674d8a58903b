import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';

const servers = new Map<number, WebSocketServer>();

/** Takes an upgraded connection; a request that is no proper handshake is answered by the library. */
export function acceptWebSocket(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  frameBytes: number,
  accepted: (client: WebSocket) => void,
): void {
  let server = servers.get(frameBytes);
  if (!server) {
    server = new WebSocketServer({
      noServer: true,
      maxPayload: frameBytes,
      // It would cost memory for each connection, and most go over loopback.
      perMessageDeflate: false,
      clientTracking: false,
    });
    servers.set(frameBytes, server);
  }
  server.handleUpgrade(request, socket, head, (client) => {
    // What a client sends wrong closes its connection; there is nobody else to tell.
    client.on('error', () => undefined);
    accepted(client);
  });
}
