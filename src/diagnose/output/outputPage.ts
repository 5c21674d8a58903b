import { formatDateTime, PRODUCT_TITLE } from '../../base/index.js';
import { formatBytes } from '../render/index.js';
import type { OutputEntry } from './types.js';

const STYLE = `
:root { color-scheme: light dark; --line: #8884; --dim: light-dark(#555, #aaa); }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: .35rem .8rem .35rem 0; border-top: 1px solid var(--line); text-align: left; }
th { border: 0; color: var(--dim); font-weight: normal; } .number { text-align: right; } .dim { color: var(--dim); }`;

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

function row({ name, url, bytes, modified, risk }: OutputEntry): string {
  return (
    `<tr><td><a href="${escapeHtml(url)}">${escapeHtml(name)}</a></td><td class="number">${formatBytes(bytes)}</td>` +
    `<td>${formatDateTime(modified.getTime())}</td><td class="dim">${risk}</td></tr>`
  );
}

/** The listing as browsers show it. `hidden`: files that need a larger role or ceiling. */
export function outputPage(entries: readonly OutputEntry[], hidden: number): string {
  const table =
    entries.length === 0
      ? '<p class="dim">No files yet. <code>profiler start -d 10 -f flame.html</code> makes one.</p>'
      : `<table><tr><th>file</th><th class="number">size</th><th>written</th><th>risk</th></tr>\n${entries.map(row).join('\n')}</table>`;
  const more =
    hidden > 0
      ? `<p class="dim">${hidden} more need a larger role, or commands that this agent does not allow.</p>`
      : '';
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Output files - ${PRODUCT_TITLE}</title><style>${STYLE}</style></head>
<body><h1>Files that commands wrote</h1>
${table}
${more}
</body></html>
`;
}
