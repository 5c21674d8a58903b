export type {
  EnvironmentFacts,
  MemoryFacts,
  ProcessFacts,
  RuntimeSample,
} from '../probe/index.js';
export { targetRoutes } from './api.js';
export {
  type DescriptorCount,
  descriptorCount,
  hostThreadId,
  type MemoryHeadroom,
  memoryHeadroom,
  type ThreadStat,
  threadStats,
} from './find/index.js';
export { setLinger } from './limits.js';
export { Targets, type TargetsOptions } from './targets.js';
export type {
  AttachOptions,
  CallOptions,
  CdpParams,
  ChannelKind,
  InspectorState,
  Lease,
  ProcessInfo,
  Target,
} from './types.js';
