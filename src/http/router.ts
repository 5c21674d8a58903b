import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Route } from './route.js';

export interface Router {
  route(request: IncomingMessage, response: ServerResponse): void;
  close(): Promise<void>;
}

export interface RouterEvents {
  found(route: Route, request: IncomingMessage, params: Readonly<Record<string, string>>): void;
  missing(request: IncomingMessage): void;
}

/** No parameters in it? `:name` stands for one segment, `*` at the end for the rest (its parameter is named `*`). */
export function isExact(path: string): boolean {
  return !/\/:|\*/.test(path);
}

/** The longest value of a path parameter: ids and names, no documents. */
const PARAM_LENGTH = 1024;

const WITH_BODY = ['POST', 'PUT', 'PATCH', 'DELETE', 'GET'];

/** Fastify as the router of paths with parameters, and of everything that matches none. */
export async function createRouter(routes: readonly Route[], events: RouterEvents): Promise<Router> {
  // Loaded only where a path has parameters: it costs 50 ms of start-up.
  const { fastify } = await import('fastify');
  const app = fastify({
    logger: false,
    exposeHeadRoutes: true,
    routerOptions: { caseSensitive: true, ignoreTrailingSlash: false, maxParamLength: PARAM_LENGTH },
    frameworkErrors: (_error, request, reply) => {
      reply.hijack();
      events.missing(request.raw);
    },
  });
  // Told that no method has a body, Fastify leaves body and Content-Type alone, whatever they are: both are ours.
  for (const method of WITH_BODY) app.addHttpMethod(method, { hasBody: false, overrideExisting: true });
  for (const route of routes) {
    app.route({
      method: route.method === 'ANY' ? ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] : route.method,
      url: route.path,
      handler: (request, reply) => {
        reply.hijack();
        events.found(route, request.raw, request.params as Record<string, string>);
      },
    });
  }
  app.setNotFoundHandler((request, reply) => {
    reply.hijack();
    events.missing(request.raw);
  });
  await app.ready();
  return {
    route: (request, response) => app.routing(request, response),
    close: () => app.close(),
  };
}
