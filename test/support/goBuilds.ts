import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { cacheFolder } from './paths.js';

let known: Readonly<Record<string, string>> | undefined;

/**
 * Variables under which every test builds with Go: one cache for all, that of whoever runs them where there is one, and no C.
 * The standard library takes half a minute of CPU, and so is compiled once at most.
 */
export function goBuilds(go: string): Readonly<Record<string, string>> {
  if (known) return known;
  const own = spawnSync(go, ['env', 'GOCACHE'], { encoding: 'utf8' }).stdout?.trim();
  const GOCACHE = own && own !== 'off' ? own : join(cacheFolder, 'go', 'build');
  known = { GOCACHE, CGO_ENABLED: '0', GOTOOLCHAIN: 'local' };
  return known;
}
