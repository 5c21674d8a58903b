/** The ConfigServer protocol over HTTP: `/User/*` for people and their tools, `/Agent/*` for agents. */
import type { Audit, Caller, Limit, Log } from '../base/index.js';
import type { ApiRequest, ApiResponse, PathAlias, Route } from '../http/index.js';
import { a1Shape } from './a1Shape.js';
import { badParameter, bodyTooLarge, missing } from './errors.js';
import type { Fleet } from './fleet.js';
import { alarmsAnswered, callBytes, configBytes, heldBytes } from './limits.js';
import type { Shape, ShapeCall, WireAnswer } from './shape.js';

export interface FleetServices {
  readonly audit: Audit;
  readonly log: Log;
}

/** The shapes that are spoken, the one that takes all last. */
const SHAPES: readonly Shape[] = [a1Shape];

const PROTOBUF = 'application/x-protobuf';
const TAG = 'fleet';
const NOT_FOUND: ApiResponse = { status: 404, contentType: 'text/plain', body: '404 page not found' };

/** `/User/` and `/Agent/` themselves: whatever is asked below them and is no call is answered there. */
const FOLDERS = ['/User/', '/Agent/'];

/** One path with one method, and the shapes that have a call there. */
interface Endpoint {
  readonly method: ShapeCall['method'];
  readonly path: string;
  readonly summary: string;
  readonly choices: { readonly shape: Shape; readonly call: ShapeCall }[];
}

/** The calls of the protocol. */
export function fleetRoutes(fleet: Fleet, services: FleetServices): Route[] {
  const endpoints = new Map<string, Endpoint>();
  for (const shape of SHAPES) {
    for (const call of shape.calls) {
      const { method, path, summary } = call;
      const key = `${method} ${path}`;
      const endpoint = endpoints.get(key) ?? { method, path, summary, choices: [] };
      endpoint.choices.push({ shape, call });
      endpoints.set(key, endpoint);
    }
  }
  const calls = [...endpoints.values()].map((endpoint) => route(endpoint, fleet, services));
  return [...calls, ...folderRoutes(), alarmsRoute(fleet), versionsRoute(fleet)];
}

/**
 * Calls are served with and without the slash that the protocol's document prints at their end; whatever else is below the
 * two folders is theirs to answer.
 */
export function fleetAlias(): PathAlias {
  const paths = new Set(SHAPES.flatMap(({ calls }) => calls.map(({ path }) => path)));
  return (path) => {
    const folder = FOLDERS.find((each) => path.startsWith(each));
    if (folder === undefined) return undefined;
    const plain = path.endsWith('/') ? path.slice(0, -1) : path;
    return paths.has(plain) ? plain : folder;
  };
}

function route(endpoint: Endpoint, fleet: Fleet, services: FleetServices): Route {
  const { method, path, summary, choices } = endpoint;
  const limit = bodyLimit(endpoint);
  return {
    method,
    path,
    summary,
    tag: TAG,
    role: choices.every(({ call }) => call.kind === 'read') ? 'viewer' : 'operator',
    bodyLimit: limit.value,
    handle(request) {
      // A GET route is asked for HEAD too, which the protocol does not have.
      if (request.method !== method) return NOT_FOUND;
      const { call } = choices.find(({ shape }) => shape.takes(request)) ?? unreachable(request);
      const answer = call.answer(fleet, request.body, (error) => {
        services.log.error({ err: error, requestId: request.requestId, path }, `${call.name} failed`);
        return request.requestId;
      });
      if (!(answer instanceof Promise)) return finish(answer);
      return answer.then((value) => {
        if (call.kind === 'change') audit(services.audit, request.caller, call, value);
        return finish(value);
      });
    },
    failure(error, status) {
      if (error.code === 'method-not-allowed') return NOT_FOUND;
      const found = error.code === 'body-too-large' ? bodyTooLarge(limit) : error;
      return finish((choices.at(-1)?.shape ?? a1Shape).failure(found, status));
    },
  };
}

/** A shape that takes all is the last of the list. */
function unreachable({ path }: ApiRequest): never {
  throw new Error(`no shape takes a request of ${path}`);
}

function finish({ status, body }: WireAnswer): ApiResponse {
  return { status, contentType: PROTOBUF, body };
}

function bodyLimit({ choices, path }: Endpoint): Limit {
  if (path === '/Agent/GetConfigList') return heldBytes;
  return choices.some(({ call }) => /^(Create|Update)Config$/.test(call.name)) ? configBytes : callBytes;
}

function audit(to: Audit, caller: Caller, call: ShapeCall, { code, message, subject }: WireAnswer): void {
  to.write({
    caller,
    action: `fleet.${call.name}`,
    outcome: code === 'Accept' ? 'ok' : code,
    detail: subject ?? { message },
  });
}

function folderRoutes(): Route[] {
  return FOLDERS.map((path) => ({
    method: 'ANY',
    path,
    summary: 'Anything else below it: 404',
    tag: TAG,
    role: 'none',
    handle: () => NOT_FOUND,
    failure: () => NOT_FOUND,
  }));
}

/** Alarms, which the protocol has no call to read. */
function alarmsRoute(fleet: Fleet): Route {
  return {
    method: 'GET',
    path: '/remora/fleet/alarms',
    summary: 'Alarms that agents raised, newest first: ?agent=ID&limit=N',
    tag: TAG,
    role: 'viewer',
    async handle({ query }) {
      const agent = query.get('agent') ?? undefined;
      const limit = wholeNumber(query.get('limit') ?? '100', alarmsAnswered.value);
      return { status: 200, body: JSON.stringify({ alarms: await fleet.reports.alarms({ agent, limit }) }) };
    },
  };
}

/** Every version of a config, which the protocol has no call to read. */
function versionsRoute(fleet: Fleet): Route {
  return {
    method: 'GET',
    path: '/remora/fleet/versions',
    summary: 'Every version of a config with its text, oldest first: ?config=NAME',
    tag: TAG,
    role: 'viewer',
    async handle({ query }) {
      const name = query.get('config');
      if (!name) throw missing('Need parameter config.');
      const versions = (await fleet.configs.versions(name)).map((each) => {
        const { version, deleted, time, agentType, description, content } = each;
        return { name, version, deleted, time, agentType, description, content };
      });
      return { status: 200, body: JSON.stringify({ versions }) };
    },
  };
}

function wholeNumber(text: string, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw badParameter(`Parameter limit is a number from 1 to ${most}, not '${text.slice(0, 40)}'.`);
}
