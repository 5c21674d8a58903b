import type { Store } from '../store/index.js';
import { type AgentClock, Agents, type AgentView } from './agents.js';
import { type Config, Configs, type ConfigText } from './configs.js';
import { Groups } from './groups.js';
import { alarmAge, alarmRecords, statAge, statRecords } from './limits.js';
import { CODECS } from './records.js';
import { Reports } from './reports.js';
import { Serial } from './serial.js';

export interface FleetOptions {
  readonly store: Store;
  /** A fault that no caller is told. */
  readonly onFault: (error: unknown, where: string) => void;
  readonly clock?: AgentClock;
}

/** What an agent is to do about one config. */
export interface ConfigUpdate {
  readonly name: string;
  readonly status: 'SAME' | 'NEW' | 'DELETED' | 'MODIFIED';
  /** Of NEW and MODIFIED. */
  readonly config?: Config;
}

/**
 * The server's side of a fleet: configs, groups, agents and what they report. A promise of it resolves when what it did is
 * durable. Changes of configs and groups are made one after another, since they look at each other.
 */
export class Fleet {
  readonly configs: Configs;
  readonly groups: Groups;
  readonly agents: Agents;
  readonly reports: Reports;
  readonly #changes = new Serial();

  private constructor(configs: Configs, groups: Groups, agents: Agents, reports: Reports) {
    this.configs = configs;
    this.groups = groups;
    this.agents = agents;
    this.reports = reports;
  }

  static async open({ store, onFault, clock }: FleetOptions): Promise<Fleet> {
    const fault = (where: string) => ({ onFault: (error: unknown) => onFault(error, where) });
    const state = { kind: 'state' } as const;
    const log = { kind: 'log' } as const;
    const configTable = await store.state({ ...state, name: 'config', partitions: 4 }, CODECS.config);
    const configs = await Configs.open(configTable, fault('the configs'));
    const groupTable = await store.state({ ...state, name: 'group', partitions: 4 }, CODECS.group);
    const groups = await Groups.open(groupTable, configs, fault('the groups'));
    const alarms = await store.log(
      {
        ...log,
        name: 'alarm',
        partitions: 4,
        retention: { maxAgeSeconds: alarmAge.value, maxRecords: alarmRecords.value },
      },
      CODECS.alarm,
    );
    const stats = await store.log(
      {
        ...log,
        name: 'stat',
        partitions: 4,
        retention: { maxAgeSeconds: statAge.value, maxRecords: statRecords.value },
      },
      CODECS.stat,
    );
    const reports = await Reports.open(alarms, stats);
    const agentTable = await store.state({ ...state, name: 'agent', partitions: 8 }, CODECS.agent);
    const onForget = (id: string): void => reports.forget(id);
    const agents = await Agents.open(agentTable, { ...fault('the agents'), onForget }, clock);
    return new Fleet(configs, groups, agents, reports);
  }

  /** Waits for what is under way. The store stays open. */
  async close(): Promise<void> {
    await this.#changes.idle();
    await this.agents.close();
    await this.groups.close();
    await this.configs.close();
  }

  /** Makes a change when the changes before it are done. */
  change<T>(task: () => Promise<T>): Promise<T> {
    return this.#changes.run(task);
  }

  createConfig(name: string, given: ConfigText): Promise<number> {
    return this.change(() => this.configs.create(name, given));
  }

  updateConfig(name: string, given: ConfigText): Promise<number> {
    return this.change(() => this.configs.update(name, given));
  }

  deleteConfig(name: string): Promise<number> {
    return this.change(() => this.configs.delete(name, () => this.groups.groupsOf(name)));
  }

  /** The agents of a group, in order of ids. Throws where there is no such group. */
  agentsOf(group: string): AgentView[] {
    this.groups.get(group);
    return this.agents.list((tags) => this.groups.matching(tags).has(group));
  }

  /**
   * What an agent that holds these versions is to do: first what it must drop, in its own order, then what it should have,
   * in order of names. Whatever is NEW or MODIFIED comes with its text.
   */
  updatesFor(agent: string, held: ReadonlyMap<string, bigint>): ConfigUpdate[] {
    const wanted = this.groups.configsFor(this.agents.get(agent).record.tags);
    const names = new Set(wanted.map(({ name }) => name));
    const updates: ConfigUpdate[] = [];
    for (const name of held.keys()) if (!names.has(name)) updates.push({ name, status: 'DELETED' });
    for (const config of wanted) {
      const { name, version } = config;
      const has = held.get(name);
      if (has === undefined) updates.push({ name, status: 'NEW', config });
      else if (has < version) updates.push({ name, status: 'MODIFIED', config });
      else updates.push({ name, status: 'SAME' });
    }
    return updates;
  }
}
