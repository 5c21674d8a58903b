import { hashOf, KINDS, type LoaderKind, type ModuleTable, type PackageLoader } from './moduleTable.js';

/** The small form of a loader (wire/arthas.md 3.6). */
export interface LoaderRow {
  readonly name: string;
  readonly hash: string;
  readonly parent?: string;
  readonly loadedCount: number;
  readonly numberOfInstances: number;
  /** Of a package. */
  readonly folder?: string;
  readonly children?: readonly LoaderRow[];
}

export interface Duplicate {
  readonly name: string;
  readonly versions: readonly string[];
  readonly folders: readonly string[];
}

/** Loader → how many modules, from how many packages. */
export function loaderStats({
  modules,
}: ModuleTable): [LoaderKind, { loadedCount: number; numberOfInstance: number }][] {
  return KINDS.flatMap((kind) => {
    const loaded = modules.filter((each) => each.kind === kind);
    if (loaded.length === 0) return [];
    const folders = new Set(loaded.map(({ folder }) => folder));
    return [[kind, { loadedCount: loaded.length, numberOfInstance: folders.size }] as const];
  }).map(([kind, stats]) => [kind, stats]);
}

/** The loaders of Node, and below each the copies of packages that it loaded. */
export function loaderTree(table: ModuleTable): LoaderRow[] {
  return loaderStats(table).map(([kind, { loadedCount, numberOfInstance }]) => ({
    name: kind,
    // The boot loader of the reference has the text null.
    hash: kind === 'builtin' ? 'null' : hashOf(kind),
    loadedCount,
    numberOfInstances: numberOfInstance,
    children: table.packages.filter((each) => each.kind === kind).map(packageRow),
  }));
}

export function loaderList(table: ModuleTable): LoaderRow[] {
  return loaderTree(table).flatMap(({ children = [], ...row }) => [row, ...children]);
}

export function packageRow({ name, hash, kind, modules, folder }: PackageLoader): LoaderRow {
  return { name, hash, parent: kind, loadedCount: modules.length, numberOfInstances: 1, folder };
}

/** Packages of which several copies are loaded: each has state of its own. */
export function duplicatesOf({ packages }: ModuleTable): Duplicate[] {
  const byName = new Map<string, PackageLoader[]>();
  for (const each of packages) {
    // A package.json that somebody has read is no copy of the code.
    if (each.modules.every(({ kind }) => kind === 'json')) continue;
    const list = byName.get(each.packageName);
    if (list) list.push(each);
    else byName.set(each.packageName, [each]);
  }
  return [...byName]
    .filter(([, copies]) => copies.length > 1)
    .map(([name, copies]) => ({
      name,
      versions: copies.map(({ version }) => version),
      folders: copies.map(({ folder }) => folder),
    }));
}
