import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Change, StateTable } from '../../../src/store/index.js';
import type { Fixture, OpenFixture } from '../conformance.js';
import { all, code, codec, withFixture } from './support.js';

/** What the table should hold, in memory: a map, and what a watcher must have heard. */
interface Model {
  readonly entries: Map<string, { value: unknown; revision: number }>;
  /** Every revision that was ever given to a key, the last one last. */
  readonly history: Map<string, number[]>;
  readonly heard: Map<string, string[]>;
}

interface Real {
  table: StateTable<unknown>;
  readonly fixture: Fixture;
  watch: AsyncIterator<Change<unknown>>;
  readonly aborts: AbortController[];
}

type Command = fc.AsyncCommand<Model, Real>;

const spec = { name: 'model', kind: 'state', partitions: 3 } as const;
const key = fc.constantFrom('a', 'b', 'a/1', 'a/2', 'b/x', 'é', '\u{10000}', '\uffff', 'zz');
const order = (one: string, other: string): number => Buffer.compare(Buffer.from(one), Buffer.from(other));

class Put implements Command {
  constructor(
    readonly key: string,
    readonly value: unknown,
    readonly expect: 'none' | 'right' | 'stale' | 'absent' | 'foreign',
  ) {}

  check = (): boolean => true;

  async run(model: Model, { table }: Real): Promise<void> {
    const present = model.entries.get(this.key)?.revision ?? 0;
    const old = model.history.get(this.key) ?? [];
    const expectedRevision = {
      none: undefined,
      right: present,
      stale: old.at(-2) ?? 999,
      absent: 0,
      foreign: 10 ** 9,
    }[this.expect];
    const put = table.put(this.key, this.value, { expectedRevision });
    if (expectedRevision !== undefined && expectedRevision !== present) {
      await assert.rejects(
        put,
        code('revision-conflict', ({ details }) => assert.equal(details.revision, present)),
      );
      return;
    }
    const revision = await put;
    remember(model, this.key, revision, `put ${revision} ${JSON.stringify(this.value)}`);
    model.entries.set(this.key, { value: this.value, revision });
  }

  toString = (): string => `put(${this.key}, ${JSON.stringify(this.value)}, ${this.expect})`;
}

class Delete implements Command {
  constructor(
    readonly key: string,
    readonly expect: 'none' | 'right' | 'foreign',
  ) {}

  check = (): boolean => true;

  async run(model: Model, { table }: Real): Promise<void> {
    const present = model.entries.get(this.key)?.revision ?? 0;
    const expectedRevision = { none: undefined, right: present, foreign: 10 ** 9 }[this.expect];
    const gone = table.delete(this.key, { expectedRevision });
    if (this.expect === 'foreign') {
      await assert.rejects(gone, code('revision-conflict'));
      return;
    }
    const revision = await gone;
    if (present === 0) {
      assert.equal(revision, 0);
      return;
    }
    remember(model, this.key, revision, `delete ${revision}`);
    model.entries.delete(this.key);
  }

  toString = (): string => `delete(${this.key}, ${this.expect})`;
}

class Get implements Command {
  constructor(readonly key: string) {}

  check = (): boolean => true;

  async run(model: Model, { table }: Real): Promise<void> {
    const found = await table.get(this.key);
    const expected = model.entries.get(this.key);
    assert.deepEqual(found && { value: found.value, revision: found.revision }, expected);
  }

  toString = (): string => `get(${this.key})`;
}

class Scan implements Command {
  constructor(
    readonly options: { prefix?: string; from?: string; to?: string; limit?: number; reverse?: boolean },
  ) {}

  check = (): boolean => true;

  async run(model: Model, { table }: Real): Promise<void> {
    const { prefix = '', from = '', to, limit = Infinity, reverse } = this.options;
    const keys = [...model.entries.keys()].sort(order).filter((each) => {
      return each.startsWith(prefix) && order(each, from) >= 0 && (to === undefined || order(each, to) < 0);
    });
    const expected = (reverse ? keys.reverse() : keys).slice(0, limit);
    const found = await all(table.scan(this.options));
    assert.deepEqual(
      found.map(({ key, value, revision }) => ({ key, value, revision })),
      expected.map((each) => ({ key: each, ...model.entries.get(each) })),
    );
    assert.equal(await table.count(), model.entries.size);
  }

  toString = (): string => `scan(${JSON.stringify(this.options)})`;
}

class Reopen implements Command {
  check = (): boolean => true;

  async run(model: Model, real: Real): Promise<void> {
    await hears(model, real);
    const store = await real.fixture.reopen();
    real.table = await store.state(spec, codec);
    listen(real);
  }

  toString = (): string => 'reopen()';
}

function remember(model: Model, name: string, revision: number, line: string): void {
  const revisions = model.history.get(name) ?? [];
  assert.ok(revision > (revisions.at(-1) ?? 0), `${name}: ${revision} after ${revisions.at(-1)}`);
  model.history.set(name, [...revisions, revision]);
  model.heard.set(name, [...(model.heard.get(name) ?? []), line]);
}

function listen(real: Real): void {
  const abort = new AbortController();
  real.aborts.push(abort);
  real.watch = real.table.watch({ signal: abort.signal })[Symbol.asyncIterator]();
}

/** The watcher has heard of every change since it began, in the order of each key, and of nothing else. */
async function hears(model: Model, { watch }: Real): Promise<void> {
  const left = [...model.heard.values()].reduce((sum, lines) => sum + lines.length, 0);
  const heard = new Map<string, string[]>();
  for (let count = 0; count < left; count++) {
    const { value } = await watch.next();
    assert.ok(value && (value.type === 'put' || value.type === 'delete'));
    const [name, line] =
      value.type === 'put'
        ? [value.entry.key, `put ${value.entry.revision} ${JSON.stringify(value.entry.value)}`]
        : [value.key, `delete ${value.revision}`];
    heard.set(name, [...(heard.get(name) ?? []), line]);
  }
  assert.deepEqual(heard, new Map(model.heard));
  model.heard.clear();
}

const commands = [
  fc
    .tuple(key, fc.jsonValue({ maxDepth: 1 }), fc.constantFrom('none', 'right', 'stale', 'absent', 'foreign'))
    .map(([name, value, expect]) => new Put(name, value, expect as Put['expect'])),
  fc
    .tuple(key, fc.constantFrom('none', 'right', 'foreign'))
    .map(([name, expect]) => new Delete(name, expect as Delete['expect'])),
  key.map((name) => new Get(name)),
  fc
    .record(
      {
        prefix: fc.constantFrom('', 'a', 'a/', 'é', 'no'),
        from: key,
        to: key,
        limit: fc.nat(4),
        reverse: fc.boolean(),
      },
      { requiredKeys: [] },
    )
    .map((options) => new Scan(options)),
  fc.constant(new Reopen()),
];

export function modelConformance(open: OpenFixture): void {
  describe('against a model', () => {
    it('any sequence of calls does what a map would', async () => {
      await fc.assert(
        fc.asyncProperty(fc.commands(commands, { maxCommands: 60, size: 'max' }), async (sequence) =>
          withFixture(open, async (fixture) => {
            const table = await fixture.store.state(spec, codec);
            const model: Model = { entries: new Map(), history: new Map(), heard: new Map() };
            const real: Real = { table, fixture, watch: [][Symbol.iterator]() as never, aborts: [] };
            listen(real);
            await fc.asyncModelRun(() => ({ model, real }), sequence);
            await hears(model, real);
            for (const abort of real.aborts) abort.abort();
          }),
        ),
        { seed: 20261122, numRuns: 60 },
      );
    });
  });
}
