import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Socket } from 'node:net';
import { encodeFrame, FrameDecoder } from '../channel/frames.js';
import { targetErrors } from '../errors.js';

const HELLO_LIMIT_BYTES = 4096;
const HELLO_MS = 5000;

/** HMAC-SHA256 of `SIDE:NONCE` under the shared secret, hex. */
function proof(secret: string, side: 'probe' | 'agent', nonce: string): string {
  return createHmac('sha256', secret).update(`${side}:${nonce}`).digest('hex');
}

/**
 * The agent's side of the greeting: sends nothing before the other side has proved that it knows the secret
 * (DESIGN 3.3). Rejects when it does not, or says anything else.
 */
export function exchangeProofs(socket: Socket, secret: string, pid: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const decoder = new FrameDecoder(HELLO_LIMIT_BYTES);
    const finish = (error?: Error): void => {
      clearTimeout(timer);
      socket.off('data', onData);
      socket.off('close', onClose);
      socket.pause();
      if (error) {
        socket.destroy();
        reject(error);
      } else resolve();
    };
    const onClose = (): void => finish(targetErrors.workerSilent(pid, 'it closed the socket'));
    const onData = (chunk: Buffer): void => {
      try {
        const hello = decoder.push(chunk)[0];
        if (!hello) return;
        const wanted = Buffer.from(proof(secret, 'probe', ''));
        const given = Buffer.from(String(hello.probe));
        if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) {
          finish(targetErrors.workerSilent(pid, 'what listens there does not know the secret'));
          return;
        }
        socket.write(encodeFrame({ agent: proof(secret, 'agent', String(hello.nonce)) }));
        finish();
      } catch (error) {
        finish(targetErrors.badFrame(pid, (error as Error).message));
      }
    };
    const timer = setTimeout(() => finish(targetErrors.workerSilent(pid, 'no greeting in time')), HELLO_MS);
    socket.on('error', () => socket.destroy());
    socket.on('data', onData);
    socket.once('close', onClose);
    socket.resume();
  });
}
