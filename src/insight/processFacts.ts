import { readFileSync } from 'node:fs';
import { epochMs, formatDateTime, redactArgv } from '../base/index.js';

/** When this process began, as `2019-08-14 00:22:00` in local time. */
export function startTime(): string {
  return formatDateTime(epochMs() - process.uptime() * 1000).slice(0, 'yyyy-MM-dd HH:mm:ss'.length);
}

/** A command line with an argument a line and a newline at the end; secrets are masked. '' where it cannot be read. */
export function commandText(command: readonly string[]): string {
  return redactArgv(command)
    .map((argument) => `${argument}\n`)
    .join('');
}

export function ownCommand(): string[] {
  try {
    return readFileSync('/proc/self/cmdline', 'utf8').split('\0').slice(0, -1);
  } catch {
    return [];
  }
}

/** The commit that this was built from, written beside the program by scripts/build.mjs. */
export function gitCommit(): string {
  try {
    const text = readFileSync(new URL('../gitCommit.txt', import.meta.url), 'utf8').trim();
    return /^[0-9a-f]{40}$/.test(text) ? text : 'non-git-repo';
  } catch {
    return 'non-git-repo';
  }
}
