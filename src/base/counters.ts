/** One number with a name, as `Counters.list` shows it. */
export interface CounterReading {
  readonly name: string;
  /** A counter only grows; a gauge goes up and down. */
  readonly kind: 'counter' | 'gauge';
  readonly description: string;
  readonly value: number;
}

/** Counts events. `value` may be read at any time. */
export interface Counter {
  readonly name: string;
  readonly description: string;
  value: number;
  add(amount?: number): void;
}

interface Gauge {
  readonly description: string;
  readonly readers: Set<() => number>;
}

/** Named counters and gauges, one list for a process. Names are dotted and lower case: `http.requests`. */
export class Counters {
  readonly #counters = new Map<string, Counter>();
  readonly #gauges = new Map<string, Gauge>();

  /** The counter of that name, made at the first call. */
  counter(name: string, description: string): Counter {
    if (this.#gauges.has(name)) throw new Error(`${name} is a gauge already`);
    const known = this.#counters.get(name);
    if (known) return known;
    const made: Counter = {
      name,
      description,
      value: 0,
      add(amount = 1) {
        this.value += amount;
      },
    };
    this.#counters.set(name, made);
    return made;
  }

  /** Adds a reader to the gauge of that name (its value is the sum of its readers). Call the result to take it away. */
  gauge(name: string, description: string, read: () => number): () => void {
    if (this.#counters.has(name)) throw new Error(`${name} is a counter already`);
    const gauge = this.#gauges.get(name) ?? { description, readers: new Set<() => number>() };
    this.#gauges.set(name, gauge);
    gauge.readers.add(read);
    return () => {
      gauge.readers.delete(read);
      if (gauge.readers.size === 0 && this.#gauges.get(name) === gauge) this.#gauges.delete(name);
    };
  }

  /** Everything, sorted by name. */
  list(): CounterReading[] {
    const readings: CounterReading[] = [];
    for (const { name, description, value } of this.#counters.values()) {
      readings.push({ name, kind: 'counter', description, value });
    }
    for (const [name, { description, readers }] of this.#gauges) {
      let value = 0;
      for (const read of readers) value += read();
      readings.push({ name, kind: 'gauge', description, value });
    }
    return readings.sort((a, b) => a.name.localeCompare(b.name));
  }
}

/** The counters of this process. */
export const counters = new Counters();
