/** `heapdump` on real processes: what it says beforehand, when it refuses, what is in the file, what is left after faults. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { heapCost, heapObjection } from '../../../src/diagnose/profiler/heapCost.js';
import { limit } from '../../http/support.js';
import { eventually, nodeMajors, residentBytes } from '../../support/index.js';
import { assertLetGo, get } from '../../target/attach/attaching.js';
import { profiled } from './support/profiled.js';

interface Snapshot {
  readonly snapshot: {
    readonly meta: {
      readonly node_fields: readonly string[];
      readonly node_types: readonly [readonly string[], ...unknown[]];
      readonly edge_fields: readonly string[];
    };
    readonly node_count: number;
    readonly edge_count: number;
  };
  readonly nodes: readonly number[];
  readonly edges: readonly number[];
  readonly strings: readonly string[];
}

/** Reads a snapshot as DevTools does: counts, fields, and that every edge leads to a node. */
function check(text: string): { entries: number; strings: readonly string[] } {
  const { snapshot, nodes, edges, strings } = JSON.parse(text) as Snapshot;
  const { node_fields: nodeFields, edge_fields: edgeFields, node_types: types } = snapshot.meta;
  assert.equal(nodes.length, snapshot.node_count * nodeFields.length);
  assert.equal(edges.length, snapshot.edge_count * edgeFields.length);
  const [type, name, edgeCount] = ['type', 'name', 'edge_count'].map((field) =>
    nodeFields.indexOf(field),
  ) as [number, number, number];
  const toNode = edgeFields.indexOf('to_node');
  let counted = 0;
  let entries = 0;
  for (let at = 0; at < nodes.length; at += nodeFields.length) {
    counted += nodes[at + edgeCount] ?? 0;
    if (types[0][nodes[at + type] ?? -1] === 'object' && strings[nodes[at + name] ?? -1] === 'Entry')
      entries += 1;
  }
  assert.equal(counted, snapshot.edge_count, 'the edges of all nodes');
  for (let at = toNode; at < edges.length; at += edgeFields.length) {
    const goal = edges[at] ?? -1;
    assert.ok(goal >= 0 && goal < nodes.length && goal % nodeFields.length === 0);
  }
  return { entries, strings };
}

describe('heapdump', { concurrency: 4, timeout: 120_000 }, () => {
  for (const node of nodeMajors) {
    it(`Node ${node}: says what it costs, and writes what DevTools reads`, async (t) => {
      const at = await profiled(t, node, { file: 'heap.cjs' });
      const kept = Number(await get(at.process.port));
      const results = await at.exec('heapdump own');
      const messages = results.filter(({ type }) => type === 'message').map(({ message }) => String(message));
      assert.match(
        messages[0] ?? '',
        /^The heap of heap.* has [\d.]+M: its main thread will stand still for about .*secrets too\.$/,
      );
      assert.match(messages[1] ?? '', /^Dumping heap to .*\/change\/own\.heapsnapshot \.\.\.$/);
      assert.equal(messages.at(-1), 'Heap dump file created');
      const done = results.find(({ type }) => type === 'heapdump');
      assert.deepEqual([done?.live, done?.url], [false, '/arthas-output/own.heapsnapshot']);
      const text = at.read('own.heapsnapshot');
      assert.equal(Buffer.byteLength(text), done?.bytes);
      const { entries, strings } = check(text);
      // One more: the prototype.
      assert.ok(entries === kept || entries === kept + 1, `${entries} of ${kept}`);
      assert.ok(strings.includes('entry 7'));
      assert.deepEqual(at.files(), ['own.heapsnapshot']);
      assert.match(await at.fails('heapdump own'), /there is an output file own\.heapsnapshot already/);
      assert.equal(await get(at.process.port), String(kept));
      await at.targets.close('the test is over');
      await assertLetGo(at.process);
    });
  }
});

describe('heapdump, refused or broken off', { timeout: 120_000 }, () => {
  it('refuses a large heap, and names what to do instead; --force does it', async (t) => {
    const at = await profiled(t, 22, { file: 'heap.cjs' });
    limit(t, 'heap-dump-bytes', 1000);
    assert.match(
      await at.fails('heapdump'),
      /^-1 heap dump error: refused, since the heap is larger than 1\.0K, the limit heap-dump-bytes\. 'profiler start -e heap -d 30 --wait' shows.*--force dumps all the same$/,
    );
    assert.deepEqual(at.files(), []);
    const done = await at.ok('heapdump -l --force');
    assert.equal(done.live, true);
    assert.match(String(done.dumpFile), /heapdump-\d{8}-\d{6}-live\.heapsnapshot$/);
  });

  it('weighs heap, memory and disk', () => {
    const cost = heapCost(50 * 1024 ** 2);
    assert.ok(cost.stallMs > 5000 && cost.memoryBytes > cost.heapBytes, JSON.stringify(cost));
    const much = { bytes: 1024 ** 4, limitedBy: 'host' };
    const room = { limit: 1024 ** 4, disk: 1024 ** 4 };
    assert.equal(heapObjection(cost, much, room), undefined);
    assert.equal(heapObjection(heapCost(1024 ** 3), much, room), 'heap-too-large');
    assert.equal(
      heapObjection(cost, { bytes: 1024 ** 2, limitedBy: 'cgroup /x' }, room),
      'memory-too-scarce',
    );
    assert.equal(heapObjection(cost, much, { ...room, disk: 1024 }), 'disk-too-small');
  });

  it('a file that cannot be written is an error, nothing is left of it, and the process goes on', async (t) => {
    const at = await profiled(t, 22, { file: 'heap.cjs' });
    limit(t, 'output-file-bytes', 500_000);
    assert.match(
      await at.fails('heapdump --force'),
      /^-1 heap dump error: .* would be larger than 500000 bytes/,
    );
    assert.deepEqual(at.files(), []);
    assert.match(await get(at.process.port), /^\d+$/);
  });

  it('interrupted: nothing is kept, the process goes on, and its memory with it', async (t) => {
    const at = await profiled(t, 22, { file: 'heap.cjs', args: ['8'] });
    const { sessionId } = await at.bench.session({ process: String(at.process.pid) });
    const before = residentBytes(at.process.pid);
    await at.bench.call({ action: 'async_exec', sessionId, command: 'heapdump --force' });
    await eventually(() => at.files().length > 0, { what: 'the file', timeoutMs: 20_000, intervalMs: 5 });
    await at.bench.call({ action: 'interrupt_job', sessionId });
    await eventually(() => at.files().length === 0, { what: 'the file to go', timeoutMs: 20_000 });
    await eventually(() => get(at.process.port).catch(() => undefined), {
      what: 'it to go on',
      timeoutMs: 60_000,
    });
    await at.targets.close('the test is over');
    await assertLetGo(at.process);
    assert.ok(residentBytes(at.process.pid) < before + 400 * 1024 ** 2);
  });

  it('only for who may change processes', async (t) => {
    const at = await profiled(t, 22, { file: 'heap.cjs' });
    at.bench.role = 'operator';
    const answer = await at.bench.exec('heapdump', { process: String(at.process.pid) });
    assert.equal(answer.state, 'FAILED');
    assert.match(String(answer.message), /needs the role admin/);
  });
});
