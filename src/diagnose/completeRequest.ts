import { Value } from 'typebox/value';
import type { ApiRequest, ApiResponse } from '../http/index.js';
import { complete } from './complete.js';
import { COMPLETE_REQUEST } from './schemas.js';
import type { SessionStore } from './sessionStore.js';

/** POST /remora/complete. Bad input is a 400 that says what is expected; a process that cannot be asked gives none. */
export async function completeRequest(store: SessionStore, request: ApiRequest): Promise<ApiResponse> {
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
  const completion = await complete(store, { ...body, cursor: body.cursor ?? body.line.length });
  return { status: 200, body: JSON.stringify(completion) };
}

function badRequest(what: string): ApiResponse {
  const hint = 'Send {"line": "the line so far", "cursor": 5}';
  return { status: 400, body: JSON.stringify({ error: { code: 'bad-request', message: what, hint } }) };
}
