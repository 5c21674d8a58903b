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
export { Targets, type TargetsOptions } from './targets.js';
export { targetRoutes } from './api.js';
