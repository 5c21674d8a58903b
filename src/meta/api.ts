import type { RemoraError } from '../base/index.js';
import type { ApiRequest, ApiResponse, PathAlias, Route } from '../http/index.js';
import type { Store } from '../store/index.js';
import {
  isBadPegasusTarget,
  type PegasusTarget,
  parsePegasusTarget,
  pegasusAlias,
  pegasusUnknownPath,
} from '../wire/index.js';
import { emptyAppName, unknownParameter } from './errors.js';
import { appEnvsView, appsView, appView, clusterView, nodesView } from './views.js';

interface Endpoint {
  readonly path: string;
  readonly summary: string;
  /** Parameters beside which none may stand; absent: any others are ignored. */
  readonly strict?: readonly string[];
  answer(store: Store, parameters: PegasusTarget['parameters']): Promise<string>;
}

const ENDPOINTS: readonly Endpoint[] = [
  {
    path: '/meta/app',
    summary: 'One table: `name`; with `detail` its partitions, nodes and health',
    strict: ['name', 'detail'],
    answer: (store, parameters) => appView(store, parameters.get('name') ?? '', parameters.has('detail')),
  },
  {
    path: '/meta/apps',
    summary: 'All tables; with `detail` their health',
    strict: ['detail'],
    answer: (store, parameters) => appsView(store, parameters.has('detail')),
  },
  {
    path: '/meta/cluster',
    summary: 'The cluster: servers, engine, how evenly replicas lie',
    answer: (store) => clusterView(store),
  },
  {
    path: '/meta/nodes',
    summary: 'All nodes; with `detail` how many replicas they hold',
    strict: ['detail'],
    answer: (store, parameters) => nodesView(store, parameters.has('detail')),
  },
  {
    path: '/meta/app_envs',
    summary: 'The envs of a table: `name`',
    answer: async (store, parameters) => {
      const name = parameters.get('name') ?? '';
      if (name === '') throw emptyAppName();
      return appEnvsView(store, name);
    },
  },
];

/** Where everything below /meta ends up that is none of the above. */
const UNKNOWN = '/meta/';
const METHODS = ['GET', 'POST'] as const;

/** `/meta/*` (wire/pegasus-http.md 3.3 to 3.7), first generation. GET and POST are the same. */
export function metaRoutes(store: Store): Route[] {
  const known = ENDPOINTS.map((endpoint) => ({
    path: endpoint.path,
    summary: endpoint.summary,
    handle: async (request: ApiRequest): Promise<ApiResponse> => {
      const { parameters } = parsePegasusTarget(request.path, request.search);
      checkStrict(endpoint, parameters);
      return { status: 200, contentType: 'application/json', body: await endpoint.answer(store, parameters) };
    },
  }));
  const unknown = {
    path: UNKNOWN,
    summary: 'Any other path below /meta: 404 in the words of the protocol',
    handle: async ({ path, search }: ApiRequest): Promise<ApiResponse> =>
      text(404, pegasusUnknownPath(parsePegasusTarget(path, search).path)),
  };
  return [...known, unknown].flatMap((endpoint) =>
    METHODS.map((method) => ({ ...endpoint, method, tag: 'cluster', role: 'viewer' as const, failure })),
  );
}

/** `//meta///apps/` and `/meta%2Fapps` are `/meta/apps`. */
export function metaAlias(): PathAlias {
  return pegasusAlias(new Set(ENDPOINTS.map(({ path }) => path)), { folder: 'meta', unknown: UNKNOWN });
}

function checkStrict({ strict }: Endpoint, parameters: PegasusTarget['parameters']): void {
  if (!strict) return;
  for (const name of parameters.keys()) if (!strict.includes(name)) throw unknownParameter();
}

const STATUS: Readonly<Record<string, number>> = {
  'meta-app-not-found': 404,
  'meta-bad-request': 400,
  'meta-app-busy': 500,
};

/** Errors are plain text. Those of the protocol are its own words; what only we know says what to do about it. */
function failure(error: RemoraError, status: number): ApiResponse {
  const own = STATUS[error.code];
  if (isBadPegasusTarget(error) || error.code.startsWith('meta-')) return text(own ?? 400, error.message);
  return text(own ?? status, error.text);
}

function text(status: number, body: string): ApiResponse {
  return { status, contentType: 'text/plain', headers: { 'x-content-type-options': 'nosniff' }, body };
}
