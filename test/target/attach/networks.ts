import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import type { TestLike } from './attaching.js';

const isRoot = process.getuid?.() === 0;
const OWN_USER = ['--user', '--map-root-user'];

/** Whether a network namespace can be made here, by root or by a user namespace. */
export const canIsolate = works('unshare', [...(isRoot ? [] : OWN_USER), '--net', 'true']);

function works(command: string, args: string[]): boolean {
  return spawnSync(command, args, { timeout: 5000 }).status === 0;
}

/**
 * A network of its own with only a loopback, in which port 9229 is nobody else's. Returns what to put before a command
 * line to run it there. It goes with the test.
 */
export async function ownNetwork(t: TestLike): Promise<readonly string[]> {
  const holder = spawn(
    'unshare',
    [...(isRoot ? [] : OWN_USER), '--net', 'sh', '-c', 'ip link set lo up && echo up && exec sleep 600'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  t.after(() => void holder.kill('SIGKILL'));
  await outputOf(holder, 'up');
  const user = isRoot ? [] : ['--user', '--preserve-credentials'];
  return ['nsenter', '--target', String(holder.pid), ...user, '--net', '--'];
}

/** Waits until a process has printed the word. */
export async function outputOf(child: ChildProcess, word: string): Promise<string> {
  let text = '';
  const stdout = child.stdout as NodeJS.ReadableStream;
  while (!text.includes(word)) {
    const [chunk] = (await Promise.race([
      once(stdout, 'data'),
      once(child, 'exit').then(() => {
        throw new Error(`ended before it printed '${word}': ${text}`);
      }),
    ])) as [Buffer];
    text += String(chunk);
  }
  return text;
}
