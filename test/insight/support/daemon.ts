import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type Home, makeHome } from '../../cli/support/cli.js';
import { eventually, isAlive, projectRoot } from '../../support/index.js';

export interface TestLike {
  after(fn: () => Promise<void> | void): void;
}

/** `remora agent` or `remora server` in a process of its own. */
export interface DaemonProcess {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly url: string;
  readonly home: Home;
  stderr(): string;
  /** SIGKILL. */
  kill(): Promise<void>;
}

const MAIN = join(projectRoot, 'build', 'src', 'main.js');

/** Starts it on a free port of loopback; callers of this user are known (`--trust uid`). */
export async function startDaemonProcess(
  t: TestLike,
  role: 'agent' | 'server' | 'up',
  args: readonly string[] = [],
): Promise<DaemonProcess> {
  const home = makeHome(t);
  // Tests of others leave thousands of closed connections behind, among which ours would not be looked for.
  const rows = ['--limit', 'http-trust-rows=1000000'];
  const flags = [role, '--listen', '127.0.0.1:0', '--trust', 'uid', ...rows, ...args];
  const child = spawn(process.execPath, [MAIN, ...flags], {
    env: home.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      said += chunk;
    });
  }
  const kill = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  };
  t.after(() => kill('SIGTERM'));
  const pid = child.pid ?? 0;
  const url = await eventually(
    () => {
      if (!isAlive(pid)) throw new Error(`it ended: ${said}`);
      return /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0];
    },
    { what: `${role} to listen`, timeoutMs: 20_000 },
  );
  return { child, pid, url, home, stderr: () => said, kill: () => kill('SIGKILL') };
}
