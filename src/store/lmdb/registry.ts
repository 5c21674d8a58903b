import { RemoraError } from '../../base/index.js';
import { checkEnvs } from '../envs.js';
import { badTable, tableDiffers, tableNotFound } from '../errors.js';
import { jsonCodec, type Retention, type TableInfo, type TableKind, type TableSpec } from '../table.js';
import { decodeWith } from '../typedState.js';
import type { Engine } from './engine.js';
import { LmdbStateTable } from './stateTable.js';
import { MAX_TABLES, type Trees } from './trees.js';

/** The registry is a table as the others are; its name is the one in DESIGN 6. */
export const REGISTRY = 'table';
const REGISTRY_ID = 1;
const NAME = /^[a-z][a-z0-9_-]{0,63}$/;
const MAX_PARTITIONS = 1024;
const LAST_ID = Buffer.from('last-table-id');

/** A row of the registry. */
export interface TableRow {
  readonly id: number;
  readonly kind: TableKind;
  readonly partitions: number;
  readonly retention?: Retention;
  readonly envs: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch. */
  readonly createTime: number;
  /** The node that holds the table's partitions, `` while it is not known; and how often that has been decided. */
  readonly node: string;
  readonly ballot: number;
}

const codec = jsonCodec<TableRow>();

/** Which tables there are: ids never repeat, rows are durable before a table is used. */
export class Registry {
  readonly table: LmdbStateTable;
  readonly #engine: Engine;
  readonly #trees: Trees;
  readonly #rows = new Map<string, TableRow>();

  private constructor(engine: Engine, trees: Trees, table: LmdbStateTable) {
    this.#engine = engine;
    this.#trees = trees;
    this.table = table;
  }

  /** Reads the registry; a new store's is made with itself as the first row. */
  static async open(engine: Engine, trees: Trees, node: string): Promise<Registry> {
    const table = new LmdbStateTable(REGISTRY_ID, REGISTRY, 1, engine, trees, () => {});
    const registry = new Registry(engine, trees, table);
    for await (const { key, value } of table.scan({ from: undefined, to: undefined }, Infinity, false)) {
      const name = key.toString();
      registry.#rows.set(name, decodeWith(codec, REGISTRY, name, value));
    }
    if (!registry.#rows.has(REGISTRY)) {
      await registry.make({ name: REGISTRY, kind: 'state', partitions: 1 }, node);
    }
    return registry;
  }

  find(name: string): TableRow | undefined {
    return this.#rows.get(name);
  }

  /** @throws RemoraError `table-not-found`. */
  row(name: string): TableRow {
    const row = this.#rows.get(name);
    if (!row) throw tableNotFound(name);
    return row;
  }

  infos(): TableInfo[] {
    return [...this.#rows]
      .map(([name, { id, kind, partitions, retention, envs, createTime }]) => ({
        id,
        spec: { name, kind, partitions, ...(retention ? { retention } : {}) },
        status: 'available' as const,
        createTime,
        envs,
      }))
      .sort((a, b) => a.id - b.id);
  }

  /** The row of the table, made where it is missing. Rejects with `bad-table`, `bad-env`, `table-differs`. */
  async openOrMake(spec: TableSpec, node: string): Promise<TableRow> {
    const row = this.#rows.get(spec.name);
    if (!row) {
      checkSpec(spec, this.#rows.size);
      return this.make(spec, node);
    }
    if (row.kind !== spec.kind) throw tableDiffers(spec.name, 'the kind', row.kind, spec.kind);
    if (row.partitions !== spec.partitions) {
      throw tableDiffers(spec.name, 'the number of partitions', row.partitions, spec.partitions);
    }
    const { retention } = spec;
    if (JSON.stringify(row.retention) === JSON.stringify(retention)) return row;
    return this.change(spec.name, (before) => ({ ...before, retention }));
  }

  async make(spec: TableSpec, node: string): Promise<TableRow> {
    const { name, kind, partitions, retention, envs = {} } = spec;
    const key = Buffer.from(name);
    const row = await this.#engine.submit(0, (batch) => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE((batch.get(this.#trees.facts, LAST_ID)?.readUInt32BE(0) ?? 0) + 1);
      const id = bytes.readUInt32BE();
      // To place the table on this node is the first change of its configuration.
      const made: TableRow = {
        id,
        kind,
        partitions,
        retention,
        envs,
        createTime: batch.now,
        node,
        ballot: node === '' ? 0 : 1,
      };
      this.table.stagePut(batch, key, encode(made), { expectedRevision: 0, ttlSeconds: 0 });
      batch.put(this.#trees.facts, LAST_ID, bytes);
      return made;
    });
    this.#rows.set(name, row);
    return row;
  }

  /** Decided on what the row is when its turn comes: changes of one table do not undo each other. */
  async change(name: string, turn: (row: TableRow) => TableRow): Promise<TableRow> {
    this.row(name);
    const key = Buffer.from(name);
    return this.#engine.submit(0, (batch) => {
      const value = this.table.stagedValue(batch, key);
      if (!value) throw tableNotFound(name);
      const row = turn(decodeWith(codec, REGISTRY, name, value));
      this.table.stagePut(batch, key, encode(row), { expectedRevision: undefined, ttlSeconds: 0 });
      batch.after(() => this.#rows.set(name, row));
      return row;
    });
  }

  /** All tables are on the node of that address from now on: a change of the configuration of those that were not. */
  async place(node: string): Promise<void> {
    const moved = [...this.#rows].filter(([, row]) => row.node !== node);
    await Promise.all(
      moved.map(([name]) => this.change(name, (row) => ({ ...row, node, ballot: row.ballot + 1 }))),
    );
  }
}

function encode(row: TableRow): Buffer {
  return Buffer.from(codec.encode(row));
}

function checkSpec({ name, partitions, retention, kind, envs }: TableSpec, count: number): void {
  if (!NAME.test(name)) {
    throw badTable(
      name,
      'names begin with a-z, go on with a-z, 0-9, _ and -, and have 64 characters at most',
    );
  }
  if (!Number.isInteger(partitions) || partitions < 1 || partitions > MAX_PARTITIONS) {
    throw badTable(name, `it may have 1 to ${MAX_PARTITIONS} partitions, not ${partitions}`);
  }
  if (kind !== 'state' && kind !== 'log') throw badTable(name, `there is no kind '${String(kind)}'`);
  if (retention && kind !== 'log') throw badTable(name, 'only a log has a retention');
  for (const [bound, value] of Object.entries(retention ?? {})) {
    if (value !== undefined && !(value > 0))
      throw badTable(name, `${bound} is a number above 0, not ${value}`);
  }
  if (count >= MAX_TABLES)
    throw new RemoraError('bad-table', `There are ${count} tables already, the most there can be`);
  checkEnvs(envs ?? {});
}
