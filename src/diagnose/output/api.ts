import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { type Caller, type Risk, roleForRisk, roleIncludes } from '../../base/index.js';
import type { ApiRequest, ApiResponse, Route } from '../../http/index.js';
import { outputAboveCeiling, outputHidden } from './errors.js';
import type { OutputFolder } from './outputFolder.js';
import { OUTPUT_PATH } from './outputName.js';
import { outputPage } from './outputPage.js';
import type { OutputEntry } from './types.js';

export interface OutputRouteOptions {
  readonly folder: OutputFolder;
  /** The agent's ceiling. */
  readonly allow: readonly Risk[];
  /** A file was read, removed, or refused. */
  readonly onAccess?: (event: OutputAccess) => void;
}

export interface OutputAccess {
  readonly caller: Caller;
  readonly what: 'read' | 'remove';
  readonly name: string;
  readonly risk: Risk;
  readonly outcome: 'ok' | 'refused' | 'aborted';
}

interface Kind {
  readonly type: string;
  /** Shown by a browser instead of being saved. */
  readonly inline?: boolean;
  readonly policy?: string;
}

/** Nothing is loaded, sent, embedded or navigated: for whatever text a target put there. */
const CLOSED = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox";
/** A flame graph runs the script inside it, in an origin of its own: no cookie, no call to our API, no other window. */
const FLAME = `default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox allow-scripts`;
const TEXT: Kind = { type: 'text/plain; charset=utf-8', inline: true };
const BYTES: Kind = { type: 'application/octet-stream' };
const KINDS: Readonly<Record<string, Kind>> = {
  html: { type: 'text/html; charset=utf-8', inline: true, policy: FLAME },
  txt: TEXT,
  md: TEXT,
  log: TEXT,
  collapsed: TEXT,
  json: { type: 'application/json' },
  cpuprofile: { type: 'application/json' },
  heapprofile: { type: 'application/json' },
  heapsnapshot: { type: 'application/json' },
};
const FIXED_HEADERS = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};
const PAGE_POLICY = `${CLOSED.replace('; sandbox', '')}; style-src 'unsafe-inline'`;

/** `/arthas-output/` (wire/arthas.md 4.6): the files that commands wrote, each for the role that its command asks for. */
export function outputRoutes(options: OutputRouteOptions): Route[] {
  const { folder } = options;
  const get = { method: 'GET', tag: 'diagnose', role: 'viewer' } as const;
  return [
    {
      ...get,
      path: OUTPUT_PATH.slice(0, -1),
      summary: 'Leads to /arthas-output/',
      handle: () => ({ status: 302, headers: { location: OUTPUT_PATH }, body: '' }),
    },
    {
      ...get,
      path: OUTPUT_PATH,
      summary: 'Files that commands wrote: flame graphs, profiles, heap dumps, redirected text',
      handle: (request) => list(options, request),
    },
    {
      ...get,
      path: `${OUTPUT_PATH}*`,
      summary: 'One of those files; its role is that of the command that wrote it',
      raw: (request, response, caller) =>
        download(options, nameIn(request.url ?? ''), request, response, caller),
    },
    {
      method: 'DELETE',
      path: `${OUTPUT_PATH}*`,
      summary: 'Remove one of those files',
      tag: 'diagnose',
      role: 'operator',
      handle: async ({ params, caller }) => {
        const name = params['*'] ?? '';
        const entry = await folder.open(name);
        await entry.handle.close();
        check(options, entry, caller, 'remove');
        await folder.remove(name);
        options.onAccess?.({ caller, what: 'remove', name, risk: entry.risk, outcome: 'ok' });
        return { status: 200, body: JSON.stringify({ removed: name }) };
      },
    },
  ];
}

/** Who may run the command may read what it wrote, as far as the agent allows such commands at all. */
function check(
  { allow, onAccess }: OutputRouteOptions,
  { name, risk }: OutputEntry,
  caller: Caller,
  what: OutputAccess['what'],
): void {
  const mayCall = roleIncludes(caller.role, roleForRisk(risk));
  if (mayCall && allow.includes(risk)) return;
  onAccess?.({ caller, what, name, risk, outcome: 'refused' });
  throw mayCall ? outputAboveCeiling(name, risk) : outputHidden(name, risk, caller.role);
}

async function list({ folder, allow }: OutputRouteOptions, request: ApiRequest): Promise<ApiResponse> {
  const { role } = request.caller;
  const all = await folder.list();
  const mine = all.filter(({ risk }) => allow.includes(risk) && roleIncludes(role, roleForRisk(risk)));
  const hidden = all.length - mine.length;
  if (request.headers.accept?.includes('text/html')) {
    const headers = { ...FIXED_HEADERS, 'content-security-policy': PAGE_POLICY, vary: 'accept' };
    return { status: 200, contentType: 'text/html; charset=utf-8', headers, body: outputPage(mine, hidden) };
  }
  const files = mine.map(({ name, url, bytes, modified, risk }) => ({
    name,
    url,
    bytes,
    modified: modified.toISOString(),
    risk,
  }));
  return {
    status: 200,
    headers: { ...FIXED_HEADERS, vary: 'accept' },
    body: JSON.stringify({ files, hidden }),
  };
}

async function download(
  options: OutputRouteOptions,
  name: string,
  request: { readonly method?: string; readonly headers: { readonly range?: string } },
  response: ServerResponse,
  caller: Caller,
): Promise<void> {
  const entry = await options.folder.open(name);
  const { handle, bytes, risk } = entry;
  try {
    check(options, entry, caller, 'read');
    const range = rangeOf(request.headers.range, bytes);
    const [from, to] = range ?? [0, bytes - 1];
    const headers: Record<string, string | number> = {
      ...headersOf(entry),
      'content-length': to - from + 1,
      'last-modified': entry.modified.toUTCString(),
    };
    if (range) headers['content-range'] = `bytes ${from}-${to}/${bytes}`;
    response.writeHead(range ? 206 : 200, headers);
    if (request.method === 'HEAD' || bytes === 0) {
      response.end();
      return;
    }
    const source = handle.createReadStream({ start: from, end: to, autoClose: false });
    const whole = await pipeline(source, response).then(
      () => true,
      () => false,
    );
    options.onAccess?.({ caller, what: 'read', name, risk, outcome: whole ? 'ok' : 'aborted' });
  } finally {
    await handle.close();
  }
}

function headersOf({ name }: OutputEntry): Record<string, string> {
  const kind = KINDS[name.slice(name.lastIndexOf('.') + 1)] ?? BYTES;
  return {
    ...FIXED_HEADERS,
    'content-type': kind.type,
    // The name needs no escape: OutputFolder serves none that would.
    'content-disposition': `${kind.inline ? 'inline' : 'attachment'}; filename="${name}"`,
    'content-security-policy': kind.policy ?? CLOSED,
    'accept-ranges': 'bytes',
  };
}

/** One range, so that a broken download can go on; anything else means the whole file, as RFC 9110 allows. */
function rangeOf(header: string | undefined, size: number): readonly [from: number, to: number] | undefined {
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '') ?? [];
  if (first === '' || size === 0) return undefined;
  const from = Number(first);
  const to = last === '' ? size - 1 : Math.min(Number(last), size - 1);
  return from <= to ? [from, to] : undefined;
}

/** Of the request line; what is no name becomes one that no file has. */
function nameIn(url: string): string {
  const path = url.split('?', 1)[0] ?? '';
  try {
    return decodeURIComponent(path.slice(OUTPUT_PATH.length));
  } catch {
    return '';
  }
}
