/** Shape A1 of the ConfigServer protocol: what each call checks, does, and answers. */
import { a1, type Draft, type Message } from '../wire/index.js';
import { badParameter, missing } from './errors.js';
import type { ConfigUpdate, Fleet } from './fleet.js';
import type { Group } from './groups.js';
import type { Subject } from './shape.js';

/** What a call gives beside its head. */
interface Done<R> {
  readonly extra?: Draft<R>;
  readonly subject?: Subject;
}

export interface Outcome {
  readonly extra?: object;
  readonly subject?: Subject;
}

type Result = Outcome | undefined | Promise<Outcome | undefined>;

/** A call as the HTTP face uses it. */
export interface Served {
  readonly call: a1.Call<{ request_id: string }, a1.ResponseHead>;
  readonly summary: string;
  /** The text of success. */
  readonly success: string;
  run(fleet: Fleet, request: unknown): Result;
}

function serve<Q extends { request_id: string }, R extends a1.ResponseHead>(
  call: {
    name: string;
    method: Served['call']['method'];
    path: string;
    request: Message<Q>;
    response: Message<R>;
  },
  summary: string,
  success: string,
  run: (fleet: Fleet, request: Q) => Done<R> | undefined | Promise<Done<R> | undefined>,
): Served {
  return {
    call: call as unknown as Served['call'],
    summary,
    success,
    run: (fleet, request) => run(fleet, request as Q),
  };
}

/** Texts of the published server; their capitals differ from call to call. */
const NEED = {
  agentId: 'Need parameter AgentID.',
  configName: 'Need parameter ConfigName.',
  content: 'Need parameter Content.',
  newGroup: 'Agent group need parameter GroupName.',
  group: 'Agent group need parameter groupName.',
  agentsGroup: 'Need parameter groupName.',
  configsGroup: 'Need parameter GroupName.',
  bindingConfig: 'Need parameter configName.',
  statistics: 'Need parameter RunningDetails.',
} as const;

const CONTROL = /[\u0000-\u001f]/;
const OTHER_SHAPE =
  'AgentVersion has a control character in it: is this a later shape of the protocol? Those are not served yet.';

function need(value: string | undefined, text: string): string {
  if (!value) throw missing(text);
  return value;
}

const { A1 } = a1;

const groupCalls: Served[] = [
  serve(A1.CreateAgentGroup, 'Create an agent group', 'Add agent group success', async (fleet, request) => {
    const group = groupOf(request.agent_group, NEED.newGroup);
    await fleet.change(() => fleet.groups.create(group));
    return { subject: { group: group.name } };
  }),
  serve(
    A1.UpdateAgentGroup,
    'Change an agent group',
    'Update agent group success',
    async (fleet, request) => {
      const group = groupOf(request.agent_group, NEED.group);
      await fleet.change(() => fleet.groups.update(group));
      return { subject: { group: group.name } };
    },
  ),
  serve(
    A1.DeleteAgentGroup,
    'Delete an agent group',
    'Delete agent group success',
    async (fleet, request) => {
      const group = need(request.group_name, NEED.group);
      await fleet.change(() => fleet.groups.delete(group));
      return { subject: { group } };
    },
  ),
  serve(A1.GetAgentGroup, 'One agent group', 'Get agent group success', (fleet, request) => ({
    extra: { agent_group: wireGroup(fleet.groups.get(need(request.group_name, NEED.group))) },
  })),
  serve(A1.ListAgentGroups, 'All agent groups', 'Get agent group list success', (fleet) => ({
    extra: { agent_groups: fleet.groups.list().map(wireGroup) },
  })),
];

const configCalls: Served[] = [
  serve(A1.CreateConfig, 'Create a config', 'Add config success', async (fleet, request) => {
    const { name, ...given } = configOf(request.config_detail);
    const version = await fleet.createConfig(name, given);
    return { subject: { config: name, version } };
  }),
  serve(A1.UpdateConfig, 'Replace a config', 'Update config success', async (fleet, request) => {
    const { name, ...given } = configOf(request.config_detail);
    const version = await fleet.updateConfig(name, given);
    return { subject: { config: name, version } };
  }),
  serve(A1.DeleteConfig, 'Delete a config', 'Delete config success', async (fleet, request) => {
    const config = need(request.config_name, NEED.configName);
    const version = await fleet.deleteConfig(config);
    return { subject: { config, version } };
  }),
  serve(A1.GetConfig, 'One config', 'Get config success', (fleet, request) => ({
    extra: { config_detail: wireConfig(fleet.configs.get(need(request.config_name, NEED.configName))) },
  })),
  serve(A1.ListConfigs, 'All configs', 'Get config list success', (fleet) => ({
    extra: { config_details: fleet.configs.list().map(wireConfig) },
  })),
];

