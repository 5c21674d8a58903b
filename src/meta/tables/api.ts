import { type Audit, errorText, RemoraError } from '../../base/index.js';
import type { ApiRequest, ApiResponse, Route } from '../../http/index.js';
import type { Store } from '../../store/index.js';

/** Our own endpoints for tables: as data for programs, and the one way to set envs, for which the protocol has none. */
export function tableRoutes(store: Store, audit: Pick<Audit, 'write'>): Route[] {
  return [
    {
      method: 'GET',
      path: '/remora/tables',
      summary: 'All tables: id, kind, partitions, retention, envs',
      tag: 'cluster',
      role: 'viewer',
      handle: async () => json({ tables: await store.tables() }),
    },
    {
      method: 'POST',
      path: '/remora/tables/envs',
      summary: 'Replaces the envs of a table: {table, envs}',
      tag: 'cluster',
      role: 'admin',
      handle: (request) => setEnvs(store, audit, request),
    },
  ];
}

async function setEnvs(
  store: Store,
  audit: Pick<Audit, 'write'>,
  { body, caller }: ApiRequest,
): Promise<ApiResponse> {
  const { table, envs } = parse(body);
  const record = { caller, action: 'table.set-envs', detail: { table, envs } };
  try {
    await store.setEnvs(table, envs);
  } catch (error) {
    audit.write({ ...record, outcome: error instanceof RemoraError ? error.code : 'failed' });
    throw error;
  }
  audit.write({ ...record, outcome: 'ok' });
  return json({ table, envs });
}

function parse(body: Buffer): { readonly table: string; readonly envs: Record<string, string> } {
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw new RemoraError('bad-json', `The body is no JSON: ${errorText(error)}`);
  }
  const { table, envs } = (typeof value === 'object' && value !== null ? value : {}) as Record<
    string,
    unknown
  >;
  if (typeof table !== 'string' || typeof envs !== 'object' || envs === null || Array.isArray(envs)) {
    throw new RemoraError('bad-request', 'The body is not {"table": NAME, "envs": {KEY: VALUE, ...}}', {
      hint: 'GET /remora/tables lists the tables with their envs',
    });
  }
  for (const [key, each] of Object.entries(envs)) {
    if (typeof each !== 'string')
      throw new RemoraError('bad-request', `The value of the env '${key.slice(0, 80)}' is no text`);
  }
  return { table, envs: envs as Record<string, string> };
}

function json(value: object): ApiResponse {
  return { status: 200, body: JSON.stringify(value) };
}
