import { open } from 'node:fs/promises';
import { counters } from '../base/index.js';
import { trustRows } from './limits.js';
import type { Endpoint } from './procNet.js';

/** Both tables of one moment, or why there are none. */
export type Tables = { readonly tcp: string; readonly tcp6: string } | { readonly fault: string };

/** Reads the tables; the argument is the most rows that it takes. */
export type TableReader = (rows: number) => Promise<Tables>;

const reads = counters.counter('http.trust.reads', 'reads of /proc/net/tcp for callers on loopback');

const CHUNK = 64 * 1024;

async function readTable(path: string, rows: number): Promise<string | undefined> {
  const file = await open(path, 'r');
  try {
    const parts: string[] = [];
    const buffer = Buffer.allocUnsafe(CHUNK);
    let count = 0;
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, CHUNK, null);
      if (bytesRead === 0) return parts.join('');
      const text = buffer.toString('latin1', 0, bytesRead);
      for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count++;
      if (count > rows + 1) return undefined;
      parts.push(text);
    }
  } finally {
    await file.close();
  }
}

/** The tables of our own network namespace, at most `rows` rows of each. */
export async function readTables(rows: number): Promise<Tables> {
  try {
    reads.add();
    const [tcp, tcp6] = await Promise.all([
      readTable('/proc/self/net/tcp', rows),
      // A kernel without IPv6 has no such file.
      readTable('/proc/self/net/tcp6', rows).catch(() => ''),
    ]);
    if (tcp === undefined || tcp6 === undefined) {
      return { fault: `this machine has more than ${rows} TCP connections, too many to look yours up` };
    }
    return { tcp, tcp6 };
  } catch {
    return { fault: 'the table of TCP connections cannot be read' };
  }
}

/** A connection as the accepting side sees it. */
export interface Pair {
  readonly client: Endpoint;
  readonly server: Endpoint;
}

/**
 * Hands out table reads so that at most one runs at a time, and that a read answers only connections that were accepted
 * before it began: a later one could be told by rows of an earlier connection of the same ports.
 */
export class TableQueue {
  readonly #read: TableReader;
  #waiting: ((tables: Tables) => void)[] = [];
  #reading = false;

  constructor(read: TableReader = readTables) {
    this.#read = read;
  }

  /** Tables whose reading begins after this call. */
  next(): Promise<Tables> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      if (!this.#reading) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#reading = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      const tables = await this.#read(trustRows.value).catch(() => ({ fault: 'the table cannot be read' }));
      for (const resolve of batch) resolve(tables);
    }
    this.#reading = false;
  }
}
