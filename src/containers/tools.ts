/** Programs of the system that start and hold containers, by absolute path: a container's PATH has no say in them. */
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { toolMissing } from './errors.js';

const FOLDERS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

const PACKAGES: Readonly<Record<string, string>> = {
  sh: 'every Linux system',
  awk: 'mawk, gawk or busybox',
  setsid: 'util-linux',
  setpriv: 'util-linux',
  prlimit: 'util-linux',
};

/** What a container gets where nobody sets PATH. */
export const DEFAULT_PATH = FOLDERS.join(':');

const found = new Map<string, string>();

export function findTool(name: string): string | undefined {
  const known = found.get(name);
  if (known) return known;
  for (const folder of FOLDERS) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
    } catch {
      continue;
    }
    found.set(name, path);
    return path;
  }
  return undefined;
}

/** Throws `launch-failed` with the package that has it. */
export function requireTool(name: string): string {
  const path = findTool(name);
  if (!path) throw toolMissing(name, PACKAGES[name] ?? 'coreutils');
  return path;
}
