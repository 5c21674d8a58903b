import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Caller, counters, type Log, RemoraError, roleIncludes } from '../base/index.js';
import { checkLength, readBody } from './body.js';
import type { Connection, Connections } from './connection.js';
import {
  draining,
  expectationFailed,
  methodNotAllowed,
  noSuchPath,
  roleTooSmall,
  tooManyRequests,
} from './errors.js';
import type { Admission, Gate } from './gate.js';
import { HandledRequest, requestIdOf } from './handledRequest.js';
import { bodyBytes, requestsInFlight } from './limits.js';
import { rawAnswer } from './rawAnswer.js';
import {
  type Failure,
  failureOf,
  failureOfRefusal,
  sendFailure,
  sendResponse,
  visibleError,
} from './reply.js';
import type { ApiResponse, PathAlias, Route } from './route.js';
import { createRouter, isExact, type Router } from './router.js';

const requests = counters.counter('http.requests', 'HTTP requests received');
const perSecond = counters.rate('http.qps', 'HTTP requests received per second');
const latency = counters.distribution('http.latency(ns)', 'time from a request to the end of its answer');
const faults = counters.counter('http.faults', 'requests that failed by a fault of ours');

/** The path at which a load balancer asks; answered also while shutting down. */
export const HEALTH_PATH = '/healthz';

const NO_PARAMS: Readonly<Record<string, string>> = Object.freeze({});

/** One request on its way. */
interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly connection: Connection;
  readonly path: string;
  readonly search: string;
  /** Set where somebody vouched for the caller: a tunnel. */
  readonly given: Caller | undefined;
  /** The client waits for `100 Continue` before it sends the body. */
  readonly expecting: boolean;
}

/**
 * Finds the route of a request, asks the gate, and runs it. Exact paths are looked up here; only paths with parameters go
 * through Fastify's router.
 */
export class Dispatcher {
  readonly #exact = new Map<string, Map<string, Route>>();
  readonly #aliases: readonly PathAlias[];
  readonly #gate: Gate;
  readonly #connections: Connections;
  readonly #log: Log;
  readonly #calls = new WeakMap<IncomingMessage, Call>();
  #router: Router | undefined;
  #inFlight = 0;
  #answers: { readonly route: Route; readonly call: Call; readonly answer: ApiResponse }[] = [];
  #whenIdle: (() => void)[] = [];
  draining = false;

  private constructor(aliases: readonly PathAlias[], gate: Gate, connections: Connections, log: Log) {
    this.#aliases = aliases;
    this.#gate = gate;
    this.#connections = connections;
    this.#log = log;
  }

