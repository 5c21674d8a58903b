export { ENV_KEYS } from './envs.js';
export { type EmbeddedStore, type LmdbStoreOptions, openLmdbStore } from './lmdb/openLmdbStore.js';
export { partitionOf } from './partition.js';
export {
  type Change,
  type ClusterInfo,
  type Codec,
  type Entry,
  jsonCodec,
  type LogRecord,
  type LogTable,
  type NodeInfo,
  type PartitionInfo,
  type Position,
  type PutOptions,
  type ReadOptions,
  type Retention,
  type ScanOptions,
  type StateTable,
  type Store,
  type TableInfo,
  type TableKind,
  type TableSpec,
  type WatchOptions,
} from './table.js';
