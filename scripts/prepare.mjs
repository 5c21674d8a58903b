// What has to be there before anything of the project runs: packages, and the build. Only Node's own modules are
// imported at the top, since this runs on a fresh clone. Says what it does on stderr; nothing to do = silent.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { build } from './build.mjs';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const lockfile = join(root, 'package-lock.json');
const stampFile = join(root, 'node_modules', '.remora-lock');
const guardFile = join(root, '.cache', 'prepare.pid');
const FLOOR = [20, 19];

export function log(line) {
  process.stderr.write(`${line}\n`);
}

export async function prepare() {
  refuseUnsupported();
  const release = await guard();
  try {
    install();
    await build({ log });
  } finally {
    release();
  }
}

/** A plan gone wrong is one clear line, not a stack trace. */
export async function orExplain(work) {
  try {
    return await work();
  } catch (error) {
    log(`remora: ${error instanceof Error ? error.message : error}`);
    process.exit(1);
  }
}

function refuseUnsupported() {
  if (process.platform !== 'linux') throw new Error(`Remora runs on Linux, and this is ${process.platform}`);
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < FLOOR[0] || (major === FLOOR[0] && minor < FLOOR[1])) {
    throw new Error(`Remora needs Node.js ${FLOOR.join('.')} or newer, and this is ${process.versions.node}`);
  }
}

/** `npm start` and `npm test` at once must not install over each other. */
async function guard() {
  mkdirSync(dirname(guardFile), { recursive: true });
  for (let said = false; ; ) {
    // Linked, not written in place: nobody ever sees the file without its pid.
    const mine = `${guardFile}.${process.pid}`;
    writeFileSync(mine, String(process.pid));
    try {
      linkSync(mine, guardFile);
      return () => rmSync(guardFile, { force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    } finally {
      rmSync(mine, { force: true });
    }
    const owner = existsSync(guardFile) ? readFileSync(guardFile, 'utf8') : '';
    if (!isPreparing(owner)) rmSync(guardFile, { force: true });
    if (!said) log(`waiting for process ${owner}, which is preparing ...`);
    said = true;
    await sleep(200);
  }
}

/** Whether the process that wrote the guard file still is one of these scripts; a pid may have been given anew. */
function isPreparing(pid) {
  try {
    return readFileSync(`/proc/${Number(pid)}/cmdline`, 'utf8').includes('scripts/');
  } catch {
    return false;
  }
}

function install() {
  const wanted = createHash('sha256').update(readFileSync(lockfile)).digest('hex');
  if (isInstalled(wanted)) return;
  log('installing packages (npm ci), about ten seconds ...');
  npm(['ci', '--no-audit', '--no-fund', '--loglevel=error'], 'npm ci');
  writeFileSync(stampFile, wanted);
}

function isInstalled(wanted) {
  if (existsSync(stampFile)) return readFileSync(stampFile, 'utf8') === wanted;
  // Installed by hand: npm's own copy of the lock is written last.
  const done = join(root, 'node_modules', '.package-lock.json');
  return existsSync(done) && statSync(done).mtimeMs >= statSync(lockfile).mtimeMs;
}

/** Runs npm, the one that runs us if there is one; all its output goes to stderr. */
export function npm(args, what, cwd = root) {
  const cli = process.env.npm_execpath;
  const [command, first] = cli?.endsWith('.js') ? [process.execPath, [cli]] : ['npm', []];
  const result = spawnSync(command, [...first, ...args], { cwd, stdio: ['ignore', 2, 2] });
  if (result.error) throw new Error(`${what}: ${result.error.message}`);
  if (result.status !== 0) throw new Error(`${what} failed (${result.signal ?? result.status})`);
}
