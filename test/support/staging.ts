import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

const OTHERS_MAY_ENTER = 0o001;

/** Whether a user without any rights here could open the file: each folder above it lets others pass. */
function reachableByOthers(path: string): boolean {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if ((statSync(folder).mode & OTHERS_MAY_ENTER) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

let folder: string | undefined;

function stagingFolder(): string {
  if (folder === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'remora-staging-'));
    chmodSync(made, 0o755);
    process.once('exit', () => rmSync(made, { recursive: true, force: true }));
    folder = made;
  }
  return folder;
}

/**
 * A path under which another user can run this binary: itself where the way is open, else a copy that goes when this
 * process ends. A checkout below a home folder is closed to other users, and tests run in such places.
 */
export function stageBinary(path: string): string {
  if (reachableByOthers(path)) return path;
  const staged = join(stagingFolder(), String(statSync(path).ino), basename(path));
  if (!existsSync(staged)) {
    mkdirSync(dirname(staged), { recursive: true });
    copyFileSync(path, staged);
    chmodSync(staged, 0o755);
  }
  return staged;
}

/** The same for a target program; its whole folder comes along. `under` is the folder to copy. */
export function stageFile(path: string, under: string): string {
  if (reachableByOthers(path) || !path.startsWith(`${under}/`)) return path;
  const staged = join(stagingFolder(), String(statSync(under).ino));
  if (!existsSync(staged)) cpSync(under, staged, { recursive: true, dereference: true });
  return join(staged, path.slice(under.length + 1));
}
