import { RemoraError, uuid } from '../base/index.js';
import { a1, type Draft } from '../wire/index.js';
import type { ClientAddress } from './endpoint.js';
import { isRecord, placeName, statusError } from './errors.js';
import type {
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
import { type CallOptions, type Exchanged, Transport } from './transport.js';

type Calls = typeof a1.A1;
type Name = keyof Calls;
type RequestOf<N extends Name> = ReturnType<Calls[N]['request']['decode']>;
type ResponseOf<N extends Name> = ReturnType<Calls[N]['response']['decode']>;

const PROTOBUF = 'application/x-protobuf';
const STATUSES = ['SAME', 'NEW', 'DELETED', 'MODIFIED'] as const;

/** The same code says that a binding is there already, which needs nothing. */
const UPDATE_CONFIG = 'updateConfig (`remora config update`) changes it';

/** What to do next, by the code that the server gave. */
const HINTS: Readonly<Record<string, string>> = {
  ConfigNotExist: 'listConfigs (`remora config list`) has the names there are',
  AgentGroupNotExist: 'listGroups (`remora group list`) has the names there are',
  AgentGroupAlreadyExist: 'updateGroup (`remora group update`) changes it',
  AgentNotExist: 'An agent is known from its first heartbeat on',
  ServerBusy: 'Try again in a moment',
  InternalServerError: "The server's log may say more",
};

/**
 * A connection to a config server, of Remora or another that speaks the first published shape of the protocol. Methods
 * reject with RemoraError: its `code` is the server's in kebab case (`config-not-exist`), `details.status` the HTTP
 * status. Connections are kept alive: call `close()` at the end.
 */
export class FleetClient {
  readonly #transport: Transport;

  constructor(address: ClientAddress) {
    this.#transport = new Transport(address);
  }

  /** Socket path or address of the server. */
  get place(): string {
    return placeName(this.#transport.place);
  }

  async listGroups(options?: CallOptions): Promise<FleetGroup[]> {
    const { agent_groups } = await this.#call('ListAgentGroups', {}, options);
    return agent_groups.map(groupOf);
  }

  async group(name: string, options?: CallOptions): Promise<FleetGroup> {
    const { agent_group } = await this.#call('GetAgentGroup', { group_name: name }, options);
    return groupOf(agent_group ?? a1.AgentGroup.decode(EMPTY));
  }

  async createGroup(group: NewGroup, options?: CallOptions): Promise<void> {
    await this.#call('CreateAgentGroup', { agent_group: wireGroup(group) }, options);
  }

  /** Replaces description and tags; the group's configs stay. */
  async updateGroup(group: NewGroup, options?: CallOptions): Promise<void> {
    await this.#call('UpdateAgentGroup', { agent_group: wireGroup(group) }, options);
  }

  async deleteGroup(name: string, options?: CallOptions): Promise<void> {
    await this.#call('DeleteAgentGroup', { group_name: name }, options);
  }

  async listConfigs(options?: CallOptions): Promise<FleetConfig[]> {
    const { config_details } = await this.#call('ListConfigs', {}, options);
    return config_details.map(configOf);
  }

  async config(name: string, options?: CallOptions): Promise<FleetConfig> {
    const { config_detail } = await this.#call('GetConfig', { config_name: name }, options);
    return configOf(config_detail ?? a1.Config.decode(EMPTY));
  }

  async createConfig(config: NewConfig, options?: CallOptions): Promise<void> {
    await this.#call('CreateConfig', { config_detail: wireConfig(config) }, options);
  }

  /** Replaces the whole config: what is left out becomes empty. Its version rises. */
  async updateConfig(config: NewConfig, options?: CallOptions): Promise<void> {
    await this.#call('UpdateConfig', { config_detail: wireConfig(config) }, options);
  }

  async deleteConfig(name: string, options?: CallOptions): Promise<void> {
    await this.#call('DeleteConfig', { config_name: name }, options);
  }

  /** From its next look on, every agent of the group gets the config. */
  async apply(config: string, group: string, options?: CallOptions): Promise<void> {
    await this.#call('ApplyConfigToAgentGroup', { config_name: config, group_name: group }, options);
  }

  async remove(config: string, group: string, options?: CallOptions): Promise<void> {
    await this.#call('RemoveConfigFromAgentGroup', { config_name: config, group_name: group }, options);
  }

  /** Names of the configs that a group has. */
  async configsOf(group: string, options?: CallOptions): Promise<readonly string[]> {
    return (await this.#call('GetAppliedConfigsForAgentGroup', { group_name: group }, options)).config_names;
  }

  /** Names of the groups that have a config. */
  async groupsOf(config: string, options?: CallOptions): Promise<readonly string[]> {
    return (await this.#call('GetAppliedAgentGroups', { config_name: config }, options)).agent_group_names;
  }

  /** The agents of a group; `default` has them all. */
  async agents(group = 'default', options?: CallOptions): Promise<FleetAgent[]> {
    const { agents } = await this.#call('ListAgents', { group_name: group }, options);
    return agents.map(agentOf);
  }

  /** Every version of a config's name, oldest first. Remora's servers alone answer this. */
  async versions(config: string, options?: CallOptions): Promise<readonly FleetConfigVersion[]> {
    return this.#list<FleetConfigVersion>('versions', { config }, options);
  }

  /** Alarms, newest first; of one agent or of all. Remora's servers alone answer this. */
  async alarms(
    wish: { agent?: string; limit?: number } = {},
    options?: CallOptions,
  ): Promise<readonly FleetAlarm[]> {
    const { agent, limit = 100 } = wish;
    const query = { limit: String(limit), ...(agent === undefined ? {} : { agent }) };
    return this.#list<FleetAlarm>('alarms', query, options);
  }

  /** As an agent: says that it is alive, and what it is. */
  async heartbeat(agent: AgentHeartbeat, options?: CallOptions): Promise<void> {
    await this.#call(
      'HeartBeat',
      {
        agent_id: agent.id,
        agent_type: agent.type,
        agent_version: agent.version,
        ip: agent.ip,
        tags: agent.tags,
        running_status: agent.status,
        startup_time: agent.startupTime,
      },
      options,
    );
  }

  /** As an agent that holds these versions by name: what to drop and what to take. */
  async updates(
    agent: string,
    held: Readonly<Record<string, bigint>>,
    options?: CallOptions,
  ): Promise<ConfigUpdate[]> {
    const config_versions = new Map(Object.entries(held));
    const { config_update_infos } = await this.#call(
      'GetConfigList',
      { agent_id: agent, config_versions },
      options,
    );
    return config_update_infos.map((info) => ({
      name: info.config_name,
      status: STATUSES[info.update_status] ?? 'SAME',
      version: info.config_version,
      content: info.content,
    }));
  }

  /** As an agent: how it does. */
  async report(
    agent: string,
    { cpu, memory, extras }: AgentStatistics,
    options?: CallOptions,
  ): Promise<void> {
    const running_details = { cpu, memory, extras: extras ?? {} };
    await this.#call('RunningStatistics', { agent_id: agent, running_details }, options);
  }

  async alarm(agent: string, alarm: { type: string; detail: string }, options?: CallOptions): Promise<void> {
    await this.#call('Alarm', { agent_id: agent, ...alarm }, options);
  }

  /** Closes the connections; calls under way reject. */
  close(): void {
    this.#transport.close();
  }

  async #list<T>(what: string, query: Record<string, string>, options?: CallOptions): Promise<readonly T[]> {
    const path = `/remora/fleet/${what}?${new URLSearchParams(query)}`;
    const answer = await this.#transport.get(path, options);
    const list = isRecord(answer) ? answer[what] : undefined;
    if (!Array.isArray(list)) throw this.#noServer(200, `it gave no ${what}`);
    return list as T[];
  }

  async #call<N extends Name>(
    name: N,
    request: Draft<Omit<RequestOf<N>, 'request_id'>>,
    options: CallOptions = {},
  ): Promise<ResponseOf<N>> {
    const call = a1.A1[name] as unknown as a1.Call<{ request_id: string }, a1.ResponseHead>;
    const request_id = uuid();
    const answer = await this.#transport.exchange(
      {
        method: call.method,
        path: call.path,
        contentType: PROTOBUF,
        body: call.request.encode({ ...(request as object), request_id }),
        repeatable: call.method === 'GET' || call.path.startsWith('/Agent/'),
      },
      options,
    );
    const response = this.#read(call, answer);
    if (answer.status !== 200 || response.code !== 'Accept') throw this.#refusal(answer.status, response);
    // Answers of another call would be taken for this one's.
    if (response.response_id !== request_id) throw this.#noServer(answer.status, 'it answered another call');
    return response as unknown as ResponseOf<N>;
  }

  #read(call: a1.Call<{ request_id: string }, a1.ResponseHead>, answer: Exchanged): a1.ResponseHead {
    const { status, contentType, body } = answer;
    if (!contentType.startsWith(PROTOBUF)) {
      if (status === 200 || status === 404)
        throw this.#noServer(status, `it answered ${contentType || 'nothing'}`);
      throw statusError(status, body.toString('utf8'), this.#transport.place);
    }
    try {
      return call.response.decode(body);
    } catch (cause) {
      throw this.#noServer(status, 'its answer is no message of that shape', cause);
    }
  }

  #refusal(status: number, { code, message }: a1.ResponseHead): RemoraError {
    const details = { status, code };
    if (status === 401) {
      return new RemoraError('not-signed-in', `the server at ${this.place} wants credentials`, {
        hint: 'Give a token of that server',
        details,
      });
    }
    const kebab = code.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase() || 'bad-answer';
    return new RemoraError(
      status === 403 ? 'forbidden' : kebab,
      message || `the server answered ${status} ${code}`,
      {
        hint: /^Config .* already exists/s.test(message) ? UPDATE_CONFIG : HINTS[code],
        details,
      },
    );
  }

  #noServer(status: number, why: string, cause?: unknown): RemoraError {
    return new RemoraError('bad-answer', `${this.place} is no config server of shape A1: ${why}`, {
      hint: 'Check that a `remora server` or `remora up` listens there',
      details: { status },
      cause,
    });
  }
}

const EMPTY = new Uint8Array();

type WireGroup = ReturnType<typeof a1.AgentGroup.decode>;
type WireConfig = ReturnType<typeof a1.Config.decode>;
type WireAgent = ReturnType<typeof a1.Agent.decode>;

function groupOf({ group_name, description, tags }: WireGroup): FleetGroup {
  return { name: group_name, description, tags };
}

function wireGroup({ name, description = '', tags = [] }: NewGroup): WireGroup {
  return { group_name: name, description, tags };
}

function configOf({ config_name, agent_type, description, content }: WireConfig): FleetConfig {
  return { name: config_name, agentType: agent_type, description, content };
}

function wireConfig({ name, agentType = '', description = '', content }: NewConfig): WireConfig {
  return { config_name: name, agent_type: agentType, description, content };
}

function agentOf(agent: WireAgent): FleetAgent {
  return {
    id: agent.agent_id,
    type: agent.agent_type,
    ip: agent.ip,
    version: agent.version,
    status: agent.running_status,
    startupTime: agent.startup_time,
    heartbeatTime: Number(agent.latest_heartbeat_time) * 1000,
    tags: agent.tags,
    details: agent.running_details,
    liveness: agent.liveness,
  };
}
