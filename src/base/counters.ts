import { type Percentiles, PercentileWindow } from './percentiles.js';

/** One counter with a name, as `Counters.list` shows it. */
export interface CounterReading {
  readonly name: string;
  /** A counter only grows; a gauge goes up and down; a rate is per second; percentiles are of what was recorded last. */
  readonly kind: 'counter' | 'gauge' | 'rate' | 'percentiles';
  readonly description: string;
  /** Of percentiles the median. */
  readonly value: number;
  /** Where `kind` is `percentiles`. */
  readonly percentiles?: Percentiles;
}

/** Counts events. `value` may be read at any time. */
export interface Counter {
  readonly name: string;
  readonly description: string;
  value: number;
  add(amount?: number): void;
}

/** Counts events; read, it tells how many there were per second. */
export interface Rate {
  readonly name: string;
  readonly description: string;
  add(amount?: number): void;
}

/** Keeps the last few thousand of the numbers it is given. */
export interface Distribution {
  readonly name: string;
  readonly description: string;
  record(value: number): void;
}

interface Gauge {
  readonly description: string;
  readonly readers: Set<() => number>;
}

/** Two readings that are closer together than this give the same rate. */
const RATE_HOLD_MS = 100;

class RateCounter implements Rate {
  readonly name: string;
  readonly description: string;
  readonly #now: () => number;
  #count = 0;
  #since: number;
  #last = 0;
  #evaluated = false;

  constructor(name: string, description: string, now: () => number) {
    this.name = name;
    this.description = description;
    this.#now = now;
    this.#since = now();
  }

  add(amount = 1): void {
    this.#count += amount;
  }

  /** Events per second since the reading before. */
  read(): number {
    const now = this.#now();
    const elapsed = now - this.#since;
    if (elapsed <= (this.#evaluated ? RATE_HOLD_MS : 0)) return this.#last;
    this.#last = (this.#count * 1000) / elapsed;
    this.#count = 0;
    this.#since = now;
    this.#evaluated = true;
    return this.#last;
  }
}

type Entry =
  | { readonly kind: 'counter'; readonly of: Counter }
  | { readonly kind: 'rate'; readonly of: RateCounter }
  | { readonly kind: 'percentiles'; readonly of: PercentileWindow }
  | { readonly kind: 'gauge'; readonly of: Gauge };

/**
 * Named counters, gauges, rates and distributions, one list for a process. Names are dotted and lower case:
 * `http.requests`.
 */
export class Counters {
  readonly #entries = new Map<string, Entry>();
  readonly #now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** The counter of that name, made at the first call. */
  counter(name: string, description: string): Counter {
    return this.#entry(name, 'counter', () => ({
      name,
      description,
      value: 0,
      add(amount = 1) {
        this.value += amount;
      },
    }));
  }

  /** The rate of that name, made at the first call. */
  rate(name: string, description: string): Rate {
    return this.#entry(name, 'rate', () => new RateCounter(name, description, this.#now));
  }

  /** The distribution of that name, made at the first call. */
  distribution(name: string, description: string): Distribution {
    return this.#entry(name, 'percentiles', () => new PercentileWindow(name, description, this.#now));
  }

  /** Adds a reader to the gauge of that name (its value is the sum of its readers). Call the result to take it away. */
  gauge(name: string, description: string, read: () => number): () => void {
    const gauge = this.#entry<Gauge>(name, 'gauge', () => ({ description, readers: new Set() }));
    gauge.readers.add(read);
    return () => {
      gauge.readers.delete(read);
      if (gauge.readers.size === 0 && this.#entries.get(name)?.of === gauge) this.#entries.delete(name);
    };
  }

  /** One by its name. */
  read(name: string): CounterReading | undefined {
    const entry = this.#entries.get(name);
    return entry && reading(name, entry);
  }

  /** Everything, sorted by name. */
  list(): CounterReading[] {
    return [...this.#entries]
      .map(([name, entry]) => reading(name, entry))
      .sort((a, b) => a.name.localeCompare(b.name));
  }

  #entry<T extends Entry['of']>(name: string, kind: Entry['kind'], make: () => T): T {
    const known = this.#entries.get(name);
    if (known && known.kind !== kind) throw new Error(`${name} is a ${known.kind} already`);
    if (known) return known.of as T;
    const of = make();
    this.#entries.set(name, { kind, of } as unknown as Entry);
    return of;
  }
}

function reading(name: string, entry: Entry): CounterReading {
  const { kind } = entry;
  const { description } = entry.of;
  switch (kind) {
    case 'counter':
      return { name, kind, description, value: entry.of.value };
    case 'rate':
      return { name, kind, description, value: entry.of.read() };
    case 'gauge': {
      let value = 0;
      for (const read of entry.of.readers) value += read();
      return { name, kind, description, value };
    }
    case 'percentiles': {
      const percentiles = entry.of.read();
      return { name, kind, description, value: percentiles.p50, percentiles };
    }
  }
}

/** The counters of this process. */
export const counters = new Counters();
