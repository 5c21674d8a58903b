import { constants, type Stats } from 'node:fs';
import { type FileHandle, link, lstat, open, readdir, rename, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { ensurePrivateFolder, epochMs, RemoraError, type Risk } from '../../base/index.js';
import { processStat } from '../../target/index.js';
import {
  outputBusy,
  outputFailed,
  outputFull,
  outputNotFound,
  outputTaken,
  tooManyOutputs,
} from './errors.js';
import { outputBytes, outputFileBytes, outputFiles, outputKeep } from './limits.js';
import { OpenOutput } from './openOutput.js';
import { checkOutputName, isOutputName, numberedName, outputUrl } from './outputName.js';
import type { OutputEntry, OutputFile, OutputOptions, OutputService } from './types.js';

const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;
/** One folder each, so that who may read a file outlives the agent. */
const RISKS: readonly Risk[] = ['read', 'observe', 'change'];
/** `.NAME.PID-START.part`: a file that is being written, and by whom (start ticks tell a pid that came again). */
const PART = /^\..+\.(\d+)-(\d+)\.part$/;
const WRITER = `${process.pid}-${processStat(process.pid)?.startTicks ?? 0}`;
const MODE = 0o600;

/** A finished file, open for reading. */
export interface OpenEntry extends OutputEntry {
  readonly handle: FileHandle;
}

/**
 * The agent's output folder. It belongs to the agent's user alone (0700), so nobody else can put a link into it; no link
 * is followed all the same, and nothing but plain files of this user is shown or served.
 */
export class OutputFolder implements OutputService {
  readonly #place: () => string;
  /** Names that are being written by this agent, and the bytes of each so far. */
  readonly #writing = new Map<string, number>();
  /** Bytes of finished files, as counted last. */
  #finished = 0;
  #turn: Promise<unknown> = Promise.resolve();

  /** `place` gives the folder's path, where it may be made at the first use. */
  constructor(place: () => string) {
    this.#place = place;
  }

  create(name: string, options: OutputOptions = {}): Promise<OutputFile> {
    checkOutputName(name);
    return this.#inTurn(() => this.#create(name, options));
  }

  append(name: string, options: Pick<OutputOptions, 'risk' | 'maxBytes'> = {}): Promise<OutputFile> {
    checkOutputName(name);
    return this.#inTurn(() => this.#append(name, options));
  }

  async list(): Promise<OutputEntry[]> {
    const found: OutputEntry[] = [];
    for (const risk of RISKS) {
      for (const name of await readdir(this.#folder(risk))) {
        if (!isOutputName(name)) continue;
        const stat = await plainFile(join(this.#folder(risk), name));
        if (stat) found.push(this.#entry(name, risk, stat));
      }
    }
    return found.sort((a, b) => Number(b.modified) - Number(a.modified) || (a.name < b.name ? 1 : -1));
  }

  remove(name: string): Promise<void> {
    return this.#inTurn(async () => {
      const risk = isOutputName(name) ? await this.#riskOf(name) : undefined;
      if (!risk) throw outputNotFound(name);
      if (this.#writing.has(name)) throw outputBusy(name);
      await rm(join(this.#folder(risk), name), { force: true });
    });
  }

  async room(): Promise<{ limit: number; disk: number }> {
    await this.#count();
    const { bavail, bsize } = await statfs(this.#folder('observe'));
    const limit = Math.min(outputFileBytes.value, outputBytes.value - this.#used());
    return { limit: Math.max(0, limit), disk: bavail * bsize };
  }

  /** A finished file to be read; the handle is the caller's to close. @throws RemoraError `output-not-found` */
  async open(name: string): Promise<OpenEntry> {
    for (const risk of isOutputName(name) ? RISKS : []) {
      // A pipe that somebody put there would make us wait for its other end.
      const flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK;
      const handle = await open(join(this.#folder(risk), name), flags).catch(() => undefined);
      const stat = await handle?.stat();
      if (handle && stat && isOurs(stat)) return { ...this.#entry(name, risk, stat), handle };
      await handle?.close();
    }
    throw outputNotFound(name);
  }

  async #create(wanted: string, options: OutputOptions): Promise<OutputFile> {
    const { risk = 'observe', whenTaken = 'refuse', maxBytes = Number.POSITIVE_INFINITY } = options;
    await this.#makeRoom();
    const name = await this.#freeName(wanted, whenTaken);
    const path = join(this.#folder(risk), name);
    const part = join(this.#folder(risk), `.${name}.${WRITER}.part`);
    const handle = await this.#open(part, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW);
    const keep = async (): Promise<void> => {
      if (whenTaken === 'replace') {
        await rename(part, path);
        for (const other of RISKS)
          if (other !== risk) await rm(join(this.#folder(other), name), { force: true });
        return;
      }
      // Unlike a renaming this never takes the place of another file.
      await link(part, path).catch((error: NodeJS.ErrnoException) => {
        throw error.code === 'EEXIST' ? outputTaken(name) : error;
      });
      await rm(part);
    };
    return this.#opened(name, path, handle, maxBytes, 0, keep, () => rm(part, { force: true }));
  }

  async #append(name: string, { risk = 'observe', maxBytes }: OutputOptions): Promise<OutputFile> {
    await this.#makeRoom();
    if (this.#writing.has(name)) throw outputBusy(name);
    const there = await this.#riskOf(name);
    // Who may read what is there must not get to read what needs more.
    if (there && RISKS.indexOf(there) < RISKS.indexOf(risk)) throw outputTaken(name);
    const path = join(this.#folder(there ?? risk), name);
    const flags = O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK;
    const handle = await this.#open(path, name, there ? flags : flags | O_CREAT | O_EXCL);
    const stat = await handle.stat();
    if (!isOurs(stat)) {
      await handle.close();
      throw outputTaken(name);
    }
    const drop = async (): Promise<void> => {
      if (!there) await rm(path, { force: true });
    };
    return this.#opened(name, path, handle, maxBytes, stat.size, async () => {}, drop);
  }

  #opened(
    name: string,
    path: string,
    handle: FileHandle,
    maxBytes: number | undefined,
    before: number,
    keep: () => Promise<void>,
    drop: () => Promise<void>,
  ): OutputFile {
    this.#writing.set(name, 0);
    return new OpenOutput({
      name,
      path,
      handle,
      before,
      url: outputUrl(name),
      maxBytes: Math.min(maxBytes ?? Number.POSITIVE_INFINITY, outputFileBytes.value),
      home: {
        keep,
        drop,
        take: (bytes) => {
          if (this.#used() + bytes > outputBytes.value) throw outputFull(outputBytes.value);
          this.#writing.set(name, (this.#writing.get(name) ?? 0) + bytes);
        },
        ended: (kept) => {
          if (kept) this.#finished += this.#writing.get(name) ?? 0;
          this.#writing.delete(name);
        },
      },
    });
  }

  async #open(path: string, name: string, flags: number): Promise<FileHandle> {
    try {
      return await open(path, flags, MODE);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw code === 'EEXIST' || code === 'ELOOP' ? outputTaken(name) : outputFailed(name, error);
    }
  }

  async #freeName(wanted: string, whenTaken: OutputOptions['whenTaken']): Promise<string> {
    for (let number = 1; ; number++) {
      const name = numberedName(wanted, number);
      const busy = this.#writing.has(name);
      if (!busy && (whenTaken === 'replace' || !(await this.#isTaken(name)))) return name;
      if (whenTaken !== 'number') throw busy ? outputBusy(name) : outputTaken(name);
    }
  }

  async #isTaken(name: string): Promise<boolean> {
    for (const risk of RISKS) if (await exists(join(this.#folder(risk), name))) return true;
    return false;
  }

  async #riskOf(name: string): Promise<Risk | undefined> {
    for (const risk of RISKS) if (await plainFile(join(this.#folder(risk), name))) return risk;
    return undefined;
  }

  #folder(risk: Risk): string {
    return ensurePrivateFolder(join(ensurePrivateFolder(this.#place()), risk));
  }

  #entry(name: string, risk: Risk, { size, mtime }: Stats): OutputEntry {
    return {
      name,
      risk,
      path: join(this.#folder(risk), name),
      url: outputUrl(name),
      bytes: size,
      modified: mtime,
    };
  }

  #used(): number {
    let bytes = this.#finished;
    for (const more of this.#writing.values()) bytes += more;
    return bytes;
  }

  /** What nobody has used for long goes; of killed agents' unfinished files nothing stays. */
  async #makeRoom(): Promise<void> {
    const files = await this.#count();
    if (files + this.#writing.size >= outputFiles.value) throw tooManyOutputs(outputFiles.value);
  }

  /** Counts anew, and removes what is old. Returns how many files there are. */
  async #count(): Promise<number> {
    const oldest = outputKeep.value > 0 ? epochMs() - outputKeep.value * 1000 : 0;
    let files = 0;
    let bytes = 0;
    for (const risk of RISKS) {
      const folder = this.#folder(risk);
      for (const name of await readdir(folder)) {
        const path = join(folder, name);
        const writer = PART.exec(name);
        if (writer) {
          const [, pid, start] = writer;
          if (processStat(Number(pid))?.startTicks !== Number(start)) await rm(path, { force: true });
          continue;
        }
        const stat = await plainFile(path);
        if (!stat) continue;
        if (Number(stat.mtime) < oldest && !this.#writing.has(name)) await rm(path, { force: true });
        else {
          files += 1;
          bytes += stat.size - (this.#writing.get(name) ?? 0);
        }
      }
    }
    this.#finished = Math.max(0, bytes);
    return files;
  }

  /** One after the other: what one has looked at must be so when it acts on it. */
  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(act);
    this.#turn = done.catch(() => {});
    return done.catch((error: unknown) => {
      throw error instanceof RemoraError ? error : outputFailed('the file', error);
    });
  }
}

function isOurs(stat: Stats): boolean {
  return stat.isFile() && stat.uid === process.getuid?.();
}

async function exists(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined)) !== undefined;
}

/** Of a plain file of ours; undefined for anything else. */
async function plainFile(path: string): Promise<Stats | undefined> {
  const stat = await lstat(path).catch(() => undefined);
  return stat && isOurs(stat) ? stat : undefined;
}
