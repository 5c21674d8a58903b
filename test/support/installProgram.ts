import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { cacheFolder, projectRoot } from './paths.js';

const STAMP = '.installed';

/** Changes whenever a file of the program's folder does. */
function fingerprint(folder: string): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(folder).sort()) hash.update(name).update(readFileSync(join(folder, name)));
  return hash.digest('hex');
}

/** Copies test/programs/NAME into .cache and lets npm install what it names, when that is missing. Returns the folder. */
export function installProgram(name: string): string {
  const source = join(projectRoot, 'test', 'programs', name);
  const folder = join(cacheFolder, 'programs', name);
  const wanted = fingerprint(source);
  const stamp = join(folder, STAMP);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return folder;
  process.stderr.write(`installing the program ${name} (npm) ...\n`);
  // Beside its place, then moved: an install that is cut short leaves nothing that looks whole.
  const fresh = `${folder}.${process.pid}`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(join(cacheFolder, 'programs'), { recursive: true });
  cpSync(source, fresh, { recursive: true });
  const args = [
    'install',
    '--prefix',
    fresh,
    '--no-audit',
    '--no-fund',
    '--no-package-lock',
    '--loglevel=error',
  ];
  const { status, error } = spawnSync('npm', args, { cwd: fresh, stdio: ['ignore', 2, 2] });
  if (status !== 0) {
    rmSync(fresh, { recursive: true, force: true });
    throw new Error(`npm could not install the program ${name}`, { cause: error });
  }
  writeFileSync(join(fresh, STAMP), wanted);
  rmSync(folder, { recursive: true, force: true });
  renameSync(fresh, folder);
  return folder;
}
