export * from './arthas.js';
export type {
  CommandInfo,
  ContainerID,
  ContainerInfo,
  EnvironmentVariable,
  ProcessIO,
  RLimit,
  TTYInfo,
  Volume,
  WindowSize,
} from './mesos/types.js';
export { decodeRecords, encodeRecord, RecordDecoder } from './recordio.js';
