import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface ServerChild {
  readonly child: ChildProcess;
  readonly port: number;
  /** kill -9, and wait for its end. */
  kill(): Promise<void>;
  /** Lets it end in order. */
  stop(): Promise<void>;
}

/** Starts a server on the tables of a folder. */
export async function startServerChild(folder: string): Promise<ServerChild> {
  const program = fileURLToPath(new URL('./serverProgram.js', import.meta.url));
  const child = fork(program, [folder], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  const ended = once(child, 'exit');
  const line = await Promise.race([
    once(child.stdout as NonNullable<typeof child.stdout>, 'data').then(([data]) => String(data)),
    ended.then(([code, signal]) =>
      Promise.reject(new Error(`the server ended at its start: ${code ?? signal}`)),
    ),
  ]);
  return {
    child,
    port: Number(line),
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
    async stop() {
      child.disconnect();
      await ended;
    },
  };
}
