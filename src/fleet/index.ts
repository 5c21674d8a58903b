export { type AgentClock, Agents, type AgentView, type Heartbeat, type Liveness } from './agents.js';
export { type FleetServices, fleetAlias, fleetRoutes } from './api.js';
export type { Config, ConfigText, ConfigVersion } from './configs.js';
export { type ConfigUpdate, Fleet, type FleetOptions } from './fleet.js';
export { DEFAULT_GROUP, type Group } from './groups.js';
