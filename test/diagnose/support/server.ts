import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Caller } from '../../../src/base/index.js';
import type { Route } from '../../../src/http/index.js';

export interface TestServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves routes to one fixed caller: what the tests need of a listener, and no more. */
export async function serve(routes: readonly Route[], caller: () => Caller): Promise<TestServer> {
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://test');
    const method = request.method ?? 'GET';
    const route = routes.find((one) => one.path === url.pathname && [method, 'ANY'].includes(one.method));
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const answer = await route?.handle?.({
      method,
      path: url.pathname,
      params: {},
      query: url.searchParams,
      search: url.search.slice(1),
      headers: request.headers,
      body: Buffer.concat(chunks),
      caller: caller(),
      signal: gone.signal,
      requestId: 'test',
    });
    response.writeHead(answer?.status ?? 404, {
      'content-type': answer?.contentType ?? 'application/json; charset=utf-8',
      ...answer?.headers,
    });
    response.end(method === 'HEAD' ? undefined : answer?.body);
  });
  // A test that fails before it closes its server must not hang the run.
  server.unref();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
