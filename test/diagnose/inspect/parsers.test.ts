/** What targets send is not trusted: snapshots in any pieces and with any damage, command lines of any shape. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { heapReport, referenceReport } from '../../../src/diagnose/heap/heapReport.js';
import { type Snapshot, SnapshotReader } from '../../../src/diagnose/heap/snapshotReader.js';
import { vmOptionRows } from '../../../src/diagnose/vmOptions/vmOptionRows.js';

const LIMITS = { nodes: 1000, edges: 1000, strings: 1000 };
const SEED = 20261122;

/** Root → Map → two of three Carts; the third is held weakly, and the class's prototype is no instance. */
const TEXT = JSON.stringify({
  snapshot: {
    meta: {
      node_fields: ['type', 'name', 'id', 'self_size', 'edge_count'],
      node_types: [['hidden', 'object', 'synthetic', 'string']],
      edge_fields: ['type', 'name_or_index', 'to_node'],
      edge_types: [['context', 'element', 'property', 'weak']],
    },
    node_count: 6,
    edge_count: 6,
  },
  nodes: [2, 0, 1, 0, 3, 1, 1, 3, 40, 2, 1, 2, 5, 24, 0, 1, 2, 7, 24, 0, 1, 2, 9, 24, 0, 1, 2, 11, 16, 1],
  edges: [2, 3, 5, 3, 0, 20, 2, 4, 25, 1, 0, 10, 1, 1, 15, 2, 5, 5],
  strings: ['', 'Map', 'Cart', 'carts', 'proto', 'constructor', 'a "quoted" \\ one', 'é\u2028'],
});

function read(pieces: readonly string[]): Snapshot {
  const reader = new SnapshotReader(LIMITS);
  for (const piece of pieces) reader.push(piece);
  return reader.finish();
}

function pieces(text: string, cuts: readonly number[]): string[] {
  const at = [0, ...cuts.map((cut) => cut % (text.length + 1)).sort((a, b) => a - b), text.length];
  return at.slice(1).map((end, index) => text.slice(at[index], end));
}

test('a snapshot is the same in whatever pieces it comes', () => {
  const whole = read([TEXT]);
  assert.equal(whole.strings.at(-1), 'é\u2028');
  assert.deepEqual(heapReport(whole, 2, 1), {
    classNumber: 2,
    objectNumber: 5,
    bytes: 128,
    classes: [
      { id: 1, instances: 4, bytes: 88, className: 'Cart' },
      { id: 2, instances: 1, bytes: 40, className: 'Map' },
    ],
    objects: [{ id: 1, bytes: 40, className: 'Map', object: '@3' }],
  });
  const { chains, instanceCount } = referenceReport(whole, 'Cart', -1, 10);
  assert.equal(instanceCount, 3);
  assert.deepEqual(
    chains.map(({ instances, chain }) => [instances, chain]),
    [
      [2, ['[] of Map', '.carts of (root)']],
      [1, ['nothing that keeps it alive']],
    ],
  );
  fc.assert(
    fc.property(fc.array(fc.nat(), { maxLength: 20 }), (cuts) => {
      assert.deepEqual(read(pieces(TEXT, cuts)), whole);
    }),
    { seed: SEED, numRuns: 300 },
  );
});

test('a damaged snapshot is an error or is read, and never more', () => {
  const damage = fc.record({
    at: fc.nat(),
    length: fc.nat(20),
    put: fc.string({ maxLength: 12 }),
    cuts: fc.array(fc.nat()),
  });
  fc.assert(
    fc.property(damage, ({ at, length, put, cuts }) => {
      const from = at % TEXT.length;
      const text = TEXT.slice(0, from) + put + TEXT.slice(from + length);
      let snapshot: Snapshot;
      try {
        snapshot = read(pieces(text, cuts));
      } catch (error) {
        assert.ok(error instanceof Error);
        return;
      }
      heapReport(snapshot, 10, 10);
      referenceReport(snapshot, 'Cart', -1, 10);
    }),
    { seed: SEED, numRuns: 2000 },
  );
});

test('a snapshot above the limits is refused before room is made for it', () => {
  const text = TEXT.replace('"node_count":6', '"node_count":6000000000');
  assert.throws(() => read([text]), /6000000000 nodes and 6 edges; 1000 and 1000 are read/);
  assert.throws(() => read(['{"snapshot":'.padEnd(2 * 1024 * 1024, ' ')]), /no heap snapshot/);
});

test('options of any command line are rows of their own', () => {
  const word = fc.oneof(fc.string(), fc.stringMatching(/^--?[a-z_-]{1,12}(=[^\s]{0,6})?$/));
  const facts = { options: [{ name: 'trace-gc', writeable: true, managed: false }] };
  fc.assert(
    fc.property(fc.array(word), fc.string(), (execArgv, nodeOptions) => {
      const rows = vmOptionRows({ ...facts, execArgv, nodeOptions });
      assert.equal(new Set(rows.map(({ name }) => name)).size, rows.length);
      for (const { value } of rows) assert.equal(typeof value, 'string');
    }),
    { seed: SEED, numRuns: 500 },
  );
  const rows = vmOptionRows({
    ...facts,
    execArgv: [
      '--max_old_space_size=300',
      '--no-warnings',
      '-r',
      './hook.js',
      '--trace_gc',
      '--api-token=topsecret',
    ],
    nodeOptions: '--title="a b" --enable-source-maps',
  });
  const shown = rows.map(({ name, value, origin }) => [name, value, origin]);
  assert.deepEqual(
    shown.filter(([name]) => name !== 'api-token'),
    [
      ['enable-source-maps', 'true', 'ENVIRON_VAR'],
      ['max-old-space-size', '300', 'VM_CREATION'],
      ['r', './hook.js', 'VM_CREATION'],
      ['title', 'a b', 'ENVIRON_VAR'],
      ['trace-gc', 'true', 'VM_CREATION'],
      ['warnings', 'false', 'VM_CREATION'],
    ],
  );
  assert.ok(!JSON.stringify(rows).includes('topsecret'), 'secrets are masked');
});