const bindingCalls: Served[] = [
  serve(
    A1.ApplyConfigToAgentGroup,
    'Bind a config to an agent group',
    'Add config to agent group success',
    async (fleet, request) => {
      const { group, config } = bindingOf(request);
      await fleet.change(() => fleet.groups.apply(group, config));
      return { subject: { group, config } };
    },
  ),
  serve(
    A1.RemoveConfigFromAgentGroup,
    'Unbind a config from an agent group',
    'Remove config from agent group success',
    async (fleet, request) => {
      const { group, config } = bindingOf(request);
      await fleet.change(() => fleet.groups.remove(group, config));
      return { subject: { group, config } };
    },
  ),
  serve(
    A1.GetAppliedConfigsForAgentGroup,
    'Names of the configs bound to an agent group',
    "Get agent group's applied configs success",
    (fleet, request) => ({
      extra: { config_names: fleet.groups.configsOf(need(request.group_name, NEED.configsGroup)) },
    }),
  ),
  serve(
    A1.GetAppliedAgentGroups,
    'Names of the agent groups that a config is bound to',
    'Get group list success',
    (fleet, request) => {
      const { name } = fleet.configs.get(need(request.config_name, NEED.configName));
      return { extra: { agent_group_names: fleet.groups.groupsOf(name) } };
    },
  ),
];

const agentCalls: Served[] = [
  serve(A1.ListAgents, 'The agents of a group', 'Get agent list success', (fleet, request) => ({
    extra: { agents: wireAgents(fleet, need(request.group_name, NEED.agentsGroup)) },
  })),
  serve(A1.HeartBeat, 'An agent is alive', 'Send heartbeat success', (fleet, request) => {
    const id = need(request.agent_id, NEED.agentId);
    // A later shape has a message in this field. Taken as text it would make an agent of nonsense.
    if (CONTROL.test(request.agent_version)) throw badParameter(OTHER_SHAPE);
    const writing = fleet.agents.heartbeat({
      id,
      type: request.agent_type,
      version: request.agent_version,
      ip: request.ip,
      tags: request.tags,
      status: request.running_status,
      startup: request.startup_time,
    });
    return writing?.then(() => undefined);
  }),
  serve(
    A1.RunningStatistics,
    'How an agent does',
    'Send running statistics success',
    async (fleet, request) => {
      const agent = need(request.agent_id, NEED.agentId);
      if (!request.running_details) throw missing(NEED.statistics);
      await fleet.reports.statistics(agent, request.running_details);
      return undefined;
    },
  ),
  serve(A1.Alarm, 'An agent raises an alarm', 'Alarm success', async (fleet, request) => {
    const agent = need(request.agent_id, NEED.agentId);
    await fleet.reports.alarm(agent, { type: request.type, detail: request.detail });
    return undefined;
  }),
  serve(
    A1.GetConfigList,
    'What an agent is to change in the configs it holds',
    'Get config update infos success',
    (fleet, request) => {
      const agent = need(request.agent_id, NEED.agentId);
      const updates = fleet.updatesFor(agent, versionsOf(request.config_versions));
      return { extra: { config_update_infos: updates.map(wireUpdate) } };
    },
  ),
];

/** Every call of the shape. */
export const A1_SERVED: readonly Served[] = [...groupCalls, ...configCalls, ...bindingCalls, ...agentCalls];

type WireGroup = NonNullable<ReturnType<typeof a1.A1.CreateAgentGroup.request.decode>['agent_group']>;
type WireConfig = NonNullable<ReturnType<typeof a1.A1.CreateConfig.request.decode>['config_detail']>;
type WireUpdate = ReturnType<typeof a1.ConfigUpdateInfo.decode>;

function groupOf(given: WireGroup | undefined, text: string): Group {
  const name = need(given?.group_name, text);
  return { name, description: given?.description ?? '', tags: given?.tags ?? [] };
}

function configOf(given: WireConfig | undefined) {
  const name = need(given?.config_name, NEED.configName);
  const content = need(given?.content, NEED.content);
  return { name, content, agentType: given?.agent_type ?? '', description: given?.description ?? '' };
}

function bindingOf(request: { group_name: string; config_name: string }): { group: string; config: string } {
  const group = need(request.group_name, NEED.agentsGroup);
  return { group, config: need(request.config_name, NEED.bindingConfig) };
}

function versionsOf(held: ReadonlyMap<string, bigint | string>): ReadonlyMap<string, bigint> {
  for (const [name, version] of held) {
    if (typeof version === 'string') {
      throw badParameter(`ConfigVersions must be numbers; that of '${name}' is '${version.slice(0, 100)}'.`);
    }
  }
  return held as ReadonlyMap<string, bigint>;
}

function wireGroup({ name, description, tags }: Group): WireGroup {
  return { group_name: name, description, tags };
}

function wireConfig(config: {
  name: string;
  agentType: string;
  description: string;
  content: string;
}): WireConfig {
  const { name, agentType, description, content } = config;
  return { config_name: name, agent_type: agentType, description, content };
}

function wireAgents(fleet: Fleet, group: string) {
  return fleet.agentsOf(group).map(({ id, record, heartbeat, liveness }) => ({
    agent_id: id,
    agent_type: record.type,
    ip: record.ip,
    version: record.version,
    running_status: record.status,
    startup_time: BigInt(record.startup),
    latest_heartbeat_time: BigInt(Math.floor(heartbeat / 1000)),
    tags: Object.fromEntries(record.tags),
    running_details: fleet.reports.details(id),
    liveness,
  }));
}

/** SAME and DELETED have the name alone. */
function wireUpdate({ name, status, config }: ConfigUpdate): WireUpdate {
  return {
    config_name: name,
    update_status: a1.UPDATE_STATUS[status],
    config_version: BigInt(config?.version ?? 0),
    content: config?.content ?? '',
  };
}
