/**
 * The ConfigServer protocol in its first published shape, which its document describes (A1 of the project's notes).
 * Messages, fields and their numbers are those of its package `configserver.proto`, proto3; names as documented.
 */
import { configVersions } from './configVersions.js';
import {
  choice,
  type Field,
  float,
  int64,
  list,
  type Message,
  message,
  nested,
  text,
  textMap,
  texts,
} from './schema.js';

export const AgentGroupTag = message('AgentGroupTag', { name: text(1), value: text(2) });

export const AgentGroup = message('AgentGroup', {
  group_name: text(1),
  description: text(2),
  tags: list(3, AgentGroupTag),
});

export const Config = message('Config', {
  config_name: text(1),
  agent_type: text(2),
  description: text(3),
  content: text(4),
});

export const Agent = message('Agent', {
  agent_id: text(1),
  agent_type: text(2),
  ip: text(3),
  version: text(4),
  running_status: text(5),
  startup_time: int64(6),
  /** Seconds since the epoch, by the server's clock. */
  latest_heartbeat_time: int64(7),
  tags: textMap(8),
  running_details: textMap(9),
  /** Ours, other decoders skip it: `online`, `offline`, or `unknown since restart`. */
  liveness: text(1001),
});

export const RunningStatistics = message('RunningStatistics', {
  cpu: float(1),
  memory: int64(2),
  extras: textMap(100),
});

/** `update_status`. */
export const UPDATE_STATUS = { SAME: 0, NEW: 1, DELETED: 2, MODIFIED: 3 } as const;

export const ConfigUpdateInfo = message('ConfigUpdateInfo', {
  config_name: text(1),
  update_status: choice(2),
  config_version: int64(3),
  content: text(4),
});

const REQUEST = { request_id: text(1) };
const RESPONSE = { response_id: text(1), code: text(2), message: text(3) };

/** What every response begins with. */
export interface ResponseHead {
  /** The request's `request_id`. */
  readonly response_id: string;
  readonly code: string;
  readonly message: string;
}

type FieldTable = Record<string, Field<unknown>>;

/** One call: where it is made and what goes and comes. */
export interface Call<Q, R> {
  readonly name: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly request: Message<Q>;
  readonly response: Message<R>;
}

function call<Q extends FieldTable, R extends FieldTable>(
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  request: Q,
  response: R,
) {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return {
    name,
    method,
    path,
    request: message(`${name}Request`, { ...REQUEST, ...request }),
    response: message(`${name}Response`, { ...RESPONSE, ...response }),
  };
}

const groupName = { group_name: text(2) };
const configName = { config_name: text(2) };
const binding = { config_name: text(2), group_name: text(3) };

/** Every call of the shape. */
export const A1 = {
  CreateAgentGroup: call('POST', '/User/CreateAgentGroup', { agent_group: nested(2, AgentGroup) }, {}),
  UpdateAgentGroup: call('PUT', '/User/UpdateAgentGroup', { agent_group: nested(2, AgentGroup) }, {}),
  DeleteAgentGroup: call('DELETE', '/User/DeleteAgentGroup', groupName, {}),
  GetAgentGroup: call('GET', '/User/GetAgentGroup', groupName, { agent_group: nested(4, AgentGroup) }),
  ListAgentGroups: call('GET', '/User/ListAgentGroups', {}, { agent_groups: list(4, AgentGroup) }),
  CreateConfig: call('POST', '/User/CreateConfig', { config_detail: nested(2, Config) }, {}),
  UpdateConfig: call('PUT', '/User/UpdateConfig', { config_detail: nested(2, Config) }, {}),
  DeleteConfig: call('DELETE', '/User/DeleteConfig', configName, {}),
  GetConfig: call('GET', '/User/GetConfig', configName, { config_detail: nested(4, Config) }),
  ListConfigs: call('GET', '/User/ListConfigs', {}, { config_details: list(4, Config) }),
  ApplyConfigToAgentGroup: call('PUT', '/User/ApplyConfigToAgentGroup', binding, {}),
  RemoveConfigFromAgentGroup: call('DELETE', '/User/RemoveConfigFromAgentGroup', binding, {}),
  GetAppliedConfigsForAgentGroup: call('GET', '/User/GetAppliedConfigsForAgentGroup', groupName, {
    config_names: texts(4),
  }),
  GetAppliedAgentGroups: call('GET', '/User/GetAppliedAgentGroups', configName, {
    agent_group_names: texts(4),
  }),
  ListAgents: call('GET', '/User/ListAgents', groupName, { agents: list(4, Agent) }),
  HeartBeat: call(
    'POST',
    '/Agent/HeartBeat',
    {
      agent_id: text(2),
      agent_type: text(3),
      agent_version: text(4),
      ip: text(5),
      tags: textMap(6),
      running_status: text(7),
      startup_time: int64(8),
    },
    {},
  ),
  RunningStatistics: call(
    'POST',
    '/Agent/RunningStatistics',
    { agent_id: text(2), running_details: nested(3, RunningStatistics) },
    {},
  ),
  Alarm: call('POST', '/Agent/Alarm', { agent_id: text(2), type: text(3), detail: text(4) }, {}),
  /** Its messages are AgentGetConfigListRequest and AgentGetConfigListResponse, the one exception in the naming. */
  GetConfigList: call(
    'POST',
    '/Agent/GetConfigList',
    { agent_id: text(2), config_versions: configVersions(3) },
    { config_update_infos: list(4, ConfigUpdateInfo) },
  ),
} as const;
