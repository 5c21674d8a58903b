/** Wires a server together: tables, fleet, cluster views, and the routes that serve them (DESIGN 1, 2). */
import { type AuditLine, counters, errorText } from './base/index.js';
import type { Rooms, Services } from './daemon.js';
import { metaAlias, metaRoutes, tableRoutes } from './meta/index.js';
import { type EmbeddedStore, jsonCodec, openLmdbStore } from './store/index.js';

export interface ServerOptions {
  /** Where the embedded store keeps its files (0700). */
  readonly dataFolder: string;
}

/** The port of a Pegasus meta server: where clients of `/meta/*` look for us. */
const META_PORT = 34_601;
/** Of a server that nobody reaches by TCP. */
const NO_ADDRESS = '127.0.0.1:0';
const AUDIT = {
  name: 'audit',
  kind: 'log',
  partitions: 4,
  retention: { maxAgeSeconds: 90 * 86_400, maxRecords: 1_000_000, maxBytes: 512 * 1024 * 1024 },
} as const;

/** The rooms of a server. */
export async function createServer(options: ServerOptions, services: Services): Promise<Rooms> {
  const { log } = services;
  const store = await openLmdbStore({ folder: options.dataFolder, log });
  try {
    await auditIntoTable(store, services);
  } catch (error) {
    await store.close();
    throw error;
  }
  return {
    routes: [...metaRoutes(store), ...tableRoutes(store, services.audit)],
    aliases: [metaAlias()],
    started() {
      store
        .announce(ownAddress(services))
        .catch((error: unknown) =>
          log.error(`the tables could not be told our address: ${errorText(error)}`),
        );
    },
    async close() {
      services.audit.setSink(undefined);
      await store.close();
    },
  };
}

function ownAddress(services: Services): string {
  const hosts = services.addresses().map((url) => new URL(url).host);
  return hosts.find((host) => host.endsWith(`:${META_PORT}`)) ?? hosts[0] ?? NO_ADDRESS;
}

/** The audit file goes on: it has a record when the call returns. The table is what everybody can ask. */
async function auditIntoTable(store: EmbeddedStore, { audit, log }: Services): Promise<void> {
  const table = await store.log<AuditLine>(AUDIT, jsonCodec());
  const failures = counters.counter(
    'audit.table_failures',
    'audit records that the audit table did not take',
  );
  let failing = false;
  audit.setSink((line) => {
    table.append(line.action, line).then(
      () => {
        failing = false;
      },
      (error: unknown) => {
        failures.add();
        if (!failing)
          log.error({ reason: errorText(error) }, 'audit records do not reach their table, only the file');
        failing = true;
      },
    );
  });
}
