import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type TestLike, temporaryFolder } from './attaching.js';

export interface AgentOptions {
  readonly uid?: number;
  readonly owner?: string;
  /** Put before the command line; must exec. */
  readonly wrapper?: readonly string[];
  /** The agent's memory, to be shared with one that comes after it. */
  readonly folder?: string;
}

/** What an agent process answers when it refuses. */
export class AgentRefusal extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** An agent in a process of its own. */
export class AgentProcess {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  readonly #ready: Promise<void>;
  #next = 1;
  #errors = '';

  constructor(child: ChildProcess) {
    this.#child = child;
    child.stderr?.on('data', (chunk) => {
      this.#errors = (this.#errors + String(chunk)).slice(-2000);
    });
    child.stdin?.on('error', () => undefined);
    this.#ready = new Promise((resolve, reject) => {
      createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
        const message = JSON.parse(line) as {
          ready?: boolean;
          id: number;
          result?: unknown;
          error?: { code: string; message: string };
        };
        if (message.ready) return resolve();
        const waiting = this.#waiting.get(message.id);
        this.#waiting.delete(message.id);
        if (message.error) waiting?.reject(new AgentRefusal(message.error.code, message.error.message));
        else waiting?.resolve(message.result);
      });
      child.once('close', (code, signal) => {
        const gone = new Error(`the agent has ended (${code ?? signal}): ${this.#errors}`);
        reject(gone);
        for (const each of this.#waiting.values()) each.reject(gone);
        this.#waiting.clear();
      });
    });
    this.#ready.catch(() => undefined);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  async ask<T = unknown>(op: string, order: object = {}): Promise<T> {
    await this.#ready;
    const id = this.#next++;
    return await new Promise<unknown>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#child.stdin?.write(`${JSON.stringify({ ...order, id, op })}\n`);
    }).then((value) => value as T);
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** SIGKILL, and wait until it is gone. */
  async kill(): Promise<void> {
    const gone = new Promise<void>((resolve) => this.#child.once('close', () => resolve()));
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGKILL');
    await gone;
  }
}

const program = fileURLToPath(new URL('./agentProgram.js', import.meta.url));
const NOBODY = 65_534;

/** Why an agent of another user cannot run here; false when it can. A checkout may be closed to others. */
export function noOtherUser(): string | false {
  if (process.getuid?.() !== 0) return 'needs root';
  const check = spawnSync(process.execPath, ['--check', program], { uid: NOBODY, gid: NOBODY, cwd: '/' });
  return check.status === 0 ? false : 'this checkout cannot be read by other users';
}

export async function startAgent(t: TestLike, options: AgentOptions = {}): Promise<AgentProcess> {
  const folder = options.folder ?? temporaryFolder(t, 'agent');
  if (options.uid !== undefined) {
    chmodSync(folder, 0o700);
    chownSync(folder, options.uid, options.uid);
  }
  const [command = '', ...args] = [
    ...(options.wrapper ?? []),
    process.execPath,
    program,
    folder,
    options.owner ?? 'the other agent',
  ];
  const child = spawn(command, args, {
    uid: options.uid,
    gid: options.uid,
    cwd: '/',
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.on('error', () => undefined);
  const agent = new AgentProcess(child);
  t.after(() => agent.kill());
  return agent;
}
