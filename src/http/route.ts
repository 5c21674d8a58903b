import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Caller, Role } from '../base/index.js';

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
}

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
