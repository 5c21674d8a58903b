import { fileURLToPath } from 'node:url';
import {
  type ModuleGraph,
  packageOf,
  RemoteObjects,
  registerScopes,
  type Target,
} from '../../target/index.js';

export type LoaderKind = 'builtin' | 'commonjs' | 'esm' | 'json' | 'addon';

export interface LoadedModule {
  /** A file, or a name of Node's own. */
  readonly path: string;
  readonly kind: LoaderKind;
  /** Folder of its package, '' for Node's own. */
  readonly folder: string;
}

/** A copy of a package that modules were loaded from; what stands in place of a class loader. */
export interface PackageLoader {
  /** `express@4.21.0` */
  readonly name: string;
  readonly packageName: string;
  readonly version: string;
  readonly folder: string;
  readonly hash: string;
  readonly kind: LoaderKind;
  readonly modules: readonly LoadedModule[];
}

export interface ModuleTable {
  readonly modules: readonly LoadedModule[];
  readonly packages: readonly PackageLoader[];
  readonly main: string;
  /** The loader of ES modules could not be read. */
  readonly withoutEsm: boolean;
}

/** What `classloader` calls loaders: the three of Node, and the formats that CommonJS loads besides. */
export const KINDS: readonly LoaderKind[] = ['builtin', 'commonjs', 'esm', 'json', 'addon'];
const MOST_PACKAGES = 2000;
const AT_ONCE = 32;

/** What Node has loaded so far, by loader and package. */
export async function moduleTable(target: Target, signal: AbortSignal): Promise<ModuleTable> {
  const graph = await target.main<ModuleGraph>('inspectModuleGraph', null, { signal });
  const urls = await esModules(target, signal);
  const modules: LoadedModule[] = graph.builtins.map((name) => ({
    path: name.startsWith('internal/') ? name : `node:${name}`,
    kind: 'builtin',
    folder: '',
  }));
  const known = new Set(graph.commonJs.map(({ path }) => path));
  const fallback = target.process.cwd;
  for (const { path } of graph.commonJs)
    modules.push({ path, kind: kindOf(path), folder: folderOf(path, fallback) });
  for (const url of urls ?? []) {
    const path = pathOf(url);
    // What an ES module imports of CommonJS is loaded by that loader.
    if (path === undefined || known.has(path)) continue;
    known.add(path);
    modules.push({ path, kind: path.endsWith('.json') ? 'json' : 'esm', folder: folderOf(path, fallback) });
  }
  return {
    modules,
    packages: await packagesOf(target, modules),
    main: graph.main,
    withoutEsm: urls === undefined,
  };
}

async function esModules(target: Target, signal: AbortSignal): Promise<readonly string[] | undefined> {
  const objects = new RemoteObjects(target, signal);
  try {
    const scopes = await registerScopes(objects);
    return scopes.objectId === undefined
      ? undefined
      : await objects.toolValue<string[]>('esModuleUrls', scopes);
  } finally {
    objects.release();
  }
}

function kindOf(path: string): LoaderKind {
  if (path.endsWith('.json')) return 'json';
  return path.endsWith('.node') ? 'addon' : 'commonjs';
}

/** Undefined for what is no file: `node:fs`, `data:...`. */
function pathOf(url: string): string | undefined {
  if (url.startsWith('node:')) return undefined;
  try {
    return url.startsWith('file:') ? fileURLToPath(url) : url.slice(0, 200);
  } catch {
    return url.slice(0, 200);
  }
}

/** The folder of the package below node_modules, else the working folder of the process. */
function folderOf(path: string, fallback: string): string {
  return (
    /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/s.exec(path)?.[0] ??
    (path.startsWith(`${fallback}/`) ? fallback : '/')
  );
}

async function packagesOf(target: Target, modules: readonly LoadedModule[]): Promise<PackageLoader[]> {
  const folders = new Map<string, LoadedModule[]>();
  for (const each of modules) {
    if (each.folder === '') continue;
    const list = folders.get(each.folder);
    if (list) list.push(each);
    else if (folders.size < MOST_PACKAGES) folders.set(each.folder, [each]);
  }
  const found: PackageLoader[] = [];
  const all = [...folders];
  for (let at = 0; at < all.length; at += AT_ONCE) {
    found.push(
      ...(await Promise.all(
        all.slice(at, at + AT_ONCE).map(([folder, list]) => packageAt(target, folder, list)),
      )),
    );
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.folder < b.folder ? -1 : 1));
}

async function packageAt(
  target: Target,
  folder: string,
  modules: readonly LoadedModule[],
): Promise<PackageLoader> {
  const inside = folder.includes('/node_modules/');
  // The program's own package may begin above or below its working folder.
  const info = await packageOf(target, {
    path: inside ? `${folder}/package.json` : (modules[0]?.path ?? folder),
  });
  const packageName = inside ? folder.replace(/^.*\/node_modules\//s, '') : (info?.name ?? folder);
  const version = info?.version ?? '';
  const counts = new Map<LoaderKind, number>();
  for (const { kind } of modules) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const [[kind] = ['commonjs' as const]] = [...counts].sort(([, a], [, b]) => b - a);
  return {
    name: version ? `${packageName}@${version}` : packageName,
    packageName,
    version,
    folder,
    hash: hashOf(folder),
    kind,
    modules,
  };
}

export function hashOf(text: string): string {
  let hash = 0;
  for (const char of text) hash = (Math.imul(hash, 31) + (char.codePointAt(0) ?? 0)) >>> 0;
  return hash.toString(16);
}
