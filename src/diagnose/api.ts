import { errorText } from '../base/index.js';
import type { ApiRequest, ApiResponse, PathAlias, Route } from '../http/index.js';
import { ARTHAS_CONTENT_TYPE, type ArthasResponse, serializeArthasResponse } from '../wire/index.js';
import { answerRequest } from './actions.js';
import { complete } from './complete.js';
import type { SessionStore } from './sessionStore.js';
import { streamRoutes } from './stream/api.js';
import { terminalAlias, terminalRoutes } from './terminal/api.js';

/** The reference's own bound (wire/arthas.md 2.1). */
const API_BODY_BYTES = 10 * 1024 * 1024;
const COMPLETE_BODY_BYTES = 256 * 1024;

/** Further spellings of the paths of `diagnoseRoutes`. */
export const diagnoseAliases: readonly PathAlias[] = [terminalAlias];

/** The HTTP face of diagnosis: the Arthas HTTP API, streams of results, the terminal, and tab completion. */
export function diagnoseRoutes(store: SessionStore): Route[] {
  return [
    {
      method: 'ANY',
      path: '/api',
      summary: 'Diagnose a process: the Arthas HTTP API',
      tag: 'diagnose',
      role: 'viewer',
      schemas: async () => {
        const { API_REQUEST, API_RESPONSE } = await import('./schemas.js');
        return { request: API_REQUEST, response: API_RESPONSE };
      },
      bodyLimit: API_BODY_BYTES,
      handle: (request) => api(store, request),
    },
    {
      method: 'POST',
      path: '/remora/complete',
      summary: 'Complete a command line at the cursor',
      tag: 'diagnose',
      role: 'viewer',
      schemas: async () => {
        const { COMPLETE_REQUEST, COMPLETE_RESPONSE } = await import('./schemas.js');
        return { request: COMPLETE_REQUEST, response: COMPLETE_RESPONSE };
      },
      bodyLimit: COMPLETE_BODY_BYTES,
      handle: (request) => completeRequest(store, request),
    },
    ...streamRoutes(store),
    ...terminalRoutes(store),
  ];
}

async function api(store: SessionStore, request: ApiRequest): Promise<ApiResponse> {
  const response: ArthasResponse =
    request.method === 'POST'
      ? await answerRequest(store, request.body, {
          caller: request.caller,
          abort: request,
          // Nearly nobody has a query, and to parse one takes longer than to see that.
          userId: request.search === '' ? undefined : (request.query.get('userId') ?? undefined),
        })
      : { state: 'REFUSED', message: `Unsupported http method: ${request.method}` };
  try {
    return { status: 200, contentType: ARTHAS_CONTENT_TYPE, body: serializeArthasResponse(response) };
  } catch (error) {
    store.fault(error, `request ${request.requestId}: ${errorText(error)}`);
    return { status: 500, contentType: 'text/plain; charset=utf-8', body: 'Server error' };
  }
}

/** POST /remora/complete. Bad input is a 400 that says what is expected; a process that cannot be asked gives none. */
async function completeRequest(store: SessionStore, request: ApiRequest): Promise<ApiResponse> {
  const [{ Value }, { COMPLETE_REQUEST }] = await Promise.all([
    import('typebox/value'),
    import('./schemas.js'),
  ]);
  let body: unknown;
  try {
    body = JSON.parse(request.body.toString('utf8'));
  } catch {
    return badRequest('the body is not JSON');
  }
  if (!Value.Check(COMPLETE_REQUEST, body)) {
    const [first] = Value.Errors(COMPLETE_REQUEST, body);
    return badRequest(
      first ? `${first.instancePath || 'the body'} ${first.message}` : 'the body has the wrong shape',
    );
  }
  const completion = await complete(
    store,
    { ...body, cursor: body.cursor ?? body.line.length },
    request.caller,
  );
  return { status: 200, body: JSON.stringify(completion) };
}

function badRequest(what: string): ApiResponse {
  const hint = 'Send {"line": "the line so far", "cursor": 5}';
  return { status: 400, body: JSON.stringify({ error: { code: 'bad-request', message: what, hint } }) };
}
