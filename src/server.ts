/** Wires a server together: tables, fleet, cluster views, and the routes that serve them (DESIGN 1, 2). */
import type { Rooms, Services } from './daemon.js';

export interface ServerOptions {
  /** Where the embedded store keeps its files (0700). */
  readonly dataFolder: string;
}

/** The rooms of a server. */
export async function createServer(_options: ServerOptions, _services: Services): Promise<Rooms> {
  return { routes: [], close: async () => undefined };
}
