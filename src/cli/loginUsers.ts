import { readdirSync, readFileSync, statSync } from 'node:fs';

const FIRST_PERSON_UID = 1000;
const NOBODY_UID = 65534;
const NO_LOGIN = /(?:nologin|false|sync|halt|shutdown)$/;

/** Names (or uids) of other people who may sign in on this host: local accounts, and whoever is signed in now. */
export function otherLoginUsers(passwd = '/etc/passwd', sessions = '/run/user'): string[] {
  const own = process.getuid?.();
  const users = new Map<number, string>();
  for (const line of readLines(passwd)) {
    const [name = '', , uidText = '', , , , shell = ''] = line.split(':');
    const uid = Number(uidText);
    if (uid >= FIRST_PERSON_UID && uid !== NOBODY_UID && shell !== '' && !NO_LOGIN.test(shell))
      users.set(uid, name);
  }
  for (const uid of signedIn(sessions))
    if (uid >= FIRST_PERSON_UID && !users.has(uid)) users.set(uid, `uid ${uid}`);
  if (own !== undefined) users.delete(own);
  return [...users.values()];
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n').filter(Boolean);
  } catch {
    return [];
  }
}

/** systemd keeps a folder for each user with a session, also for those that /etc/passwd does not know. */
function signedIn(folder: string): number[] {
  try {
    return readdirSync(folder).map((name) => statSync(`${folder}/${name}`).uid);
  } catch {
    return [];
  }
}
