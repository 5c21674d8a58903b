import { lstatSync, mkdirSync, type Stats } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { folderFailed, unsafeFolder } from './errors.js';
import { PRODUCT } from './product.js';

const STICKY = 0o1000;

function lstat(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    // A folder above it is a file.
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined;
    throw error;
  }
}

function ownUid(): number {
  return process.getuid?.() ?? -1;
}

/**
 * Checks that `path` is a real directory of this user with mode 0700, in a parent where nobody else can swap it.
 * Throws RemoraError `unsafe-folder`.
 */
export function checkPrivateFolder(path: string): void {
  const stat = lstat(path);
  if (!stat) throw unsafeFolder(path, 'it does not exist');
  if (stat.isSymbolicLink()) throw unsafeFolder(path, 'it is a symbolic link');
  if (!stat.isDirectory()) throw unsafeFolder(path, 'it is not a directory');
  if (stat.uid !== ownUid())
    throw unsafeFolder(path, `it belongs to uid ${stat.uid}, not to uid ${ownUid()}`);
  const mode = stat.mode & 0o777;
  if (mode !== 0o700) throw unsafeFolder(path, `its mode is 0${mode.toString(8)}, not 0700`);
  const parent = dirname(path);
  const above = lstat(parent);
  // Whoever may write in the parent may rename our folder and put another one in its place, unless it is sticky.
  if (above && (above.mode & 0o022) !== 0 && (above.mode & STICKY) === 0) {
    throw unsafeFolder(path, `other users may write in ${parent}, which is not sticky`);
  }
  if (above && above.uid !== ownUid() && above.uid !== 0) {
    throw unsafeFolder(path, `${parent} belongs to uid ${above.uid}`);
  }
}

/** Makes `path` with mode 0700 where it is missing, then checks it. Missing parents are made (0700) too. */
export function ensurePrivateFolder(path: string): string {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (!lstat(path)) throw folderFailed(path, error);
  }
  checkPrivateFolder(path);
  return path;
}

/** The variable's folder, where it is absolute, there, and ours (`sudo` keeps the variables of another user). */
function ownBase(variable: string): string | undefined {
  const path = process.env[variable];
  if (!path || !isAbsolute(path)) return undefined;
  const stat = lstat(path);
  return stat?.isDirectory() && stat.uid === ownUid() ? path : undefined;
}

/**
 * The folder for sockets and other short-lived files of this user: `$XDG_RUNTIME_DIR/remora`, else `remora-UID` in the
 * temporary directory. Made and checked at each call.
 */
export function runtimeFolder(): string {
  const base = ownBase('XDG_RUNTIME_DIR');
  return ensurePrivateFolder(base ? join(base, PRODUCT) : join(tmpdir(), `${PRODUCT}-${ownUid()}`));
}

/** The folder for what outlives a run: `$XDG_STATE_HOME/remora`, else `~/.local/state/remora`. */
export function stateFolder(): string {
  const named = process.env.XDG_STATE_HOME;
  const base = named && isAbsolute(named) ? named : join(homedir(), '.local', 'state');
  return ensurePrivateFolder(join(base, PRODUCT));
}
