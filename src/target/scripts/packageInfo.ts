import { dirname } from 'node:path';
import type { Target } from '../types.js';
import { readTargetFile } from './probeFile.js';
import type { Script } from './script.js';

export interface PackageInfo {
  readonly name: string;
  readonly version: string;
}

const MOST_BYTES = 1024 * 1024;
const MOST_FOLDERS = 12;
const known = new WeakMap<Target, Map<string, Promise<PackageInfo | undefined>>>();

/** Name and version from the nearest package.json above a script that has them, read as the target sees it. */
export async function packageOf(
  target: Target,
  script: Pick<Script, 'path'>,
): Promise<PackageInfo | undefined> {
  if (script.path === '') return undefined;
  let folders = known.get(target);
  if (!folders) {
    folders = new Map();
    known.set(target, folders);
  }
  let folder = dirname(script.path);
  for (let steps = 0; steps < MOST_FOLDERS; steps++) {
    let info = folders.get(folder);
    if (!info) {
      info = read(target, folder);
      folders.set(folder, info);
    }
    const found = await info;
    if (found) return found;
    const above = dirname(folder);
    if (above === folder || folder.endsWith('/node_modules')) return undefined;
    folder = above;
  }
  return undefined;
}

async function read(target: Target, folder: string): Promise<PackageInfo | undefined> {
  try {
    const text = await readTargetFile(target, `${folder === '/' ? '' : folder}/package.json`, MOST_BYTES);
    const { name, version } = JSON.parse(text) as { name?: unknown; version?: unknown };
    return typeof name === 'string'
      ? { name, version: typeof version === 'string' ? version : '' }
      : undefined;
  } catch {
    // None here, or no JSON: the next folder may have one.
    return undefined;
  }
}
