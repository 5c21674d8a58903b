import { statfsSync } from 'node:fs';
import type { Database, RootDatabase, Transaction } from 'lmdb';
import { counters, errorText, type Log, RemoraError } from '../../base/index.js';
import {
  storeBusy,
  storeClosed,
  storeCorrupt,
  storeFailed,
  storeFull,
  storeStalled,
  tooManyScans,
} from '../errors.js';
import { commitMs, openScans, pendingBytes, pendingWrites, scanSeconds } from '../limits.js';

export type Tree = Database<Buffer, Buffer>;

const commits = counters.counter('store.commits', 'durable commits of the tables');
const writes = counters.counter('store.writes', 'writes of the tables that were acknowledged');
const failures = counters.counter('store.commit_failures', 'commits of the tables that failed');

const MAX_BATCH = 2_000;
const MAX_BATCH_BYTES = 16 * 1024 * 1024;
/** LMDB has 126 places for readers; several scans of one moment share one. */
const MOST_SCANS = 500;

/** What the operations of one commit have seen and written so far. One that throws has written nothing. */
export interface Batch {
  /** Milliseconds since the epoch, one for the batch. */
  readonly now: number;
  get(tree: Tree, key: Buffer): Buffer | undefined;
  put(tree: Tree, key: Buffer, value: Buffer): void;
  remove(tree: Tree, key: Buffer): void;
  /** Runs once the batch is durable, in the order of the calls. */
  after(publish: () => void): void;
}

interface Operation {
  readonly bytes: number;
  prepare(batch: Batch): void;
  done(): void;
  failed(error: unknown): void;
}

/**
 * The file's one writer. Operations queue up while a commit is on its way to the disk, and go together into the next:
 * each decides on what the ones before it left, and each promise settles only when the disk has it all, or has refused it
 * all. Only one commit is ever on its way, so that a failed one leaves nothing behind that others were decided on.
 */
export class Engine {
  readonly #root: RootDatabase<Buffer, Buffer>;
  readonly #folder: string;
  readonly #log: Log | undefined;
  readonly #snapshots = new Set<Snapshot>();
  #queue: Operation[] = [];
  #queuedBytes = 0;
  #running: Promise<void> | undefined;
  #failing = false;
  #stalled: RemoraError | undefined;
  #closed = false;

  constructor(root: RootDatabase<Buffer, Buffer>, folder: string, log: Log | undefined) {
    this.#root = root;
    this.#folder = folder;
    this.#log = log;
  }