  static async create(
    routes: readonly Route[],
    aliases: readonly PathAlias[],
    gate: Gate,
    connections: Connections,
    log: Log,
  ): Promise<Dispatcher> {
    const dispatcher = new Dispatcher(aliases, gate, connections, log);
    for (const route of routes) if (isExact(route.path)) dispatcher.#add(route);
    const others = routes.filter((route) => !isExact(route.path));
    if (others.length > 0) {
      dispatcher.#router = await createRouter(others, {
        found: (route, request, params) => dispatcher.#serve(route, dispatcher.#callOf(request), params),
        missing: (request) => dispatcher.#missing(dispatcher.#callOf(request)),
      });
    }
    return dispatcher;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Resolves when no request is being answered. */
  idle(): Promise<void> {
    if (this.#inFlight === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenIdle.push(resolve));
  }

  async close(): Promise<void> {
    await this.#router?.close();
  }

  readonly onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    this.#begin(request, response, undefined, false);
  };

  readonly onCheckContinue = (request: IncomingMessage, response: ServerResponse): void => {
    this.#begin(request, response, undefined, true);
  };

  readonly onCheckExpectation = (request: IncomingMessage, response: ServerResponse): void => {
    const error = expectationFailed(String(request.headers.expect));
    sendFailure(request, response, failureOf(error, requestIdOf(request)));
  };

  /** A request that came by a way of its own, whose caller is known: no gate but the role. */
  serve(request: IncomingMessage, response: ServerResponse, caller: Caller): void {
    this.#begin(request, response, caller, false);
  }

  takesUpgrade(request: IncomingMessage): boolean {
    return this.#upgradeRoute(request) !== undefined;
  }

  /** Hands a connection over to a route's `upgrade`. False: no such route, serve it as an ordinary request. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    const route = this.#upgradeRoute(request);
    if (!route?.upgrade) return false;
    const { path } = route;
    requests.add();
    const connection = this.#connections.of(request.socket);
    const admission = this.#gate.admit(request.headers, connection, route.role, `UPGRADE ${path}`);
    if ('refusal' in admission) {
      socket.end(rawAnswer(failureOfRefusal(admission.refusal, requestIdOf(request))));
      return true;
    }
    if (this.draining) {
      socket.end(rawAnswer(failureOf(draining(), requestIdOf(request))));
      return true;
    }
    try {
      route.upgrade(request, socket, head, admission.caller);
    } catch (error) {
      faults.add();
      this.#log.error({ err: error, path }, 'an upgrade failed by a fault of ours');
      socket.destroy();
    }
    return true;
  }

  #upgradeRoute(request: IncomingMessage): Route | undefined {
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    const methods = this.#exact.get(path) ?? this.#methodsOfAlias(path);
    const route = methods?.get('GET') ?? methods?.get('ANY');
    return route?.upgrade ? route : undefined;
  }

  #add(route: Route): void {
    const methods = this.#exact.get(route.path) ?? new Map<string, Route>();
    this.#exact.set(route.path, methods);
    if (methods.has(route.method)) throw new Error(`two routes for ${route.method} ${route.path}`);
    methods.set(route.method, route);
  }

  #begin(
    request: IncomingMessage,
    response: ServerResponse,
    given: Caller | undefined,
    expecting: boolean,
  ): void {
    requests.value += 1;
    perSecond.add();
    const began = performance.now();
    const connection = this.#connections.of(request.socket);
    const url = request.url ?? '/';
    const mark = url.indexOf('?');
    const path = mark === -1 ? url : url.slice(0, mark);
    const search = mark === -1 ? '' : url.slice(mark + 1);
    const call: Call = { request, response, connection, path, search, given, expecting };
    this.#inFlight += 1;
    connection.answering += 1;
    connection.request = request;
    response.once('close', () => {
      latency.record((performance.now() - began) * 1e6);
      connection.answering -= 1;
      if (connection.answering === 0) connection.whenAnswered?.();
      this.#inFlight -= 1;
      if (this.#inFlight === 0 && this.#whenIdle.length > 0) {
        for (const resolve of this.#whenIdle.splice(0)) resolve();
      }
    });
    if (this.#inFlight > requestsInFlight.value && path !== HEALTH_PATH) {
      this.#fail(call, tooManyRequests(requestsInFlight.value));
      return;
    }
    const methods = this.#exact.get(path) ?? this.#methodsOfAlias(path);
    if (!methods) {
      this.#calls.set(request, call);
      if (this.#router) this.#router.route(request, response);
      else this.#missing(call);
      return;
    }
    const method = request.method ?? 'GET';
    const route =
      methods.get(method) ?? methods.get('ANY') ?? (method === 'HEAD' ? methods.get('GET') : undefined);
    if (route) this.#serve(route, call, NO_PARAMS);
    else this.#wrongMethod(call, method, methods);
  }

  #methodsOfAlias(path: string): Map<string, Route> | undefined {
    for (const alias of this.#aliases) {
      const registered = alias(path);
      const methods = registered === undefined ? undefined : this.#exact.get(registered);
      if (methods) return methods;
    }
    return undefined;
  }

  #wrongMethod(call: Call, method: string, methods: Map<string, Route>): void {
    const [route] = methods.values();
    this.#fail(call, methodNotAllowed(method, call.path, [...methods.keys()]), route);
  }

  #callOf(request: IncomingMessage): Call {
    const call = this.#calls.get(request);
    if (!call) throw new Error('a request reached the router by another way');
    return call;
  }

  #missing(call: Call): void {
    this.#fail(call, noSuchPath(call.path));
  }

  #admit(route: Route, call: Call): Admission {
    const { given, request, connection } = call;
    if (!given) {
      return this.#gate.admit(request.headers, connection, route.role, `${request.method} ${call.path}`);
    }
    if (roleIncludes(given.role, route.role)) return { caller: given };
    return {
      caller: given,
      refusal: { status: 403, error: roleTooSmall(given.user, given.role, route.role) },
    };
  }

  #serve(route: Route, call: Call, params: Readonly<Record<string, string>>): void {
    const { request, response } = call;
    const admission = this.#admit(route, call);
    if ('refusal' in admission) {
      this.#send(call, failureOfRefusal(admission.refusal, requestIdOf(request), route));
      return;
    }
    if (this.draining && route.path !== HEALTH_PATH) {
      this.#fail(call, draining(), route);
      return;
    }
    const { caller } = admission;
    if (route.raw) {
      if (call.expecting) response.writeContinue();
      this.#raw(route, route.raw, call, caller);
      return;
    }
    const { handle } = route;
    if (!handle) {
      this.#fail(call, new Error(`the route ${route.path} has no handler`), route);
      return;
    }
    const limit = route.bodyLimit ?? bodyBytes.value;
    try {
      checkLength(request, limit);
    } catch (error) {
      this.#fail(call, error, route);
      return;
    }
    if (call.expecting) response.writeContinue();
    readBody(request, limit, (error, body) => {
      if (error) {
        this.#fail(call, error, route);
        return;
      }
      this.#handle(
        route,
        handle,
        call,
        new HandledRequest(request, response, call.path, call.search, params, body, caller),
      );
    });
  }

  #handle(route: Route, handle: NonNullable<Route['handle']>, call: Call, input: HandledRequest): void {
    let answer: Promise<ApiResponse> | ApiResponse;
    try {
      answer = handle(input);
    } catch (error) {
      this.#fail(call, error, route);
      return;
    }
    if (answer instanceof Promise) {
      answer
        .then((value) => this.#answer(route, call, value))
        .catch((error: unknown) => this.#fail(call, error, route));
    } else {
      this.#answer(route, call, answer);
    }
  }

  /**
   * Answers go out together when the turn of the event loop is over: each by itself would wake a client that sleeps again
   * before the next one, and to wake it costs more than the rest of a small call.
   */
  #answer(route: Route, call: Call, answer: ApiResponse): void {
    if (this.#answers.push({ route, call, answer }) === 1) setImmediate(this.#sendAnswers);
  }

  readonly #sendAnswers = (): void => {
    const answers = this.#answers;
    this.#answers = [];
    for (const { route, call, answer } of answers) {
      try {
        sendResponse(call.response, answer);
      } catch (error) {
        this.#fail(call, error, route);
      }
    }
  };

  #raw(route: Route, raw: NonNullable<Route['raw']>, call: Call, caller: Caller): void {
    // Without a listener an aborted request would end the process by an unhandled 'error'.
    call.request.on('error', () => {});
    try {
      const result: unknown = raw(call.request, call.response, caller);
      // `void` lets an async function through: its rejection is ours to catch.
      if (result instanceof Promise) result.catch((error: unknown) => this.#fail(call, error, route));
    } catch (error) {
      this.#fail(call, error, route);
    }
  }

  #fail(call: Call, thrown: unknown, route?: Route): void {
    const id = requestIdOf(call.request);
    if (!(thrown instanceof RemoraError)) faults.add();
    const error = visibleError(thrown, id, call.path, this.#log);
    this.#send(call, failureOf(error, id, route));
  }

  #send(call: Call, failure: Failure): void {
    try {
      sendFailure(call.request, call.response, failure);
    } catch (error) {
      this.#log.error({ err: error, path: call.path }, 'an error could not be sent');
      call.response.destroy();
    }
  }
}
