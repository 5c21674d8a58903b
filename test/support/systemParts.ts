import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

/** The path of a program of the system; undefined when it is missing (REMORA_TEST_SKIP_SYSTEM=1): skip the test. */
export function systemPart(
  command: 'curl' | 'unshare' | 'nsenter' | 'setpriv' | 'ip' | 'go' | 'chromium',
): string | undefined {
  for (const folder of [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin', '/usr/local/go/bin']) {
    const path = join(folder, command);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

/** `skip` of a test that needs these: false, or why. */
export function lacksSystemParts(...commands: Parameters<typeof systemPart>[0][]): string | false {
  const absent = commands.filter((command) => !systemPart(command));
  return absent.length === 0 ? false : `needs ${absent.join(', ')}`;
}
