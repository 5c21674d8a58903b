import { resolve } from 'node:path';
import type { RootDatabase } from 'lmdb';
import { ensurePrivateFolder, type Log, PRODUCT, RemoraError } from '../../base/index.js';
import { checkEnvs } from '../envs.js';
import { badTable, storeClosed } from '../errors.js';
import type {
  ClusterInfo,
  Codec,
  LogTable,
  NodeInfo,
  PartitionInfo,
  StateTable,
  Store,
  TableInfo,
  TableSpec,
} from '../table.js';
import { TableGate } from '../tableGate.js';
import { TypedLogTable } from '../typedLog.js';
import { TypedStateTable } from '../typedState.js';
import { openDataFile } from './dataFile.js';
import { Engine } from './engine.js';
import { ExpirySweeper } from './expirySweeper.js';
import { type FolderOwner, ownFolder } from './folderOwner.js';
import { LmdbLogTable } from './logTable.js';
import { REGISTRY, Registry } from './registry.js';
import { RetentionCutter } from './retentionCutter.js';
import { LmdbStateTable } from './stateTable.js';
import { openTrees, type Trees } from './trees.js';

export interface LmdbStoreOptions {
  /** Made (0700) where it is missing; one process at a time. */
  readonly folder: string;
  /**
   * `host:port` under which this node is known. Absent: as it was known before, until `announce`; a new store's tables have
   * no primary until then.
   */
  readonly address?: string;
  /** Failing and slow calls are logged there. */
  readonly log?: Log;
}

/** The store of one node. */
export interface EmbeddedStore extends Store {
  /** The node is known as `host:port` from now on: a change of the tables' configuration where that is new. */
  announce(address: string): Promise<void>;
}

/**
 * Opens the embedded store. Every write is on the disk before its promise resolves; one process has the folder.
 *
 * Rejects with `store-in-use`, `not-a-store`, `newer-store`, `store-corrupt`, `store-full`, `store-failed`, `unsafe-folder`.
 */
export async function openLmdbStore(options: LmdbStoreOptions): Promise<EmbeddedStore> {
  const folder = ensurePrivateFolder(resolve(options.folder));
  const owner = await ownFolder(folder, `${PRODUCT}, pid ${process.pid}`);
  let root: RootDatabase<Buffer, Buffer> | undefined;
  try {
    root = await openDataFile(folder);
    const engine = new Engine(root, folder, options.log);
    const trees = openTrees(root);
    const registry = await Registry.open(engine, trees, options.address ?? '');
    const { address = registry.row(REGISTRY).node } = options;
    await place(registry, address, options.log);
    return new LmdbStore({ ...options, folder, address }, owner, root, engine, trees, registry);
  } catch (error) {
    await root?.close();
    await owner.release();
    throw error;
  }
}

/** On a full disk the tables can be read all the same, and their new place is written another time. */
async function place(registry: Registry, address: string, log: Log | undefined): Promise<void> {
  try {
    await registry.place(address);
  } catch (error) {
    if (!(error instanceof RemoraError) || error.code !== 'store-full') throw error;
    log?.error({ reason: error.text }, 'the tables can be read only');
  }
}

class LmdbStore implements EmbeddedStore {
  readonly #options: LmdbStoreOptions & { readonly address: string };
  readonly #owner: FolderOwner;
  readonly #root: RootDatabase<Buffer, Buffer>;
  readonly #engine: Engine;
  readonly #trees: Trees;
  readonly #registry: Registry;
  readonly #sweeper: ExpirySweeper;
  readonly #cutter: RetentionCutter;
  readonly #states = new Map<string, Promise<LmdbStateTable>>();
  readonly #logs = new Map<string, Promise<LmdbLogTable>>();
  readonly #gates = new Map<string, TableGate>();
  #address: string;
  #closing: Promise<void> | undefined;

  constructor(
    options: LmdbStoreOptions & { readonly address: string },
    owner: FolderOwner,
    root: RootDatabase<Buffer, Buffer>,
    engine: Engine,
    trees: Trees,
    registry: Registry,
  ) {
    this.#options = options;
    this.#address = options.address;
    this.#owner = owner;
    this.#root = root;
    this.#engine = engine;
    this.#trees = trees;
    this.#registry = registry;
    this.#sweeper = new ExpirySweeper(options.log);
    this.#cutter = new RetentionCutter(options.log);
  }

