/** Names of users, from /etc/passwd only: asking a directory service could hang. */
import { readFileSync, statSync } from 'node:fs';

const PASSWD = '/etc/passwd';

let names = new Map<number, string>();
let readAt = -1;

/** The user's name, or the uid as text. */
export function userName(uid: number): string {
  try {
    const { mtimeMs } = statSync(PASSWD);
    if (mtimeMs !== readAt) {
      names = parsePasswd(readFileSync(PASSWD, 'utf8'));
      readAt = mtimeMs;
    }
  } catch {
    // No such file: numbers then.
  }
  return names.get(uid) ?? String(uid);
}

export function parsePasswd(text: string): Map<number, string> {
  const found = new Map<number, string>();
  for (const line of text.split('\n')) {
    const [name, , uid] = line.split(':');
    if (name && uid && /^\d+$/.test(uid) && !found.has(Number(uid))) found.set(Number(uid), name);
  }
  return found;
}
