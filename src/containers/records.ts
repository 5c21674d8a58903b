/** What outlives the agent: one folder per launch, named by a random key, with `record.json` and the runtime's files. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensurePrivateFolder, errorText, type Log } from '../base/index.js';
import type { ContainerClass, Termination } from './containers.js';
import { folderInUse } from './errors.js';
import { isAlive, nameProcess, type ProcessName } from './proc.js';
import type { Environment } from './startPlan.js';
import type { User } from './users.js';

const VERSION = 1;

export interface ContainerRecord {
  readonly version: number;
  readonly key: string;
  /** Root first. */
  readonly path: readonly string[];
  readonly class: ContainerClass;
  readonly command: string;
  readonly user: User;
  readonly cwd: string;
  /** As started with: what a session below it inherits. */
  readonly environment: Environment;
  readonly tty: boolean;
  readonly attachable: boolean;
  /** Kept until it is removed, also of a root. */
  readonly keep?: boolean;
  readonly startTime: number;
  readonly runtime: string;
  readonly state?: object;
  readonly termination?: Termination;
}

export class Records {
  readonly #folder: string;
  readonly #lock: string;

  /** Throws `folder-in-use` where another agent has it. */
  constructor(folder: string) {
    ensurePrivateFolder(folder);
    this.#folder = join(folder, 'run');
    this.#lock = join(folder, 'agent.json');
    this.#takeLock(folder);
    ensurePrivateFolder(this.#folder);
  }

  #takeLock(folder: string): void {
    const own = JSON.stringify(nameProcess(process.pid));
    for (;;) {
      try {
        writeFileSync(this.#lock, own, { flag: 'wx', mode: 0o600 });
        return;
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      }
      const owner = readJson<ProcessName>(this.#lock);
      if (owner && isAlive(owner)) throw folderInUse(folder, owner.pid);
      rmSync(this.#lock, { force: true });
    }
  }

  folderOf(key: string): string {
    return join(this.#folder, key);
  }

  make(key: string): string {
    const folder = this.folderOf(key);
    mkdirSync(folder, { mode: 0o700 });
    return folder;
  }

  write(record: Omit<ContainerRecord, 'version'>): void {
    const path = join(this.folderOf(record.key), 'record.json');
    writeFileSync(`${path}.t`, JSON.stringify({ version: VERSION, ...record }), { mode: 0o600 });
    renameSync(`${path}.t`, path);
  }

  remove(key: string): void {
    rmSync(this.folderOf(key), { recursive: true, force: true });
  }

  /** Parents before children. What cannot be read is named in the log and left alone. */
  readAll(log: Log): ContainerRecord[] {
    const records: ContainerRecord[] = [];
    for (const key of readdirSync(this.#folder)) {
      try {
        const text = readFileSync(join(this.folderOf(key), 'record.json'), 'utf8');
        const record = JSON.parse(text) as ContainerRecord;
        if (record.version !== VERSION || record.key !== key || !Array.isArray(record.path)) {
          throw new Error(`its version is ${record.version}, ours is ${VERSION}`);
        }
        records.push(record);
      } catch (error) {
        // An agent that died before its first record had started nothing.
        if (!existsSync(join(this.folderOf(key), 'record.json'))) this.remove(key);
        else
          log.warn(
            { folder: this.folderOf(key) },
            `a container's record cannot be read: ${errorText(error)}`,
          );
      }
    }
    return records.sort((a, b) => a.path.length - b.path.length || a.startTime - b.startTime);
  }

  close(): void {
    rmSync(this.#lock, { force: true });
  }
}

function readJson<T>(path: string): T | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T;
  } catch {
    return undefined;
  }
}
