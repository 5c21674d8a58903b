/** How a keeper's container ended: the file `exit`, which it writes when its container has ended. */
import { type FSWatcher, readFileSync, watch } from 'node:fs';
import { join } from 'node:path';
import { isAlive, type ProcessName } from '../proc.js';

/** The watch tells at once; this is for a keeper that was killed, and for a file system that tells nothing. */
const LOOK_MS = 1000;
const LAST_SIGNAL = 64;

export interface KeeperExit {
  /** A wait status; undefined where keeper and container are gone and nothing was written. */
  readonly status: Promise<number | undefined>;
  /** The keeper is gone and the container is not. */
  readonly isLost: boolean;
  stop(): void;
}

export function keeperExit(
  folder: string,
  keeper: ProcessName | undefined,
  first: ProcessName | undefined,
): KeeperExit {
  let watcher: FSWatcher | undefined;
  let timer: NodeJS.Timeout | undefined;
  let lost = false;
  let resolve: (status: number | undefined) => void = () => undefined;
  const status = new Promise<number | undefined>((done) => {
    resolve = done;
  });
  const stop = (): void => {
    watcher?.close();
    clearInterval(timer);
  };
  const look = (): void => {
    // In this order: the keeper writes, then ends.
    const keeperLives = isAlive(keeper);
    const written = readExit(folder);
    if (written === undefined && keeperLives) return;
    const gone = written !== undefined || !isAlive(first);
    // A session has no keeper to lose.
    lost = !gone && keeper !== undefined;
    if (!gone) return;
    stop();
    resolve(written === undefined ? undefined : waitStatus(written));
  };
  try {
    watcher = watch(folder, look);
    watcher.on('error', () => watcher?.close());
  } catch {
    // No watch left (fs.inotify.max_user_watches): the timer does it.
  }
  timer = setInterval(look, LOOK_MS);
  look();
  return {
    status,
    get isLost() {
      return lost;
    },
    stop,
  };
}

/** Also empty, where the disk was full: then it says that the container has ended, and no more. */
function readExit(folder: string): string | undefined {
  try {
    return readFileSync(join(folder, 'exit'), 'latin1').trim();
  } catch {
    return undefined;
  }
}

/**
 * What awk's system() answered as a wait status. mawk and gawk: the exit code, or 256 + signal (512 + signal in gawk
 * where the core was dumped; mawk leaves the bit 128 in); an old gawk: the wait status divided by 256. After an `s` the
 * shell's word: the exit code, or 128 + signal.
 */
export function waitStatus(text: string): number | undefined {
  const [, shell] = /^s(\d{1,3})$/.exec(text) ?? [];
  if (shell !== undefined) {
    const signal = Number(shell) - 128;
    return signal > 0 && signal <= LAST_SIGNAL ? signal : Number(shell) << 8;
  }
  const value = Number(text);
  if (text === '' || !Number.isFinite(value) || value < 0) return undefined;
  if (!Number.isInteger(value)) return Math.round(value * 256);
  if (value >= 512) return (value - 512) | 128;
  return value >= 256 ? value - 256 : value << 8;
}
