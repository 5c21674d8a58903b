import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Caller, RemoraError } from '../../base/index.js';
import { type ApiResponse, checkLength, type Route, readBody } from '../../http/index.js';
import { mcpClosing, notJson, tooDeep } from './errors.js';
import { jsonDepth } from './jsonDepth.js';
import { mcpBodyBytes, mcpBodyDepth } from './limits.js';
import type { McpServer } from './mcpServer.js';
import type { McpSettings } from './settings.js';

const PATH = '/mcp';

export interface McpApi {
  readonly routes: readonly Route[];
  /** Ends all sessions with their calls. */
  close(): Promise<void>;
}

/** The HTTP face of MCP. The SDK is loaded when the first client comes: it costs a tenth of a second and 20 MB. */
export function mcpApi(settings: McpSettings): McpApi {
  let server: Promise<McpServer> | undefined;
  let closed = false;
  const load = async (): Promise<McpServer> => {
    const { McpServer } = await import('./mcpServer.js');
    return new McpServer(settings);
  };
  const serve = async (request: IncomingMessage, response: ServerResponse, caller: Caller): Promise<void> => {
    const { method = 'GET' } = request;
    if (!METHODS.includes(method)) throw wrongMethod(method);
    if (closed) throw mcpClosing();
    const body = method === 'POST' ? await jsonBody(request) : undefined;
    if (closed) throw mcpClosing();
    server ??= load();
    await (await server).serve(request, response, caller, body);
  };
  return {
    routes: [
      {
        method: 'ANY',
        path: PATH,
        summary: 'Diagnosis as tools for AI clients: the Model Context Protocol (Streamable HTTP)',
        tag: 'diagnose',
        role: 'viewer',
        raw: serve,
        failure,
      },
    ],
    async close() {
      closed = true;
      await (await server)?.close();
    },
  };
}

const METHODS = ['GET', 'POST', 'DELETE'];

function wrongMethod(method: string): RemoraError {
  return new RemoraError('method-not-allowed', `${PATH} does not take ${method}`, {
    hint: `Use ${METHODS.join(', ')}`,
    details: { allowed: METHODS },
  });
}

function jsonBody(request: IncomingMessage): Promise<unknown> {
  return new Promise((resolve, reject) => {
    checkLength(request, mcpBodyBytes.value);
    readBody(request, mcpBodyBytes.value, (error, body) => {
      if (error) {
        reject(error);
        return;
      }
      const text = body.toString('utf8');
      if (jsonDepth(text) > mcpBodyDepth.value) {
        reject(tooDeep(mcpBodyDepth.value, mcpBodyDepth.name));
        return;
      }
      try {
        resolve(JSON.parse(text));
      } catch {
        reject(notJson());
      }
    });
  });
}

/** JSON-RPC's own codes where it has one. */
const RPC_CODES: Readonly<Record<string, number>> = {
  'not-json': -32_700,
  'mcp-session-not-found': -32_001,
  internal: -32_603,
};
const RPC_OTHER = -32_000;

function failure(error: RemoraError, status: number): ApiResponse {
  const { code, hint } = error;
  const message = status === 401 ? error.message : error.text;
  const body = {
    jsonrpc: '2.0',
    error: { code: RPC_CODES[code] ?? RPC_OTHER, message, data: { code, ...(hint ? { hint } : {}) } },
    id: null,
  };
  return { status, body: JSON.stringify(body) };
}