  async state<V>(spec: TableSpec & { readonly kind: 'state' }, codec: Codec<V>): Promise<StateTable<V>> {
    this.#checkUsable(spec);
    let opening = this.#states.get(spec.name);
    if (!opening) {
      opening = this.#openState(spec);
      this.#states.set(spec.name, opening);
      opening.catch(() => this.#states.delete(spec.name));
    }
    const raw = await opening;
    await this.#registry.openOrMake(spec, this.#address);
    return new TypedStateTable(spec, raw, codec, this.#gate(spec.name));
  }

  async log<V>(spec: TableSpec & { readonly kind: 'log' }, codec: Codec<V>): Promise<LogTable<V>> {
    this.#checkUsable(spec);
    let opening = this.#logs.get(spec.name);
    if (!opening) {
      opening = this.#openLog(spec);
      this.#logs.set(spec.name, opening);
      opening.catch(() => this.#logs.delete(spec.name));
    }
    const raw = await opening;
    const { retention = {} } = await this.#registry.openOrMake(spec, this.#address);
    raw.setRetention(retention);
    return new TypedLogTable(spec, raw, codec, this.#gate(spec.name));
  }

  async tables(): Promise<TableInfo[]> {
    this.#checkOpen();
    return this.#registry.infos();
  }

  async partitions(table: string): Promise<PartitionInfo[]> {
    this.#checkOpen();
    const { partitions, node, ballot } = this.#registry.row(table);
    return Array.from({ length: partitions }, (_, index) => ({
      index,
      ballot,
      maxReplicaCount: 1,
      primary: node === '' ? undefined : node,
      secondaries: [],
    }));
  }

  async nodes(): Promise<NodeInfo[]> {
    this.#checkOpen();
    return this.#address === '' ? [] : [{ address: this.#address, status: 'ALIVE' }];
  }

  async cluster(): Promise<ClusterInfo> {
    this.#checkOpen();
    return { engine: 'embedded', root: this.#options.folder, primary: this.#address || undefined };
  }

  async setEnvs(table: string, envs: Readonly<Record<string, string>>): Promise<void> {
    this.#checkOpen();
    checkEnvs(envs);
    await this.#registry.change(table, (row) => ({ ...row, envs: { ...envs } }));
    this.#gates.get(table)?.setEnvs(envs);
  }

  async announce(address: string): Promise<void> {
    this.#checkOpen();
    await place(this.#registry, address, this.#options.log);
    this.#address = address;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.all([this.#sweeper.close(), this.#cutter.close()]);
    const tables = await Promise.allSettled([...this.#states.values(), ...this.#logs.values()]);
    await this.#engine.close();
    for (const table of tables) if (table.status === 'fulfilled') table.value.close();
    await this.#root.close();
    await this.#owner.release();
  }

  #checkOpen(): void {
    if (this.#closing) throw storeClosed();
  }

  #checkUsable(spec: TableSpec): void {
    this.#checkOpen();
    if (spec.name === REGISTRY) throw badTable(spec.name, 'it is the list of tables itself');
  }

  async #openState(spec: TableSpec): Promise<LmdbStateTable> {
    const { id } = await this.#registry.openOrMake(spec, this.#address);
    const wake = (time: number): void => this.#sweeper.wake(time);
    const table = new LmdbStateTable(id, spec.name, spec.partitions, this.#engine, this.#trees, wake);
    this.#sweeper.add(table);
    return table;
  }

  async #openLog(spec: TableSpec): Promise<LmdbLogTable> {
    const { id, retention = {} } = await this.#registry.openOrMake(spec, this.#address);
    const table = new LmdbLogTable(id, spec.name, spec.partitions, retention, this.#engine, this.#trees);
    await this.#cutter.add(table);
    return table;
  }

  #gate(name: string): TableGate {
    let gate = this.#gates.get(name);
    if (!gate) {
      const { partitions, envs } = this.#registry.row(name);
      gate = new TableGate(name, partitions, envs, this.#options.log);
      this.#gates.set(name, gate);
    }
    return gate;
  }
}
