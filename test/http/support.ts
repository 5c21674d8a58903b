import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { allLimits, createLog, setLimit } from '../../src/base/index.js';
import { createHttp, type HttpOptions, type HttpServer, type Route } from '../../src/http/index.js';

/** A user that is not ours: nobody. */
export const STRANGER_UID = 65_534;
export const isRoot = process.getuid?.() === 0;
export const NEEDS_ROOT = 'needs root: it starts processes of another user or mounts a file system';

/** A folder of the test's own (0700), removed after it. */
export function scratch(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'remora-test-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Sets a limit for one test. */
export function limit(t: TestContext, name: string, value: number): void {
  const before = allLimits().find((entry) => entry.name === name);
  if (!before) throw new Error(`no limit ${name}`);
  const old = before.value;
  setLimit(`${name}=${value}`);
  t.after(() => setLimit(`${name}=${old}`));
}

export interface Started {
  readonly http: HttpServer;
  readonly port: number;
  /** Lines of the log so far. */
  readonly logged: () => Record<string, unknown>[];
  /** Calls that reached `/who`. */
  readonly calls: () => number;
}

/** `/who` (viewer) tells the caller; `/open` needs no role; `/change` needs admin. */
export async function start(
  t: TestContext,
  options: Partial<HttpOptions> = {},
  more: readonly Route[] = [],
): Promise<Started> {
  const file = join(scratch(t), 'log');
  let calls = 0;
  const route = (path: string, role: Route['role']): Route => ({
    method: 'ANY',
    path,
    summary: `a test: ${path}`,
    tag: 'test',
    role,
    handle: ({ caller, body, method }) => {
      if (path === '/who') calls++;
      return { status: 200, body: JSON.stringify({ caller, method, size: body.length }) };
    },
  });
  const http = await createHttp({
    routes: [route('/who', 'viewer'), route('/open', 'none'), route('/change', 'admin'), ...more],
    listeners: [{ kind: 'tcp', host: '127.0.0.1', port: 0, required: true }],
    trust: 'uid',
    log: createLog({ file }),
    ...options,
  });
  t.after(() => http.close(0));
  const tcp = http.addresses.find((address) => address.kind === 'tcp');
  return {
    http,
    port: tcp?.kind === 'tcp' ? tcp.port : 0,
    calls: () => calls,
    logged: () =>
      readFileSync(file, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface Ask {
  readonly port?: number;
  readonly socketPath?: string;
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
  /** Whose connection it takes; one of its own unless given. */
  readonly agent?: Agent;
}

/** One request. */
export function ask({
  port,
  socketPath,
  method = 'GET',
  path = '/who',
  headers,
  body,
  agent,
}: Ask): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const where = socketPath === undefined ? { host: '127.0.0.1', port } : { socketPath };
    const request = httpRequest({ ...where, method, path, headers, agent: agent ?? false }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(parts).toString('utf8'),
        }),
      );
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** Sends bytes and gives back everything until the other side closes. */
export function raw(port: number, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    socket.on('data', (part) => {
      text += part.toString('latin1');
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(text));
    socket.write(bytes);
  });
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, as another user where `uid` is given. */
export function run(
  command: string,
  args: readonly string[],
  options: { uid?: number; started?: (pid: number) => void; input?: string } = {},
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const as = options.uid === undefined ? {} : { uid: options.uid, gid: options.uid };
    const child = spawn(command, args, { cwd: '/', stdio: ['pipe', 'pipe', 'pipe'], timeout: 60_000, ...as });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (part: Buffer) => {
      stdout += part.toString('utf8');
    });
    child.stderr.on('data', (part: Buffer) => {
      stderr += part.toString('utf8');
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
    child.stdin.on('error', () => {});
    if (child.pid !== undefined) options.started?.(child.pid);
    child.stdin.end(options.input ?? '');
  });
}

/** The status that curl gets. */
export async function curlStatus(args: readonly string[], uid?: number): Promise<number> {
  const { stdout } = await run('curl', ['-sS', '-o', '/dev/null', '-w', '%{http_code}', ...args], { uid });
  return Number(stdout);
}
