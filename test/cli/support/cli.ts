import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { eventually, projectRoot } from '../../support/index.js';

export const MAIN = join(projectRoot, 'build', 'src', 'main.js');

/** A user's own folders, so that no agent or history of the person who runs the tests is met. */
export interface Home {
  readonly env: NodeJS.ProcessEnv;
  /** Where the shared agent listens. */
  readonly socketPath: string;
  readonly runtime: string;
  readonly state: string;
}

interface Test {
  after(fn: () => Promise<void> | void): void;
}

export function makeHome(test: Test): Home {
  const folder = mkdtempSync(join(tmpdir(), 'remora-cli-'));
  test.after(() => rmSync(folder, { recursive: true, force: true }));
  const runtime = join(folder, 'run');
  const state = join(folder, 'state');
  for (const each of [runtime, state, join(runtime, 'remora')]) mkdirSync(each, { mode: 0o700 });
  return {
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      TMPDIR: folder,
      LANG: 'C.UTF-8',
      TERM: 'xterm-256color',
      XDG_RUNTIME_DIR: runtime,
      XDG_STATE_HOME: state,
    },
    socketPath: join(runtime, 'remora', 'agent.sock'),
    runtime: join(runtime, 'remora'),
    state: join(state, 'remora'),
  };
}

export interface CliEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliRun {
  readonly child: ChildProcess;
  readonly end: Promise<CliEnd>;
  stdout(): string;
  stderr(): string;
  /** Resolves when standard output or error holds the text. */
  waitFor(text: string | RegExp, timeoutMs?: number): Promise<void>;
}

interface RunOptions {
  readonly home: Home;
  readonly input?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

/** Starts `remora ARGS` without a terminal. */
export function startCli(args: readonly string[], { home, input, env, cwd }: RunOptions): CliRun {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { ...home.env, ...env },
    cwd,
    stdio: 'pipe',
  });
  if (input === undefined) child.stdin.end();
  else child.stdin.end(input);
  return watch(child);
}

export function runCli(args: readonly string[], options: RunOptions): Promise<CliEnd> {
  return startCli(args, options).end;
}

function watch(child: ChildProcess): CliRun {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  const end = new Promise<CliEnd>((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  return {
    child,
    end,
    stdout: () => stdout,
    stderr: () => stderr,
    async waitFor(text, timeoutMs = 10_000) {
      const found = (all: string) => (typeof text === 'string' ? all.includes(text) : text.test(all));
      await eventually(() => found(stdout) || found(stderr), {
        timeoutMs,
        what: `${text} in ${JSON.stringify((stdout + stderr).slice(-2000))}`,
      });
    },
  };
}

/** Why tests at a terminal cannot run here; undefined = they can. */
export const noTerminal: string | undefined =
  spawnSync('script', ['--version']).status === 0 ? undefined : "'script' of util-linux is missing";

/** `remora ARGS` on a real terminal of 80 columns, made by `script`. */
export class TerminalRun {
  readonly #run: CliRun;

  constructor(args: readonly string[], { home, env }: RunOptions) {
    const words = [process.execPath, MAIN, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
    const command = `stty cols 80 rows 24; exec ${words.join(' ')}`;
    const child = spawn('script', ['--quiet', '--return', '--flush', '--command', command, '/dev/null'], {
      env: { ...home.env, SHELL: '/bin/sh', ...env },
      stdio: 'pipe',
    });
    this.#run = watch(child);
  }

  get end(): Promise<CliEnd> {
    return this.#run.end;
  }

  /** What the terminal was sent, with colours and cursor movements. */
  get raw(): string {
    return this.#run.stdout();
  }

  /** Without them. */
  get text(): string {
    return stripVTControlCharacters(this.raw).replaceAll('\r', '');
  }

  type(keys: string): void {
    this.#run.child.stdin?.write(keys);
  }

  /** Closes the terminal under it, as a window that is closed. */
  hangUp(): void {
    this.#run.child.kill('SIGKILL');
  }

  /** Resolves when the text stands after what `from` (a length of `text`) was; returns the new length. */
  async sees(text: string | RegExp, from = 0): Promise<number> {
    await eventually(
      () => {
        const seen = this.text.slice(from);
        return typeof text === 'string' ? seen.includes(text) : text.test(seen);
      },
      { timeoutMs: 15_000, what: `${text} on the terminal`, intervalMs: 20 },
    ).catch((error: Error) => {
      throw new Error(`${error.message}\n${this.text}`);
    });
    return this.text.length;
  }
}
