import { indexPage } from './indexPage.js';
import type { BoundAddress } from './listen.js';
import { openApi } from './openapi.js';
import type { ApiResponse, Route } from './route.js';

export interface BuiltinOptions {
  /** The rooms' routes. */
  readonly routes: readonly Route[];
  /** Filled while the listeners open. */
  readonly addresses: readonly BoundAddress[];
  readonly version: string;
  readonly state: { readonly draining: boolean };
}

const PAGE_HEADERS = {
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  vary: 'accept',
};

const LIST_HEADERS = { vary: 'accept', 'cache-control': 'no-store' };

/** As Pegasus answers its help call: a path and what it is for, sorted by path, one newline at the end. */
function list(routes: readonly Route[]): string {
  const paths = new Map<string, string>();
  for (const { path, summary } of routes) if (!paths.has(path)) paths.set(path, summary);
  const sorted = [...paths].sort(([a], [b]) => (a < b ? -1 : 1));
  return `${JSON.stringify(Object.fromEntries(sorted))}\n`;
}

const HEALTH = {
  type: 'object',
  properties: {
    status: { type: 'string', enum: ['ok', 'draining'] },
    version: { type: 'string' },
    uptimeSeconds: { type: 'integer' },
  },
  required: ['status', 'version', 'uptimeSeconds'],
};

/** `/`, `/openapi.json` and `/healthz`, each unless a room has a route there. */
export function builtinRoutes(options: BuiltinOptions): Route[] {
  const { version, addresses, state } = options;
  const started = performance.now();
  const health = (): ApiResponse => ({
    status: state.draining ? 503 : 200,
    headers: { 'cache-control': 'no-store' },
    body: JSON.stringify({
      status: state.draining ? 'draining' : 'ok',
      version,
      uptimeSeconds: Math.floor((performance.now() - started) / 1000),
    }),
  });
  const routes: Route[] = [
    {
      method: 'GET',
      path: '/',
      summary: 'This list: a page for browsers, path and summary in JSON for others',
      tag: 'system',
      role: 'none',
      handle: ({ headers }) =>
        headers.accept?.includes('text/html')
          ? {
              status: 200,
              contentType: 'text/html; charset=utf-8',
              headers: PAGE_HEADERS,
              body: indexPage(all, addresses, version),
            }
          : { status: 200, contentType: 'application/json', headers: LIST_HEADERS, body: list(all) },
    },
    {
      method: 'GET',
      path: '/openapi.json',
      summary: 'This list as an OpenAPI 3.1 document',
      tag: 'system',
      role: 'none',
      handle: async () => ({ status: 200, body: JSON.stringify(await openApi(all, version)) }),
    },
    {
      method: 'GET',
      path: '/healthz',
      summary: 'Is this process up (200) or shutting down (503)?',
      tag: 'system',
      role: 'none',
      schemas: async () => ({ response: HEALTH }),
      handle: health,
    },
  ];
  const added = routes.filter(({ path }) => !options.routes.some((route) => route.path === path));
  const all = [...options.routes, ...added];
  return added;
}
