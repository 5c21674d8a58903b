import { InvalidArgumentError } from 'commander';
import type { ListenAddress } from '../daemon.js';

const LOOPBACK = '127.0.0.1';

/** `HOST:PORT`, `[::1]:PORT` or a port alone, which means loopback. */
export function parseListen(text: string): ListenAddress {
  const [, bracketed, plain, portText = ''] = /^(?:(?:\[([^\]]+)\]|([^:[\]]+)):)?(\d{1,5})$/.exec(text) ?? [];
  const port = Number(portText);
  if (portText === '' || port > 65_535) {
    throw new InvalidArgumentError(
      'Give HOST:PORT, [IPv6]:PORT or a port for loopback, e.g. 127.0.0.1:8563.',
    );
  }
  return { host: bracketed ?? plain ?? LOOPBACK, port, required: true };
}
