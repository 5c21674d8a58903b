import { hostname } from 'node:os';
import { PRODUCT_TITLE } from '../base/index.js';
import type { BoundAddress } from './listen.js';
import { ownUser } from './peer.js';
import type { Route } from './route.js';

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

const STYLE = `
:root { color-scheme: light dark; --line: #8884; --dim: light-dark(#555, #aaa); }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1rem; margin: 1.6rem 0 .3rem; }
pre { padding: .7rem; border: 1px solid var(--line); border-radius: 6px; overflow-x: auto; }
code, pre { font-family: ui-monospace, monospace; font-size: .9em; }
table { border-collapse: collapse; width: 100%; } td { padding: .25rem .6rem .25rem 0; border-top: 1px solid var(--line);
vertical-align: top; } td:first-child { white-space: nowrap; } .dim { color: var(--dim); }`;

const ROLE_TEXT: Readonly<Record<Route['role'], string>> = {
  none: 'anyone',
  viewer: 'viewer',
  operator: 'operator',
  admin: 'admin',
};

function addressLine(address: BoundAddress): string {
  // The socket's path is of use only to those who may look into its folder, and to nobody else's business.
  if (address.kind === 'unix') return '<li>a Unix socket of its user</li>';
  return `<li><code>${escapeHtml(address.url)}</code></li>`;
}

function example(addresses: readonly BoundAddress[], routes: readonly Route[]): string {
  if (!routes.some(({ path }) => path === '/api')) return '';
  const tcp = addresses.find((address) => address.kind === 'tcp');
  const url = tcp?.kind === 'tcp' ? tcp.url : 'http://localhost:8563';
  const body = `{"action":"exec","command":"version"}`;
  return `<pre>curl -Ss -XPOST ${escapeHtml(url)}/api -d '${escapeHtml(body)}'</pre>`;
}

function group(tag: string, routes: readonly Route[]): string {
  const rows = routes
    .map(
      (route) =>
        `<tr><td><code>${route.method === 'ANY' ? '' : `${route.method} `}${escapeHtml(route.path)}</code></td>` +
        `<td>${escapeHtml(route.summary)} <span class="dim">(${ROLE_TEXT[route.role]})</span></td></tr>`,
    )
    .join('\n');
  return `<h2>${escapeHtml(tag)}</h2>\n<table>\n${rows}\n</table>`;
}

/** The index page: where this process listens, every route with the role it needs, and a first call to try. */
export function indexPage(
  routes: readonly Route[],
  addresses: readonly BoundAddress[],
  version: string,
): string {
  const tags = [...new Set(routes.map(({ tag }) => tag))];
  const title = `${PRODUCT_TITLE}${version ? ` ${version}` : ''}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
<p>The ${PRODUCT_TITLE} of ${escapeHtml(ownUser())} on ${escapeHtml(hostname())}. Every address serves every path:</p>
<ul>
${addresses.map(addressLine).join('\n')}
</ul>
${example(addresses, routes)}
${tags
  .map((tag) =>
    group(
      tag,
      routes.filter((route) => route.tag === tag),
    ),
  )
  .join('\n')}
<p class="dim">In brackets who may call. <a href="/openapi.json">/openapi.json</a> has the same for programs.</p>
</body>
</html>
`;
}
