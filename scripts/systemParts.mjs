// Programs of the system that tests run: looked for, and installed by apt when we are root and it is there.
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { log } from './prepare.mjs';

/** Command → Debian package. */
const parts = {
  curl: 'curl',
  unshare: 'util-linux',
  nsenter: 'util-linux',
  setpriv: 'util-linux',
  ip: 'iproute2',
  go: 'golang-go',
  chromium: 'chromium',
};

function isThere(command) {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin', '/usr/local/go/bin'].filter(
    Boolean,
  );
  return folders.some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function missing() {
  return Object.keys(parts).filter((command) => !isThere(command));
}

function apt(args) {
  return spawnSync('apt-get', args, {
    stdio: ['ignore', 2, 2],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
}

export function ensureSystemParts() {
  const absent = missing();
  if (absent.length === 0) return;
  const packages = [...new Set(absent.map((command) => parts[command]))];
  if (process.getuid?.() === 0 && isThere('apt-get')) {
    log(`installing ${packages.join(', ')} (apt-get) ...`);
    apt(['-qq', 'update']);
    apt(['-qq', 'install', '-y', '--no-install-recommends', ...packages]);
  }
  const still = missing();
  if (still.length === 0) return;
  const text = `tests need ${still.join(', ')} (${packages.join(', ')})`;
  if (process.env.REMORA_TEST_SKIP_SYSTEM !== '1') {
    throw new Error(
      `${text}; install them, or set REMORA_TEST_SKIP_SYSTEM=1 to skip the tests that use them`,
    );
  }
  log(`${text}: the tests that use them are skipped`);
}
