import { epochMs } from '../base/index.js';
import type { StateTable } from '../store/index.js';
import { configBound, configExists, configNotFound, tooMany } from './errors.js';
import { configCount } from './limits.js';
import { Mirror, type MirrorOptions } from './mirror.js';
import { checkConfigName } from './names.js';
import { byteOrder, type ConfigRecord } from './records.js';

/** What a user gives of a config. */
export interface ConfigText {
  readonly agentType: string;
  readonly description: string;
  readonly content: string;
}

/** A config that is there. */
export interface Config extends ConfigText {
  readonly name: string;
  readonly version: number;
  readonly incarnation: number;
}

/** One version of a name. */
export interface ConfigVersion extends Config {
  /** This version is the deletion. */
  readonly deleted: boolean;
  /** Milliseconds since the epoch. */
  readonly time: number;
}

const HEAD = 'c/';
const PAST = 'v/';

/**
 * The configs. The key `c/NAME` holds a name's present record, and its write alone decides. Before it is replaced, what it
 * held is written to `v/NAME/VERSION`: everybody who does so writes the same, so that a crash or a race in between leaves
 * nothing wrong.
 */
export class Configs {
  readonly #table: StateTable<ConfigRecord>;
  readonly #heads: Mirror<ConfigRecord>;

  private constructor(table: StateTable<ConfigRecord>, heads: Mirror<ConfigRecord>) {
    this.#table = table;
    this.#heads = heads;
  }

  static async open(table: StateTable<ConfigRecord>, options: MirrorOptions): Promise<Configs> {
    return new Configs(table, await Mirror.open(table, { ...options, prefix: HEAD }));
  }

  /** Another number whenever a config is another. */
  get changes(): number {
    return this.#heads.changes;
  }

  close(): Promise<void> {
    return this.#heads.close();
  }

  /** Undefined where there is none, or no more. */
  find(name: string): Config | undefined {
    const record = this.#heads.get(name)?.value;
    return record && !record.deleted ? { name, ...record } : undefined;
  }

  get(name: string): Config {
    const found = this.find(name);
    if (!found) throw configNotFound(name);
    return found;
  }

  /** In order of names. */
  list(): Config[] {
    const found: Config[] = [];
    for (const [name, { value }] of this.#heads.entries()) if (!value.deleted) found.push({ name, ...value });
    return found.sort((a, b) => byteOrder(a.name, b.name));
  }

  /** A new name has version 0; one that was deleted goes on where it was. */
  async create(name: string, given: ConfigText): Promise<number> {
    checkConfigName(name);
    if (!this.#heads.get(name) && this.#heads.size >= configCount.value)
      throw tooMany('configs', configCount);
    return this.#next(name, (present) => {
      if (present && !present.deleted) throw configExists(name);
      const version = present ? present.version + 1 : 0;
      return { ...texts(given), version, deleted: false, incarnation: version };
    });
  }

  /** Replaces the whole record. The version rises also where nothing differs. */
  async update(name: string, given: ConfigText): Promise<number> {
    return this.#next(name, (present) => {
      if (!present || present.deleted) throw configNotFound(name);
      const { incarnation } = present;
      return { ...texts(given), version: present.version + 1, deleted: false, incarnation };
    });
  }

  /** `groups`: those that have it; it must be none. */
  async delete(name: string, groups: () => readonly string[]): Promise<number> {
    return this.#next(name, (present) => {
      if (!present || present.deleted) throw configNotFound(name);
      const bound = groups();
      if (bound.length > 0) throw configBound(name, bound);
      return { ...present, version: present.version + 1, deleted: true };
    });
  }

  /** Every version of a name, oldest first. */
  async versions(name: string): Promise<ConfigVersion[]> {
    const head = this.#heads.get(name);
    if (!head) throw configNotFound(name);
    const found: ConfigVersion[] = [];
    for await (const { value } of this.#table.scan({ prefix: `${PAST}${name}/` }))
      found.push({ name, ...value });
    // A crash between the two writes leaves the present version in both places.
    return [...found.filter(({ version }) => version < head.value.version), { name, ...head.value }];
  }

  async #next(
    name: string,
    next: (present: ConfigRecord | undefined) => Omit<ConfigRecord, 'time'>,
  ): Promise<number> {
    let version = 0;
    await this.#heads.change(name, async (present) => {
      const record = { ...next(present), time: epochMs() };
      if (present) await this.#table.put(pastKey(name, present.version), present);
      version = record.version;
      return record;
    });
    return version;
  }
}

function texts({ agentType, description, content }: ConfigText): ConfigText {
  return { agentType, description, content };
}

/** Padded, so that keys are in order of versions. */
function pastKey(name: string, version: number): string {
  return `${PAST}${name}/${String(version).padStart(10, '0')}`;
}
