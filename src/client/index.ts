/** The public TypeScript SDK, `remora/client`: one agent, its processes, commands and sessions; a config server. */
export { RemoraError } from '../base/index.js';
export type { ContainerID, WindowSize } from '../wire/index.js';
export { type ExecOptions, type ExecOutcome, RemoraClient } from './client.js';
export { type ContainerName, containerId, containerPath } from './containerId.js';
export { ContainerInput } from './containerInput.js';
export { ContainerOutput, type OutputRecord } from './containerOutput.js';
export { ContainersClient, type ContainersOptions } from './containers.js';
export type {
  ContainerEncoding,
  ContainerEnd,
  ContainerEntry,
  ContainerSpec,
  LaunchExtras,
} from './containerTypes.js';
export type { ClientAddress } from './endpoint.js';
export { FleetClient } from './fleet.js';
export type {
  AgentHeartbeat,
  AgentStatistics,
  ConfigUpdate,
  FleetAgent,
  FleetAlarm,
  FleetConfig,
  FleetConfigVersion,
  FleetGroup,
  NewConfig,
  NewGroup,
} from './fleetTypes.js';
export { ClientSession, type SessionListener } from './session.js';
export type { CallOptions } from './transport.js';
export type {
  AgentInfo,
  ApiAnswer,
  ApiRequest,
  ApiState,
  AttachAnswer,
  AttachRequest,
  Completion,
  JobStatus,
  ProcessInfo,
  ProfileRequest,
  Result,
} from './types.js';
