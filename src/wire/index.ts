export * from './arthas.js';
export * as a1 from './configserver/a1.js';
export type { HeldVersion } from './configserver/configVersions.js';
export type { Draft, Message, Value } from './configserver/schema.js';
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
