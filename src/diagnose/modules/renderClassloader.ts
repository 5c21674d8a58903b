import type { Result, Style } from '../command.js';
import { renderTable, renderTree } from '../render/index.js';
import type { Duplicate, LoaderRow } from './loaderRows.js';

/** Each form of the result as text. */
export function renderClassloader(result: Result, style: Style, width: number): string | undefined {
  if (result.type === 'row_affect') return style.dim(`Affect(row-cnt:${String(result.rowCount)})`);
  if (result.classLoaderStats) return renderStats(result, style, width);
  if (result.matchedClassLoaders)
    return loaders(result.matchedClassLoaders as LoaderRow[], style, width, true);
  if (result.classLoaders) {
    const rows = result.classLoaders as LoaderRow[];
    return result.tree
      ? rows.map((row) => renderTree(treeOf(row, style))).join('\n')
      : loaders(rows, style, width);
  }
  if (result.classSet) {
    const { classloader, classes, segment } = result.classSet as {
      classloader: string;
      classes: string[];
      segment: number;
    };
    return [...(segment === 0 ? [style.bold(classloader)] : []), ...classes.map((each) => `  ${each}`)].join(
      '\n',
    );
  }
  if (result.urls) return (result.urls as string[]).join('\n');
  if (result.resources) return (result.resources as string[]).join('\n') || undefined;
  if (result.urlStats) return renderUrlStats(result, style);
  return renderUrlClasses(result, style, width);
}

function renderStats(result: Result, style: Style, width: number): string {
  const stats = Object.entries(
    result.classLoaderStats as Record<string, { loadedCount: number; numberOfInstance: number }>,
  );
  const table = renderTable(
    [
      { title: 'NAME', min: 10, paint: style.cyan },
      { title: 'NUMBER-OF-INSTANCES', align: 'right' },
      { title: 'LOADED-COUNT-TOTAL', align: 'right' },
    ],
    stats.map(([name, { numberOfInstance, loadedCount }]) => [
      name,
      String(numberOfInstance),
      String(loadedCount),
    ]),
    style,
    width,
  );
  const duplicates = (result.duplicates ?? []) as readonly Duplicate[];
  if (duplicates.length === 0) return table;
  const copies = renderTable(
    [
      { title: 'PACKAGE LOADED SEVERAL TIMES', min: 12, paint: style.yellow },
      { title: 'VERSION', min: 8 },
      { title: 'FOLDER', min: 20 },
    ],
    duplicates.flatMap(({ name, versions, folders }) =>
      folders.map((folder, at) => [at === 0 ? name : '', versions[at] ?? '', folder]),
    ),
    style,
    width,
  );
  return `${table}\n\n${copies}`;
}

function loaders(rows: readonly LoaderRow[], style: Style, width: number, withFolder = false): string {
  return renderTable(
    [
      { title: 'NAME', min: 40, paint: style.cyan },
      { title: 'LOADED-COUNT', align: 'right', min: 12 },
      { title: 'HASH', min: 8 },
      { title: 'PARENT', min: 8 },
      ...(withFolder ? [{ title: 'FOLDER', min: 16 }] : []),
    ],
    rows.map(({ name, loadedCount, hash, parent = '', folder = '' }) => [
      name,
      String(loadedCount),
      hash,
      parent,
      folder,
    ]),
    style,
    width,
  );
}

function treeOf(
  { name, hash, loadedCount, children }: LoaderRow,
  style: Style,
): { label: string; children?: ReturnType<typeof treeOf>[] } {
  return {
    label: `${style.cyan(name)} ${style.dim(`${loadedCount} module(s), ${hash}`)}`,
    children: children?.map((child) => treeOf(child, style)),
  };
}

function renderUrlStats(result: Result, style: Style): string {
  return Object.entries(result.urlStats as Record<string, { usedUrls: string[]; unUsedUrls: string[] }>)
    .map(([loader, { usedUrls, unUsedUrls }]) => {
      const { name } = JSON.parse(loader) as { name: string };
      const list = (title: string, urls: readonly string[]): string =>
        `${title}\n${urls.map((url) => `  ${url}`).join('\n') || '  (none)'}`;
      return `${style.bold(name)}\n${list('Used dependencies:', usedUrls)}\n${list('Unused dependencies:', unUsedUrls)}`;
    })
    .join('\n\n');
}

interface UrlClasses {
  readonly url: string;
  readonly loadedClassCount: number;
  readonly matchedClassCount?: number;
  readonly classes?: readonly string[];
  readonly truncated: boolean;
}

function renderUrlClasses(result: Result, style: Style, width: number): string {
  const rows = result.urlClassStats as readonly UrlClasses[];
  const table = renderTable(
    [
      { title: 'URL', min: 20, paint: style.cyan },
      { title: 'LOADED', align: 'right' as const },
      { title: 'MATCHED', align: 'right' as const },
    ],
    rows.map(({ url, loadedClassCount, matchedClassCount }) => [
      url,
      String(loadedClassCount),
      matchedClassCount === undefined ? '-' : String(matchedClassCount),
    ]),
    style,
    width,
  );
  const details = rows
    .filter(({ classes }) => classes)
    .map(({ url, classes = [], truncated }) =>
      [style.bold(url), ...classes.map((each) => `  ${each}`), ...(truncated ? ['  ...'] : [])].join('\n'),
    );
  return [table, ...details].join('\n\n');
}
