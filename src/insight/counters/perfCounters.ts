import { readFileSync } from 'node:fs';
import { type CounterReading, type Counters, monotonicMs, PRODUCT } from '../../base/index.js';

/** A counter as /perfCounter shows it (wire/pegasus-http.md 3.8, 7). */
export type PerfCounter = {
  readonly name: string;
  readonly description: string;
} & (
  | { readonly type: 'NUMBER' | 'RATE'; readonly value: number }
  | { readonly type: 'PERCENTILE'; readonly p99: number; readonly p999: number }
);

interface Known {
  readonly description: string;
  read(): number;
}

/** How often the collector of Pegasus counts anew. */
const COLLECT_MS = 10_000;
const MEGABYTE = 1024 * 1024;

/**
 * The counters of this process under names of the first generation, `app*section*name`: ours as `remora*http*requests`
 * (that is `http.requests`), and those of Pegasus of which we have the fact.
 */
export class PerfCounters {
  readonly #counters: Counters;
  readonly #known: ReadonlyMap<string, Known>;

  constructor(counters: Counters) {
    this.#counters = counters;
    this.#known = new Map(pegasusCounters(counters));
  }

  /** By its exact name. */
  find(name: string): PerfCounter | undefined {
    const known = this.#known.get(name);
    if (known) return { name, type: 'NUMBER', value: known.read(), description: known.description };
    const [, section, rest] = new RegExp(`^${PRODUCT}\\*([^*]+)\\*(.+)$`, 's').exec(name) ?? [];
    const reading = section === undefined ? undefined : this.#counters.read(`${section}.${String(rest)}`);
    return reading && shown(reading);
  }

  /** Every counter there is, sorted by name. */
  list(): PerfCounter[] {
    const ours = this.#counters.list().map(shown);
    const theirs = [...this.#known.keys()].map((name) => this.find(name));
    return [...ours, ...theirs]
      .filter((each) => each !== undefined)
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}

function shown({ name, kind, value, description, percentiles }: CounterReading): PerfCounter {
  const dot = name.indexOf('.');
  const about = { name: `${PRODUCT}*${name.slice(0, dot)}*${name.slice(dot + 1)}`, description };
  if (percentiles) return { ...about, type: 'PERCENTILE', p99: percentiles.p99, p999: percentiles.p999 };
  return { ...about, type: kind === 'rate' ? 'RATE' : 'NUMBER', value };
}

function pegasusCounters(counters: Counters): [name: string, known: Known][] {
  return [
    tableStat('read_qps', () => counters.read('store.reads')?.value ?? 0),
    tableStat('write_qps', () => counters.read('store.writes')?.value ?? 0),
    [
      'replica*server*memused.virt(MB)',
      { description: 'virtual memory usage in MB', read: () => memory('VmSize') },
    ],
    [
      'replica*server*memused.res(MB)',
      { description: 'physical memory usage in MB', read: () => memory('VmRSS') },
    ],
    [
      'server*network*client_session_count',
      {
        description: 'sessions of clients: open HTTP connections',
        read: () => counters.read('http.connections')?.value ?? 0,
      },
    ],
  ];
}

/** Of all tables that this process serves; a process without tables reads and writes none. */
function tableStat(stat: string, count: () => number): [string, Known] {
  let value = 0;
  let counted = count();
  let at = monotonicMs();
  let isFirst = true;
  const read = (): number => {
    const now = monotonicMs();
    if (now - at < (isFirst ? 1000 : COLLECT_MS)) return value;
    const total = count();
    value = Math.max(0, ((total - counted) * 1000) / (now - at));
    counted = total;
    at = now;
    isFirst = false;
    return value;
  };
  const name = `collector*app.pegasus*app.stat.${stat}#_all_`;
  return [name, { description: `statistic the ${stat} of app _all_`, read }];
}

/** Whole megabytes, as the original counts them. */
function memory(field: 'VmSize' | 'VmRSS'): number {
  try {
    const status = readFileSync('/proc/self/status', 'utf8');
    const kilobytes = Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0);
    return Math.floor((kilobytes * 1024) / MEGABYTE);
  } catch {
    return 0;
  }
}
