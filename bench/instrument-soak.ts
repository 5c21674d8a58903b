/**
 * Instruments installed and removed at random on every function of a zoo under load whose answers are checked, by an agent
 * that is killed at random moments: `npm run soak -- --node 22 --minutes 10`. Prints crashes, wrong answers, and how the
 * target's memory, threads and descriptors moved; `--append FILE` adds a line to a table. Fails on a crash, a wrong answer,
 * or a target that is not clean in the end.
 */
import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Targets } from '../src/target/index.js';
import {
  descriptorCount,
  eventually,
  listeningPorts,
  memoryParts,
  nodeMajors,
  residentBytes,
  threadCount,
} from '../test/support/index.js';
import { Zoo, type ZooFormat, zooFormats } from '../test/target/instruments/zoo.js';
import { seeded } from './support/random.js';
import type { SoakReport } from './support/soakAgent.js';
import { ZooLoad } from './support/zooLoad.js';

const WARM_UP_MS = 10_000;
const SETTLE_MS = 5_000;
/** An agent lives this long, at random. */
const SHORTEST_LIFE_MS = 1_000;
const LONGEST_LIFE_MS = 20_000;
const MEGABYTE = 1_048_576;

const { values } = parseArgs({
  options: {
    node: { type: 'string', default: '22' },
    minutes: { type: 'string', default: '10' },
    format: { type: 'string', default: 'commonjs' },
    seed: { type: 'string', default: String(Date.now() % 100_000) },
    append: { type: 'string' },
    /** No agents but the first and the last look: what the load alone does to the process. */
    control: { type: 'boolean', default: false },
  },
});
const node = nodeMajors.find((major) => major === Number(values.node)) ?? 22;
const format: ZooFormat = zooFormats.find((each) => each === values.format) ?? 'commonjs';
const minutes = Number(values.minutes);
const random = seeded(Number(values.seed));

class Tally {
  cycles = 0;
  hits = 0;
  governed = 0;
  cannot = 0;
  kills = 0;
  readonly refusals = new Map<string, number>();

  add(report: SoakReport): void {
    this.cycles += report.cycles;
    this.hits += report.hits;
    this.governed += report.governed;
    this.cannot += report.cannot;
    for (const [code, times] of Object.entries(report.refusals)) {
      this.refusals.set(code, (this.refusals.get(code) ?? 0) + times);
    }
  }
}

const folder = mkdtempSync(join(tmpdir(), 'remora-soak-'));
const zoo = await Zoo.start(node, format, {
  deadlineMs: (minutes + 5) * 60_000,
  nodeArgs: ['--inspect-port=0'],
});
const { target } = zoo;
const specimens = await zoo.specimens();
const load = new ZooLoad(
  target.port,
  specimens.map(({ kind }) => kind),
);
const wrongInside: string[] = [];
/** Checks that met a class while some of those who hold it had the wrapper and others had not yet. */
let classesInTwo = 0;
const tally = new Tally();

interface Facts {
  readonly rss: number;
  readonly heap: number;
  readonly threads: number;
  readonly descriptors: number;
  readonly parts: ReturnType<typeof memoryParts>;
}

/** Bytes of the heap after a full collection, and of the process a moment later; the probe has gone again. */
async function settled(): Promise<Facts> {
  const targets = new Targets({ owner: 'soak', folder });
  let heap = 0;
  try {
    const attached = await targets.attach(String(target.pid));
    await attached.cdp('HeapProfiler.collectGarbage', {}, { timeoutMs: 60_000 });
    heap = (await attached.cdp<{ usedSize: number }>('Runtime.getHeapUsage')).usedSize;
  } finally {
    await targets.close('looked');
  }
  await sleep(SETTLE_MS);
  return { ...now(), heap };
}

function now(): Omit<Facts, 'heap'> {
  return {
    rss: residentBytes(target.pid),
    threads: threadCount(target.pid),
    descriptors: descriptorCount(target.pid),
    parts: memoryParts(target.pid),
  };
}

/** Where the resident memory is: malloc's arenas of threads, its main heap, V8's pages and what else is mapped. */
function partsText({ arenas, arenaCount, heap, other }: Facts['parts']): string {
  const mb = (bytes: number): string => (bytes / MEGABYTE).toFixed(1);
  return `${arenaCount} arenas of threads ${mb(arenas)} MB, malloc's heap ${mb(heap)}, V8 and others ${mb(other)}`;
}

const isAlive = (): boolean => target.child.exitCode === null && target.child.signalCode === null;

