/**
 * Every kind of function, in every format, on every Node, looked into by `trace`: what can be and what cannot and why, and
 * that the application sees nothing of it. traceMatrix.json is what is expected; `REMORA_RECORD_MATRIX=1` writes it anew.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { setLimit } from '../../../src/base/index.js';
import { instrumentsOf, type ObservableFunction, type TraceTree } from '../../../src/target/index.js';
import { eventually, type NodeMajor, nodeMajors, projectRoot } from '../../support/index.js';
import { newTargets, type TestLike } from '../attach/attaching.js';
import { blame, type Case, compareFacts, found } from './examine.js';
import { Zoo, type ZooFormat, zooFormats } from './zoo.js';

const file = join(projectRoot, 'test', 'target', 'instruments', 'traceMatrix.json');
const isRecording = process.env.REMORA_RECORD_MATRIX === '1';
/** Kind → format → `traced`, or why not. */
type Matrix = Record<string, Record<string, string>>;
const expected = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Matrix) : {};
const seen: Matrix = Object.create(null);

const TIMES = 3;
const WARM_UPS = 500;
const PRIMINGS = 60;
const QUIET = 6;
const LIMITS = { depth: 2, items: 10, string: 100, bytes: 4000, time: 20 };

describe('the matrix of trace', { concurrency: 4 }, () => {
  for (const format of zooFormats) {
    for (const node of nodeMajors) {
      it(`${format} on Node ${node}`, async (t) => {
        const cases = await examine(t, node, format);
        const faults = cases.flatMap(({ specimen, faults }) =>
          faults.map((each) => `${specimen.kind}: ${each}`),
        );
        assert.deepEqual([...new Set(faults)], []);
        for (const { specimen, outcome } of cases) {
          seen[specimen.kind] ??= {};
          const row = seen[specimen.kind] as Record<string, string>;
          // One word for all versions of Node.
          assert.equal(row[format] ?? outcome, outcome, `${specimen.kind} on Node ${node}`);
          row[format] = outcome;
          if (!isRecording) assert.equal(outcome, expected[specimen.kind]?.[format], specimen.kind);
        }
      });
    }
  }
  after(() => {
    if (isRecording) writeFileSync(file, `${JSON.stringify(seen, null, 2)}\n`);
  });
});

async function examine(t: TestLike, node: NodeMajor, format: ZooFormat): Promise<Case[]> {
  for (const limit of ['instrument-rate', 'instrument-queue', 'trace-functions']) setLimit(`${limit}=100000`);
  const zoo = await Zoo.start(node, format, { test: t });
  const specimens = await zoo.specimens();
  await zoo.warm({ times: WARM_UPS });
  const facts = await zoo.facts();
  const target = await newTargets(t).attach(String(zoo.target.pid));
  const lease = target.lease('matrix');
  t.after(() => lease.release());
  const instruments = instrumentsOf(target);
  await instruments.setBudget({ share: 0, overMs: 5000, burstShare: 0, burstMs: 1000 });
  const cases = await Promise.all(specimens.map((specimen) => found(instruments, specimen)));
  const functions = cases.flatMap(({ of }) => (of ? [of] : []));
  const observation = await instruments.observe(functions, {
    ...{ kind: 'trace', points: ['finish'], limits: LIMITS, hits: 1_000_000, holder: 'matrix' },
    // What breakpoints cost in a long bundle is the business of other tests.
    force: true,
    trace: { depth: 1, acrossCallbacks: false, skipInternal: false },
  });
  const trees: { of: ObservableFunction; tree: TraceTree }[] = [];
  void (async () => {
    for await (const event of observation.events) {
      if (event.kind === 'record' && event.tree) trees.push({ of: event.of, tree: event.tree });
    }
  })();

  const state = (): string =>
    JSON.stringify([
      observation.reach()?.functions.map((each) => each.state),
      observation.functions.map(({ report }) => report),
    ]);
  for (let turn = 0, quiet = 0; turn < PRIMINGS && quiet < QUIET; turn++) {
    const before = state();
    const { wrong } = await zoo.round({ times: 1 });
    for (const fault of wrong) if (!fault.startsWith('constructor:')) blame(cases, `installing: ${fault}`);
    await sleep(100);
    quiet = state() === before ? quiet + 1 : 0;
  }

  await sleep(200);
  trees.length = 0;
  const { wrong, bodies } = await zoo.round({ times: TIMES });
  for (const fault of wrong) blame(cases, fault);
  for (const fault of await zoo.unhandled())
    if (!fault.startsWith('promise: 0 unhandled')) blame(cases, fault);
  await sleep(300);
  const reach = observation.reach();
  for (const each of cases) {
    const { of, faults, specimen } = each;
    const known = reach?.functions.find((candidate) => candidate.of === of);
    each.outcome =
      known?.state === 'cannot'
        ? `cannot: ${known.why}`
        : known?.state === 'traced'
          ? 'traced'
          : 'not reached';
    if (each.outcome !== 'traced') continue;
    const own = trees.filter((record) => record.of === of);
    // What calls itself is below itself, in one tree.
    const calls = specimen.kind === 'recursive' ? TIMES + 1 : (bodies[specimen.kind] ?? 0);
    // Those of `unhandled` have come meanwhile.
    if (own.length < calls) faults.push(`${own.length} trees of ${calls} calls`);
    const empty = own.filter(({ tree }) => tree.root.children.length === 0).length;
    if (empty > 0) faults.push(`${empty} of ${own.length} trees are empty`);
  }

  await observation.end();
  const { later } = await instruments.reset(undefined);
  if (later > 0) await zoo.round({ times: 1 });
  await eventually(async () => (await instruments.status())?.hooks.length === 0, {
    what: 'all to be undone',
  });
  for (const fault of (await zoo.round({ times: 1 })).wrong) blame(cases, `after the reset: ${fault}`);
  for (const fault of await zoo.unhandled()) blame(cases, `after the reset: ${fault}`);
  compareFacts(facts, await zoo.facts(), cases);
  await target.letGo('the matrix is done');
  assert.doesNotMatch(zoo.target.stderr(), /remora|TypeError|SyntaxError/i);
  await zoo.target.stop();
  return cases;
}
