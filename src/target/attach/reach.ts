import { namespacesOf } from '../find/index.js';
import type { InspectorAddress } from './inspectorClient.js';
import { openRelay } from './relay.js';

export interface Reached {
  readonly address: InspectorAddress;
  /** Ends the relay, if there is one. */
  release(): Promise<void>;
}

/**
 * The address to dial for an inspector: its own, or a relay into the target's network namespace. `onOwnPort` hears of
 * the ports from which the relay connects.
 */
export async function reach(
  pid: number,
  at: { host: string; port: number },
  onOwnPort: (port: number) => void = () => undefined,
): Promise<Reached> {
  const host = at.host === '0.0.0.0' ? '127.0.0.1' : at.host === '::' ? '::1' : at.host;
  const namespaces = namespacesOf(pid);
  if (namespaces.net === 'same') return { address: { host, port: at.port }, release: async () => undefined };
  const rootless = namespaces.user === 'other' && process.getuid?.() !== 0;
  const relay = await openRelay(pid, { host, port: at.port }, rootless, onOwnPort);
  return {
    address: { host, port: at.port, relayPath: relay.path },
    release: async () => relay.close(),
  };
}
