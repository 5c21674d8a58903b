import { epochMs } from '../base/index.js';
import type { StateTable } from '../store/index.js';
import type { Config, Configs } from './configs.js';
import {
  bindingExists,
  bindingNotFound,
  defaultGroup,
  groupBound,
  groupExists,
  groupNotFound,
  tooMany,
} from './errors.js';
import { groupCount } from './limits.js';
import { Mirror, type MirrorOptions } from './mirror.js';
import { checkGroupName } from './names.js';
import { byteOrder, type GroupRecord, type Tag } from './records.js';

/** Combinations of groups whose configs are remembered. */
const COMBINATIONS = 1000;

/** The group of every agent. */
export const DEFAULT_GROUP = 'default';
const DEFAULT_DESCRIPTION = 'Default agent group, include all Agents.';

export interface Group {
  readonly name: string;
  readonly description: string;
  readonly tags: readonly Tag[];
}

/** An agent's tags, as pairs of name and value. */
export type AgentTags = readonly (readonly [string, string])[];

/**
 * Groups of agents and the configs bound to them. A group is one record, its bindings within it, so that one write decides
 * about both. A binding names the incarnation of its config: one that was deleted meanwhile (by another server, in the
 * same moment) leaves a binding that is none, and a new config of that name does not inherit it.
 */
export class Groups {
  readonly #mirror: Mirror<GroupRecord>;
  readonly #configs: Configs;
  /** Groups by tag, and the configs of each combination of groups that was asked for: of the state in `#made`. */
  #byTag = new Map<string, string[]>();
  #wanted = new Map<string, readonly Config[]>();
  #made = '';

  private constructor(mirror: Mirror<GroupRecord>, configs: Configs) {
    this.#mirror = mirror;
    this.#configs = configs;
  }

  static async open(
    table: StateTable<GroupRecord>,
    configs: Configs,
    options: MirrorOptions,
  ): Promise<Groups> {
    const mirror = await Mirror.open(table, options);
    if (!mirror.get(DEFAULT_GROUP)) {
      const made = { description: DEFAULT_DESCRIPTION, tags: [], configs: [] };
      await mirror.change(DEFAULT_GROUP, (present) => present ?? made);
    }
    return new Groups(mirror, configs);
  }

  close(): Promise<void> {
    return this.#mirror.close();
  }

  get(name: string): Group {
    return groupOf(name, this.#record(name));
  }

  /** In order of names. */
  list(): Group[] {
    return [...this.#mirror.entries()]
      .map(([name, { value }]) => groupOf(name, value))
      .sort((a, b) => byteOrder(a.name, b.name));
  }

  async create({ name, description, tags }: Group): Promise<void> {
    checkGroupName(name);
    await this.#mirror.change(name, (present) => {
      if (present) throw groupExists(name);
      if (this.#mirror.size >= groupCount.value) throw tooMany('agent groups', groupCount);
      return { description, tags, configs: [] };
    });
  }

  /** Replaces description and tags; its configs stay. */
  async update({ name, description, tags }: Group): Promise<void> {
    await this.#mirror.change(name, (present) => {
      if (!present) throw groupNotFound(name);
      return { ...present, description, tags };
    });
  }

  async delete(name: string): Promise<void> {
    if (name === DEFAULT_GROUP) throw defaultGroup(name);
    await this.#mirror.change(name, (present) => {
      if (!present) throw groupNotFound(name);
      const bound = this.#live(present).map((config) => config.name);
      if (bound.length > 0) throw groupBound(name, bound);
      return undefined;
    });
  }

  async apply(name: string, configName: string): Promise<void> {
    await this.#mirror.change(name, (present) => {
      if (!present) throw groupNotFound(name);
      const { incarnation } = this.#configs.get(configName);
      if (this.#has(present, configName)) throw bindingExists(name, configName);
      const configs = [
        ...without(present, configName),
        [configName, { time: epochMs(), incarnation }] as const,
      ];
      return { ...present, configs };
    });
  }

  async remove(name: string, configName: string): Promise<void> {
    await this.#mirror.change(name, (present) => {
      if (!present) throw groupNotFound(name);
      this.#configs.get(configName);
      if (!this.#has(present, configName)) throw bindingNotFound(name, configName);
      return { ...present, configs: without(present, configName) };
    });
  }

  /** Names of the configs that a group has, in order. */
  configsOf(name: string): string[] {
    return this.#live(this.#record(name)).map((config) => config.name);
  }

  /** Names of the groups that have a config, in order. */
  groupsOf(configName: string): string[] {
    const found: string[] = [];
    for (const [name, { value }] of this.#mirror.entries())
      if (this.#has(value, configName)) found.push(name);
    return found.sort(byteOrder);
  }

  /** Names of the groups that an agent of these tags is in: `default`, and each with one tag at least that is the agent's. */
  matching(tags: AgentTags): Set<string> {
    this.#refresh();
    const found = new Set([DEFAULT_GROUP]);
    for (const [name, value] of tags) {
      for (const group of this.#byTag.get(tagKey(name, value)) ?? []) found.add(group);
    }
    return found;
  }

  /** The configs of an agent, each once, in order of names. */
  configsFor(tags: AgentTags): readonly Config[] {
    const names = [...this.matching(tags)].sort(byteOrder);
    const key = JSON.stringify(names);
    let configs = this.#wanted.get(key);
    if (!configs) {
      const found = new Map<string, Config>();
      for (const name of names) {
        const record = this.#mirror.get(name)?.value;
        if (record) for (const config of this.#live(record)) found.set(config.name, config);
      }
      configs = [...found.values()].sort((a, b) => byteOrder(a.name, b.name));
      if (this.#wanted.size >= COMBINATIONS) this.#wanted.clear();
      this.#wanted.set(key, configs);
    }
    return configs;
  }

  /** Forgets what was made of an earlier state, so that an agent costs the same however many groups and configs there are. */
  #refresh(): void {
    const state = `${this.#mirror.changes} ${this.#configs.changes}`;
    if (state === this.#made) return;
    this.#made = state;
    this.#byTag = this.#indexTags();
    this.#wanted.clear();
  }

  #record(name: string): GroupRecord {
    const entry = this.#mirror.get(name);
    if (!entry) throw groupNotFound(name);
    return entry.value;
  }

  #live({ configs }: GroupRecord): Config[] {
    return configs
      .flatMap(([name, { incarnation }]) => {
        const config = this.#configs.find(name);
        return config?.incarnation === incarnation ? [config] : [];
      })
      .sort((a, b) => byteOrder(a.name, b.name));
  }

  #has(record: GroupRecord, configName: string): boolean {
    const incarnation = this.#configs.find(configName)?.incarnation;
    return record.configs.some(
      ([name, binding]) => name === configName && binding.incarnation === incarnation,
    );
  }

  #indexTags(): Map<string, string[]> {
    const index = new Map<string, string[]>();
    for (const [group, { value }] of this.#mirror.entries()) {
      for (const tag of value.tags) {
        const key = tagKey(tag.name, tag.value);
        const groups = index.get(key);
        if (groups) groups.push(group);
        else index.set(key, [group]);
      }
    }
    return index;
  }
}

function groupOf(name: string, { description, tags }: GroupRecord): Group {
  return { name, description, tags };
}

function without({ configs }: GroupRecord, configName: string): GroupRecord['configs'] {
  return configs.filter(([name]) => name !== configName);
}

/** Unlike for unlike pairs, whatever is in the names. */
function tagKey(name: string, value: string): string {
  return `${name.length}:${name}${value}`;
}
