/** The public TypeScript SDK, `remora/client`: one agent, its processes, commands and sessions; a config server. */
export { RemoraError } from '../base/index.js';
export { type ExecOptions, type ExecOutcome, RemoraClient } from './client.js';
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
export type { CallOptions, ClientAddress } from './transport.js';
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
