import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Caller, RemoraError, Role } from '../base/index.js';

/**
 * One endpoint. The route list is the one source of the index page (`/`), `/openapi.json` and the dispatcher; a room's
 * `api.ts` exports `routes(...)`: Route[].
 */
export interface Route {
  /** `ANY` = the handler looks at the method itself (Arthas answers 200 REFUSED to a GET). */
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'ANY';
  /** Exact path, or with `:name` segments, or with `*` at its end (the rest, as parameter `*`). */
  readonly path: string;
  readonly summary: string;
  /** Group on the index page and OpenAPI tag: `diagnose`, `system`, ... */
  readonly tag: string;
  /** The least role that may call. `none` = also callers without credentials. */
  readonly role: Role;
  /** OpenAPI fragments (TypeBox schemas are JSON Schema), loaded when somebody asks: TypeBox costs 0.1 s of start-up. */
  readonly schemas?: () => Promise<RouteSchemas>;
  /** Largest body in bytes; over it the listener's 413 unless the handler streams. */
  readonly bodyLimit?: number;
  /** With a parsed path and the whole body. */
  readonly handle?: (request: ApiRequest) => Promise<ApiResponse> | ApiResponse;
  /** Instead of `handle`: owns request and response (streams, raw headers). Runs ahead of Fastify. */
  readonly raw?: (request: IncomingMessage, response: ServerResponse, caller: Caller) => void;
  /**
   * Takes over the connection of a request with `Connection: Upgrade` (exact paths, GET or ANY). Without it such a request
   * is served as if it had not asked.
   */
  readonly upgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer, caller: Caller) => void;
  /**
   * The protocol's own shape of an error on this route, whoever found it: no credentials (401, its message is the text for
   * people), too small a role (403), a wrong method (405), too large a body (413), shutting down (503), a fault of ours
   * (500), or a RemoraError that the handler threw. `status` is what we would answer. Headers of the status (`allow`,
   * `retry-after`, `www-authenticate`) are added to it. Without it: `{error: {code, message, hint}, requestId}`.
   */
  readonly failure?: (error: RemoraError, status: number) => ApiResponse;
}

/**
 * The registered path that a request's path stands for in a protocol with looser rules than ours (`//pprof///heap/`,
 * `/User/GetConfig/`), or undefined. Asked, in the order of `HttpOptions.aliases`, only where no route has that exact path.
 */
export type PathAlias = (path: string) => string | undefined;

/** JSON Schema of the bodies. */
export interface RouteSchemas {
  readonly request?: object;
  readonly response?: object;
}

export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** The query as sent, without its question mark, for protocols with rules of their own. */
  readonly search: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  readonly caller: Caller;
  /** Aborted when the client goes. */
  readonly signal: AbortSignal;
  readonly requestId: string;
}

export interface ApiResponse {
  readonly status: number;
  /** Default `application/json; charset=utf-8`. */
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}
