import { setTimeout as sleep } from 'node:timers/promises';
import { counters, type Log, monotonicMs } from '../base/index.js';
import { parseEnvs, type TableEnvs } from './envs.js';
import { requestDenied, throttled } from './errors.js';
import { throttleMs } from './limits.js';
import { Throttle } from './throttle.js';

const reads = counters.counter('store.reads', 'reads of the tables: gets, scans, reads of logs, counts');
const slow = counters.counter(
  'store.slow_queries',
  'calls slower than the slow_query_threshold of their table',
);
const delayed = counters.counter('store.throttled_delay', 'calls that throttling made wait');
const rejected = counters.counter('store.throttled_reject', 'calls that throttling refused');
const denied = counters.counter('store.denied', 'calls that deny_client_request refused');

export interface GatedCall {
  readonly kind: 'read' | 'write';
  /** `get`, `put`, ... */
  readonly name: string;
  /** Undefined for calls that concern the whole table. */
  readonly partition: number | undefined;
  /** What a write brings. */
  readonly bytes: number;
}

/** Lines of slow calls in one second and table. */
const SLOW_LINES = 5;

/** Does to each call of one table what the table's envs say: deny, delay, refuse, measure. */
export class TableGate {
  readonly #table: string;
  readonly #partitions: number;
  readonly #log: Log | undefined;
  #envs: TableEnvs;
  #readThrottle: Throttle | undefined;
  #writeThrottle: Throttle | undefined;
  #sizeThrottle: Throttle | undefined;
  #open = true;
  #slowSecond = 0;
  #slowLines = 0;

  constructor(
    table: string,
    partitions: number,
    envs: Readonly<Record<string, string>>,
    log: Log | undefined,
  ) {
    this.#table = table;
    this.#partitions = partitions;
    this.#log = log;
    this.#envs = parseEnvs({});
    this.setEnvs(envs);
  }

  setEnvs(envs: Readonly<Record<string, string>>): void {
    const parsed = parseEnvs(envs);
    const throttle = (rule: TableEnvs['readThrottling']): Throttle | undefined =>
      rule && new Throttle(rule, this.#partitions);
    this.#envs = parsed;
    this.#readThrottle = throttle(parsed.readThrottling);
    this.#writeThrottle = throttle(parsed.writeThrottling);
    this.#sizeThrottle = throttle(parsed.writeThrottlingBySize);
    // The path of nearly every call: a table without envs costs nothing.
    this.#open =
      !parsed.deny &&
      !this.#readThrottle &&
      !this.#writeThrottle &&
      !this.#sizeThrottle &&
      parsed.slowQueryMs === undefined;
  }

  /** Seconds, 0 = never. */
  get defaultTtl(): number {
    return this.#envs.defaultTtl;
  }

  /** Runs `work` if the envs let it, when they let it. */
  async run<T>(call: GatedCall, work: () => Promise<T> | T): Promise<T> {
    if (call.kind === 'read') reads.add();
    if (this.#open) return work();
    const start = monotonicMs();
    await this.#admit(call);
    try {
      return await work();
    } finally {
      this.#measure(call, monotonicMs() - start);
    }
  }

  /** @throws RemoraError `request-denied`, `throttled`. */
  async admit(call: GatedCall): Promise<void> {
    if (call.kind === 'read') reads.add();
    if (!this.#open) await this.#admit(call);
  }

  async #admit(call: GatedCall): Promise<void> {
    this.refuseDenied(call.kind);
    await this.#throttle(call.kind === 'read' ? this.#readThrottle : this.#writeThrottle, call, 1);
    if (call.bytes > 0) await this.#throttle(this.#sizeThrottle, call, call.bytes);
  }

  /** @throws RemoraError `request-denied`. */
  refuseDenied(kind: 'read' | 'write'): void {
    const { deny } = this.#envs;
    if (deny !== 'all' && deny !== kind) return;
    denied.add();
    throw requestDenied(this.#table, kind);
  }

  async #throttle(
    throttle: Throttle | undefined,
    { kind, partition }: GatedCall,
    units: number,
  ): Promise<void> {
    if (!throttle) return;
    const verdict = throttle.take(partition, units, Date.now());
    const ms = Math.min(verdict.ms, throttleMs.value);
    if (ms > 0) await sleep(ms);
    if (verdict.type === 'reject') {
      rejected.add();
      throw throttled(this.#table, kind);
    }
    if (verdict.type === 'delay') delayed.add();
  }

  #measure({ name, partition }: GatedCall, ms: number): void {
    const { slowQueryMs, slowQueryLog } = this.#envs;
    if (slowQueryMs === undefined || ms <= slowQueryMs) return;
    slow.add();
    if (!slowQueryLog || !this.#log) return;
    const second = Math.floor(Date.now() / 1000);
    if (second !== this.#slowSecond) {
      this.#slowSecond = second;
      this.#slowLines = 0;
    }
    if (++this.#slowLines > SLOW_LINES) return;
    const facts = { table: this.#table, call: name, partition, ms: Math.round(ms) };
    this.#log.warn(facts, 'slow query');
  }
}