  /** Queues an operation. Resolves with what `prepare` returned once its writes are durable. */
  submit<T>(bytes: number, prepare: (batch: Batch) => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const refusal = this.#refusal(bytes);
      if (refusal) {
        reject(refusal);
        return;
      }
      let result: T;
      this.#queuedBytes += bytes;
      this.#queue.push({
        bytes,
        prepare: (batch) => {
          result = prepare(batch);
        },
        done: () => resolve(result),
        failed: reject,
      });
      this.#running ??= Promise.resolve().then(() => this.#run());
    });
  }

  #refusal(bytes: number): RemoraError | undefined {
    if (this.#closed) return storeClosed();
    if (this.#stalled) return this.#stalled;
    if (this.#queue.length >= pendingWrites.value) return storeBusy(`${this.#queue.length}`);
    if (this.#queue.length > 0 && this.#queuedBytes + bytes > pendingBytes.value) {
      return storeBusy(`${this.#queuedBytes} bytes`);
    }
    return undefined;
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0) await this.#commit(this.#nextBatch());
    this.#running = undefined;
  }

  #nextBatch(): Operation[] {
    let count = 0;
    let bytes = 0;
    for (const operation of this.#queue) {
      if (count > 0 && (count >= MAX_BATCH || bytes + operation.bytes > MAX_BATCH_BYTES)) break;
      count += 1;
      bytes += operation.bytes;
    }
    this.#queuedBytes -= bytes;
    return this.#queue.splice(0, count);
  }

  async #commit(operations: readonly Operation[]): Promise<void> {
    const batch = new StagedBatch();
    const prepared: Operation[] = [];
    this.#root.resetReadTxn();
    for (const operation of operations) {
      const undo = batch.begin();
      try {
        operation.prepare(batch);
        prepared.push(operation);
      } catch (error) {
        undo();
        operation.failed(error instanceof Error ? fromLibrary(this.#folder, error) : error);
      }
    }
    if (!batch.isEmpty && !(await this.#write(batch, prepared))) return;
    for (const publish of batch.published) publish();
    for (const operation of prepared) operation.done();
  }

  /** False, and its operations told so, where the disk refused the batch. */
  async #write(batch: StagedBatch, operations: readonly Operation[]): Promise<boolean> {
    const timer = setTimeout(() => this.#stall(operations), commitMs.value);
    try {
      await this.#root.batch(() => batch.writeOut()).catch(ownReason);
    } catch (cause) {
      const error = errorOf(this.#folder, cause);
      this.#fault(error);
      for (const operation of operations) operation.failed(error);
      return false;
    } finally {
      clearTimeout(timer);
      this.#stalled = undefined;
    }
    commits.add();
    writes.add(operations.length);
    if (this.#failing) this.#log?.info({ folder: this.#folder }, 'the tables can be written again');
    this.#failing = false;
    return true;
  }

  /**
   * The disk does not answer. Nobody waits any longer, and nothing new is begun until it does; what it then says of the
   * batch is published as always, since only the callers have gone.
   */
  #stall(operations: readonly Operation[]): void {
    const error = storeStalled(this.#folder, commitMs.value);
    this.#stalled = error;
    this.#fault(error);
    this.#queuedBytes = 0;
    for (const operation of [...operations, ...this.#queue.splice(0)]) operation.failed(error);
  }

  #fault(error: RemoraError): void {
    failures.add();
    if (!this.#failing) this.#log?.error({ folder: this.#folder, reason: error.message }, 'writes fail');
    this.#failing = true;
  }

  /** One moment of the file, until it is released or `store-scan-seconds` have passed. */
  snapshot(): Snapshot {
    if (this.#closed) throw storeClosed();
    const limit = Math.min(MOST_SCANS, openScans.value);
    if (this.#snapshots.size >= limit) throw tooManyScans(limit);
    const snapshot = new Snapshot(this.#root.useReadTransaction(), () => this.#snapshots.delete(snapshot));
    this.#snapshots.add(snapshot);
    return snapshot;
  }

  /** What is committed now. */
  get(tree: Tree, key: Buffer): Buffer | undefined {
    return this.read(() => tree.getBinary(key));
  }

  /**
   * Looks into the trees. The library's own errors are about pages that are not what they should be.
   *
   * @throws RemoraError `store-closed`, `store-corrupt`.
   */
  read<T>(look: () => T): T {
    if (this.#closed) throw storeClosed();
    try {
      return look();
    } catch (error) {
      throw error instanceof RemoraError ? error : storeCorrupt(this.#folder, errorText(error), error);
    }
  }

  /** Refuses new writes and waits for those that are queued. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
    for (const snapshot of this.#snapshots) snapshot.release();
  }
}

interface Staged {
  readonly key: Buffer;
  /** Undefined = removed. */
  readonly value: Buffer | undefined;
}

class StagedBatch implements Batch {
  readonly now = Date.now();
  readonly published: (() => void)[] = [];
  readonly #trees = new Map<Tree, Map<string, Staged>>();
  /** What the running operation has changed, as it was before. */
  #journal: {
    readonly keys: Map<string, Staged>;
    readonly name: string;
    readonly before: Staged | undefined;
  }[] = [];
  #size = 0;

  /** Whether there is anything to write. */
  get isEmpty(): boolean {
    return this.#size === 0;
  }

  /** The next operation begins; the function takes back what it has staged. */
  begin(): () => void {
    const { length } = this.published;
    this.#journal = [];
    return () => {
      this.published.length = length;
      for (const { keys, name, before } of this.#journal.reverse()) {
        this.#size -= 1;
        if (before) keys.set(name, before);
        else keys.delete(name);
      }
      this.#journal = [];
    };
  }

  get(tree: Tree, key: Buffer): Buffer | undefined {
    const staged = this.#trees.get(tree)?.get(key.toString('latin1'));
    return staged ? staged.value : tree.getBinary(key);
  }

  put(tree: Tree, key: Buffer, value: Buffer): void {
    this.#stage(tree, { key, value });
  }

  remove(tree: Tree, key: Buffer): void {
    this.#stage(tree, { key, value: undefined });
  }

  after(publish: () => void): void {
    this.published.push(publish);
  }

  /** A key that several operations wrote goes out once. */
  writeOut(): void {
    for (const [tree, keys] of this.#trees) {
      for (const { key, value } of keys.values()) {
        if (value) void tree.put(key, value);
        else void tree.remove(key);
      }
    }
  }

  #stage(tree: Tree, staged: Staged): void {
    let keys = this.#trees.get(tree);
    if (!keys) {
      keys = new Map();
      this.#trees.set(tree, keys);
    }
    const name = staged.key.toString('latin1');
    this.#journal.push({ keys, name, before: keys.get(name) });
    keys.set(name, staged);
    this.#size += 1;
  }
}

/** A read transaction that several readers may share; to be released by each, and released after a while in any case. */
export class Snapshot {
  readonly #timer: NodeJS.Timeout;
  #released = false;
  #expired = false;

  constructor(
    readonly transaction: Transaction,
    private readonly released: () => void,
  ) {
    // A forgotten reader would keep every page alive that has been overwritten since.
    this.#timer = setTimeout(() => {
      this.#expired = true;
      this.release();
    }, scanSeconds.value * 1000).unref();
  }

  get expired(): boolean {
    return this.#expired;
  }

  release(): void {
    if (this.#released) return;
    this.#released = true;
    clearTimeout(this.#timer);
    this.transaction.done();
    this.released();
  }
}

/** Errors of the library while an operation looks at what is there; the operation's own pass through. */
function fromLibrary(folder: string, error: Error): Error {
  return /^MDB_|page|cursor/i.test(error.message) && !(error instanceof RemoraError)
    ? storeCorrupt(folder, error.message, error)
    : error;
}

/** The library rejects with 'Commit failed' and keeps the reason in a promise of its own. */
async function ownReason(error: unknown): Promise<never> {
  const reason: unknown = (error as { commitError?: unknown }).commitError;
  if (reason instanceof Promise) await reason;
  throw error;
}

const NO_SPACE = /No space left on device|ENOSPC|Disk quota exceeded|EDQUOT|MDB_MAP_FULL|File too large/i;
/** LMDB calls it an input/output error when the disk took a part of a write and has no room for the rest. */
const SHORT_WRITE = /Input\/output error|EIO/i;
const ROOM_BYTES = 1024 * 1024;

/** What went wrong with a file in the folder, as an error of ours. */
export function errorOf(folder: string, cause: unknown): RemoraError {
  if (cause instanceof RemoraError) return cause;
  const text = cause instanceof Error ? cause.message : String(cause);
  if (NO_SPACE.test(text)) return storeFull(folder, cause);
  if (SHORT_WRITE.test(text) && freeBytes(folder) < ROOM_BYTES) return storeFull(folder, cause);
  return storeFailed(folder, cause);
}

function freeBytes(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
