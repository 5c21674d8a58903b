/**
 * A store in memory for what no real one can be made to do: several servers on one engine within a process, a write that
 * fails, events that come late. What it promises is the contract of src/store/table.ts.
 */
import { EventEmitter, on } from 'node:events';
import { RemoraError } from '../../../src/base/index.js';
import type {
  Change,
  Codec,
  Entry,
  LogRecord,
  LogTable,
  Position,
  ReadOptions,
  StateTable,
  Store,
  TableSpec,
} from '../../../src/store/index.js';

/** What is stored, shared by every `MemoryStore` on it, as an engine is by its servers. */
export class Engine {
  readonly states = new Map<
    string,
    { rows: Map<string, Entry<Uint8Array>>; revision: number; events: EventEmitter }
  >();
  readonly logs = new Map<string, LogRecord<Uint8Array>[]>();
  /** Called before each write; throws to make it fail, waits to make it slow. */
  beforeWrite: (table: string, key: string) => Promise<void> | void = () => undefined;
  writes = 0;
}

export class MemoryStore implements Store {
  constructor(readonly engine = new Engine()) {}

  async state<V>(spec: TableSpec & { readonly kind: 'state' }, codec: Codec<V>): Promise<StateTable<V>> {
    const { engine } = this;
    const state = engine.states.get(spec.name) ?? {
      rows: new Map(),
      revision: 0,
      events: new EventEmitter(),
    };
    state.events.setMaxListeners(0);
    engine.states.set(spec.name, state);
    const read = (entry: Entry<Uint8Array>): Entry<V> => ({ ...entry, value: codec.decode(entry.value) });
    const check = (key: string, expected: number | undefined): void => {
      const present = state.rows.get(key)?.revision ?? 0;
      if (expected !== undefined && expected !== present) {
        throw new RemoraError('revision-conflict', `${key} has revision ${present}`, {
          details: { revision: present },
        });
      }
    };
    return {
      spec,
      get: async (key) => {
        const found = state.rows.get(key);
        return found && read(found);
      },
      async put(key, value, options = {}) {
        await engine.beforeWrite(spec.name, key);
        check(key, options.expectedRevision);
        engine.writes += 1;
        const entry = { key, value: codec.encode(value), revision: ++state.revision, time: Date.now() };
        state.rows.set(key, entry);
        state.events.emit('change', { type: 'put', entry: read(entry) } satisfies Change<V>);
        return entry.revision;
      },
      async delete(key, options = {}) {
        await engine.beforeWrite(spec.name, key);
        check(key, options.expectedRevision);
        if (!state.rows.delete(key)) return 0;
        const revision = ++state.revision;
        state.events.emit('change', { type: 'delete', key, revision, expired: false } satisfies Change<V>);
        return revision;
      },
      async *scan({ prefix = '' } = {}) {
        const keys = [...state.rows.keys()].filter((key) => key.startsWith(prefix)).sort();
        for (const key of keys) {
          const entry = state.rows.get(key);
          if (entry) yield read(entry);
        }
      },
      async *watch({ prefix = '', snapshot = false, signal }) {
        const changes = on(state.events, 'change', { signal });
        try {
          if (snapshot) {
            for (const [key, entry] of [...state.rows]) {
              if (key.startsWith(prefix)) yield { type: 'put', entry: read(entry) };
            }
            yield { type: 'current' };
          }
          for await (const [change] of changes as AsyncIterable<[Change<V>]>) {
            const key =
              change.type === 'put' ? change.entry.key : change.type === 'delete' ? change.key : prefix;
            if (key.startsWith(prefix)) yield change;
            if (change.type === 'lost') return;
          }
        } catch (error) {
          if (!signal.aborted) throw error;
        }
      },
      count: async () => state.rows.size,
    };
  }

  async log<V>(spec: TableSpec & { readonly kind: 'log' }, codec: Codec<V>): Promise<LogTable<V>> {
    const { engine } = this;
    const records = engine.logs.get(spec.name) ?? [];
    engine.logs.set(spec.name, records);
    return {
      spec,
      async append(key, value): Promise<Position> {
        await engine.beforeWrite(spec.name, key);
        const record = {
          key,
          value: codec.encode(value),
          partition: 0,
          sequence: records.length + 1,
          time: Date.now(),
        };
        records.push(record);
        return record;
      },
      async *read({ key, reverse, limit = Number.POSITIVE_INFINITY }: ReadOptions = {}) {
        const found = records.filter((record) => key === undefined || record.key === key);
        if (reverse) found.reverse();
        for (const record of found.slice(0, limit)) yield { ...record, value: codec.decode(record.value) };
      },
      watch: () => {
        throw new Error('not used here');
      },
      count: async () => records.length,
    };
  }

  tables = async () => [];
  partitions = async () => [];
  nodes = async () => [];
  cluster = async () => ({ engine: 'memory', root: '', primary: undefined });
  setEnvs = async () => undefined;
  close = async () => undefined;
}
