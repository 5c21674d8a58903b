/** Wires a server together: tables, fleet, cluster views, and the routes that serve them (DESIGN 1, 2). */
import type { Rooms, Services } from './daemon.js';
import { Fleet, fleetAlias, fleetRoutes } from './fleet/index.js';
import { openLmdbStore } from './store/index.js';

export interface ServerOptions {
  /** Where the embedded store keeps its files (0700). */
  readonly dataFolder: string;
}

/** Known by no address until it listens. */
const NO_ADDRESS = '127.0.0.1:0';

/** The rooms of a server. */
export async function createServer(options: ServerOptions, services: Services): Promise<Rooms> {
  const { log, audit } = services;
  const store = await openLmdbStore({ folder: options.dataFolder, address: NO_ADDRESS, log });
  try {
    const fleet = await Fleet.open({
      store,
      onFault: (error, where) => log.error({ err: error }, `a fault in ${where}`),
    });
    return {
      routes: fleetRoutes(fleet, { audit, log }),
      aliases: [fleetAlias()],
      async close() {
        await fleet.close();
        await store.close();
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}