/** One agent from its start to its violent end. */
async function agentLife(): Promise<void> {
  const program = fileURLToPath(new URL('./support/soakAgent.js', import.meta.url));
  const agent: ChildProcess = fork(
    program,
    [folder, String(target.pid), String(Math.floor(random() * 1e9))],
    {
      execArgv: ['--enable-source-maps'],
    },
  );
  agent.on('message', (report) => tally.add(report as SoakReport));
  agent.send(specimens);
  const left = deadline - performance.now();
  const life = SHORTEST_LIFE_MS + random() ** 2 * LONGEST_LIFE_MS;
  const ended = once(agent, 'exit').then(([code]) => {
    if (code !== null) wrongInside.push(`the agent ended by itself with ${code}`);
  });
  await Promise.race([ended, target.exited, sleep(Math.min(life, Math.max(left, 100)))]);
  agent.kill('SIGKILL');
  await ended;
  tally.kills += 1;
}

/** What only the process itself can see, now and then. */
async function lookInside(): Promise<void> {
  const { wrong } = await zoo.round({ times: 3 });
  const isOfClass = (what: string): boolean => what.startsWith('constructor: ');
  classesInTwo += wrong.filter(isOfClass).length;
  wrongInside.push(...wrong.filter((what) => !isOfClass(what)), ...(await zoo.unhandled()));
}

async function clean(threads: number): Promise<string> {
  return await eventually(
    () => listeningPorts(target.pid).length === ports && threadCount(target.pid) <= threads && 'clean',
    { what: 'the target to be clean', timeoutMs: 15_000, intervalMs: 200 },
  ).catch((error: Error) => error.message);
}

function report(before: Facts, first: Facts, after: Facts, state: string): string {
  const mb = (bytes: number) => (bytes / MEGABYTE).toFixed(1);
  const refused = [...tally.refusals].map(([code, times]) => `${code} ${times}`).join(', ') || 'none';
  return (
    `soak${values.control ? ' without agents' : ''}, Node ${node}, ${format}, ${minutes} min, seed ${values.seed}: ${tally.cycles} cycles, ${tally.kills} agents killed, ` +
    `${tally.hits} records, governor acted ${tally.governed} times, cannot ${tally.cannot}, refused: ${refused}; crashes 0, ` +
    `wrong answers ${load.wrong + wrongInside.length} of ${load.answers}, slowest answer ${load.slowestMs.toFixed(0)} ms, a class seen as two ${classesInTwo} times; ` +
    `RSS ${mb(before.rss)} MB, after one attach ${mb(first.rss)}, at the end ${mb(after.rss)} (${mb(after.rss - first.rss)} more); ` +
    `heap ${mb(first.heap)} then ${mb(after.heap)} MB; threads ${before.threads} then ${after.threads}, ` +
    `descriptors ${before.descriptors} then ${after.descriptors}; ${state}`
  );
}

function row(first: Facts, after: Facts, crashed: boolean): string {
  const commit = spawnSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).stdout.trim();
  const more = ((after.rss - first.rss) / MEGABYTE).toFixed(1);
  const heap = ((after.heap - first.heap) / MEGABYTE).toFixed(1);
  const cells = [
    new Date().toISOString().slice(0, 16),
    commit,
    node,
    format,
    minutes,
    tally.cycles,
    tally.kills,
  ];
  const rest = [
    tally.hits,
    load.answers,
    crashed ? 1 : 0,
    load.wrong + wrongInside.length,
    classesInTwo,
    more,
    heap,
  ];
  return `| ${[...cells, ...rest].join(' | ')} |\n`;
}

await sleep(WARM_UP_MS);
await lookInside();
const before: Facts = { ...now(), heap: 0 };
const ports = listeningPorts(target.pid).length;
const first = await settled();
let looks = 0;
const deadline = performance.now() + minutes * 60_000;
while (performance.now() < deadline && isAlive()) {
  if (values.control) await Promise.race([sleep(LONGEST_LIFE_MS / 2), target.exited]);
  else await agentLife();
  if (isAlive()) await lookInside();
  looks += 1;
  if (looks % 10 === 0) {
    console.log(
      `  ${tally.cycles} cycles, ${tally.kills} kills, RSS ${Math.round(residentBytes(target.pid) / MEGABYTE)} MB: ${partsText(memoryParts(target.pid))}`,
    );
  }
}
let fine = isAlive();
if (fine) {
  const state = await clean(before.threads);
  await lookInside();
  load.stop();
  const after = await settled();
  console.log(report(before, first, after, state));
  console.log(`  after one attach: ${partsText(first.parts)}; at the end: ${partsText(after.parts)}`);
  for (const example of [...load.examples, ...wrongInside.slice(0, 20)]) console.log(`  wrong: ${example}`);
  fine = state === 'clean' && load.wrong + wrongInside.length === 0;
  if (values.append) appendFileSync(values.append, row(first, after, false));
} else {
  load.stop();
  const { exitCode, signalCode } = target.child;
  console.log(
    `soak, Node ${node}: THE TARGET CRASHED: ${signalCode ?? exitCode}\n${target.stderr().slice(-2000)}`,
  );
  if (values.append) appendFileSync(values.append, row(first, first, true));
}
await target.stop();
rmSync(folder, { recursive: true, force: true });
process.exit(fine ? 0 : 1);
