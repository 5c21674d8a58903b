export { targetRoutes } from './api.js';
export {
  type NativeWait,
  nativeWait,
  type ThreadStat,
  threadIdHere,
  threadStats,
  threadSwitches,
  waitChannel,
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
