import { counters } from '../base/index.js';
import type { LogTable } from '../store/index.js';
import { agentCount, statReplay } from './limits.js';
import type { AlarmRecord, StatRecord } from './records.js';

const raised = counters.counter('fleet.alarms', 'alarms that agents raised');

export interface Statistics {
  readonly cpu: number;
  readonly memory: bigint;
  readonly extras: Readonly<Record<string, string>>;
}

export interface Alarm extends AlarmRecord {
  readonly agent: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
}

/** What agents report beside their heartbeats: logs, whose newest statistics per agent are also kept in memory. */
export class Reports {
  readonly #alarms: LogTable<AlarmRecord>;
  readonly #stats: LogTable<StatRecord>;
  readonly #latest = new Map<string, StatRecord['details']>();

  private constructor(alarms: LogTable<AlarmRecord>, stats: LogTable<StatRecord>) {
    this.#alarms = alarms;
    this.#stats = stats;
  }

  static async open(alarms: LogTable<AlarmRecord>, stats: LogTable<StatRecord>): Promise<Reports> {
    const reports = new Reports(alarms, stats);
    for await (const { key, value } of stats.read({ reverse: true, limit: statReplay.value })) {
      if (!reports.#latest.has(key)) reports.#keep(key, value.details);
    }
    return reports;
  }

  async alarm(agent: string, alarm: AlarmRecord): Promise<void> {
    await this.#alarms.append(agent, alarm);
    raised.add();
  }

  /** Newest first; of one agent, or of all. */
  async alarms(options: { agent?: string; limit: number }): Promise<Alarm[]> {
    const found: Alarm[] = [];
    for await (const { key, time, value } of this.#alarms.read({
      key: options.agent,
      limit: options.limit,
      reverse: true,
    })) {
      found.push({ agent: key, time, ...value });
    }
    return found;
  }

  async statistics(agent: string, { cpu, memory, extras }: Statistics): Promise<void> {
    // What the agent calls CPU or Memory itself does not hide the figures.
    const details = [
      ['CPU', cpu.toFixed(6)],
      ['Memory', String(memory)],
      ...Object.entries(extras).filter(([name]) => name !== 'CPU' && name !== 'Memory'),
    ] as const;
    await this.#stats.append(agent, { details: details as StatRecord['details'] });
    this.#keep(agent, details as StatRecord['details']);
  }

  /** The last report of an agent as a map of text, empty where there is none. */
  details(agent: string): Record<string, string> {
    return Object.fromEntries(this.#latest.get(agent) ?? []);
  }

  forget(agent: string): void {
    this.#latest.delete(agent);
  }

  /** Reports are taken of agents that we do not know, so the map has a bound of its own. */
  #keep(agent: string, details: StatRecord['details']): void {
    this.#latest.delete(agent);
    this.#latest.set(agent, details);
    if (this.#latest.size <= agentCount.value) return;
    const [oldest] = this.#latest.keys();
    if (oldest !== undefined) this.#latest.delete(oldest);
  }
}
