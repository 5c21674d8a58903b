import type { Fleet } from '../../../src/fleet/index.js';
import { fleetRoutes } from '../../../src/fleet/index.js';
import type { ApiRequest, ApiResponse, Route } from '../../../src/http/index.js';
import { a1, type Draft, type Message } from '../../../src/wire/index.js';

type Calls = typeof a1.A1;
export type CallName = keyof Calls;
type RequestOf<N extends CallName> = ReturnType<Calls[N]['request']['decode']>;
type ResponseOf<N extends CallName> = ReturnType<Calls[N]['response']['decode']>;

export interface Answer<R> {
  readonly status: number;
  readonly value: R;
  readonly body: Buffer;
}

/** Calls the routes of a fleet as the listener does, without one. */
export class Direct {
  readonly routes: Route[];
  readonly audited: object[] = [];
  readonly faults: unknown[] = [];

  constructor(fleet: Fleet) {
    const audit = { write: (record: object) => void this.audited.push(record) };
    const log = { error: (facts: { err: unknown }) => void this.faults.push(facts.err) };
    this.routes = fleetRoutes(fleet, { audit, log } as unknown as Parameters<typeof fleetRoutes>[1]);
  }

  /** The routes of the protocol's calls alone. */
  get calls(): Route[] {
    return this.routes.filter(({ path }) => /^\/(User|Agent)\/./.test(path));
  }

  raw(method: string, path: string, body: Buffer): Promise<ApiResponse> | ApiResponse {
    const route = this.routes.find((each) => each.method === method && each.path === path);
    if (!route?.handle) throw new Error(`no route ${method} ${path}`);
    const caller = { kind: 'unix', user: 'uid:0', role: 'admin', address: 'unix' };
    return route.handle({ method, path, body, caller, requestId: 'id-1' } as unknown as ApiRequest);
  }

  async call<N extends CallName>(name: N, request: Draft<RequestOf<N>>): Promise<Answer<ResponseOf<N>>> {
    const call = a1.A1[name];
    const asked = call.request as Message<unknown>;
    const { status, body } = await this.raw(
      call.method,
      call.path,
      asked.encode({ request_id: 'q', ...(request as object) }),
    );
    const response = call.response as Message<unknown>;
    return { status, value: response.decode(body as Buffer) as ResponseOf<N>, body: body as Buffer };
  }
}
