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
export * from './pegasus.js';
export * from './pprof/index.js';
