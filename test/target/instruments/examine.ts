/**
 * Instruments every function of a zoo at once, and says of each kind: by which instrument, whether every call was seen,
 * whether the application noticed, whether everything is back after the reset.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { setLimit } from '../../../src/base/index.js';
import type { CallRecord, HookReport, MonitorSample } from '../../../src/probe/index.js';
import {
  instrumentsOf,
  type ObservableFunction,
  type Observation,
  type ObservationEvent,
  type TargetInstruments,
} from '../../../src/target/index.js';
import { eventually, type NodeMajor, targetsFolder } from '../../support/index.js';
import { newTargets, type TestLike } from '../attach/attaching.js';
import { type SpecimenName, Zoo, type ZooFormat } from './zoo.js';

const TIMES = 5;
const WARM_UPS = 3000;
const SPEED_TIMES = 4000;
/** Rounds in which what waits for its next call is installed, and rounds without any news that end them. */
const PRIMINGS = 120;
const QUIET_PRIMINGS = 14;
const LOOKS = 4;

export interface Examined {
  readonly kind: string;
  /** The instrument, or `cannot`. */
  readonly outcome: string;
  /** What the report said when it was not all. */
  readonly notes: readonly string[];
  readonly faults: readonly string[];
  /** Nanoseconds a call after the reset against before, where a call answers at once. */
  readonly speed?: number;
}

export interface Examination {
  readonly rows: readonly Examined[];
  /** Milliseconds from `observe` until every hook was in its place. */
  readonly installMs: number;
  readonly stderr: string;
}

/** One kind while it is examined. */
export interface Case {
  readonly specimen: SpecimenName;
  readonly of?: ObservableFunction;
  readonly faults: string[];
  outcome: string;
  notes: readonly string[];
}

/** Losing records for their number is the business of other tests. */
const RATE = 1_000_000;
const LIMITS = { depth: 3, items: 20, string: 200, bytes: 4000, time: 20 };

export async function examine(t: TestLike, node: NodeMajor, format: ZooFormat): Promise<Examination> {
  for (const limit of ['instrument-rate', 'instrument-queue']) setLimit(`${limit}=${RATE}`);
  const zoo = await Zoo.start(node, format, { test: t });
  try {
    return await examineZoo(t, zoo);
  } catch (error) {
    throw new Error(`${(error as Error).message}\nthe zoo said: ${zoo.target.stderr().slice(-3000)}`, {
      cause: error,
    });
  }
}

async function examineZoo(t: TestLike, zoo: Zoo): Promise<Examination> {
  const specimens = await zoo.specimens();
  await zoo.warm({ times: WARM_UPS });
  const plain = await zoo.round({ times: TIMES });
  if (plain.wrong.length > 0) throw new Error(`the zoo is wrong by itself: ${plain.wrong.join('; ')}`);
  const facts = await zoo.facts();
  const before = await zoo.speed({ times: SPEED_TIMES });

  const target = await newTargets(t).attach(String(zoo.target.pid));
  const lease = target.lease('matrix');
  const instruments = instrumentsOf(target);
  // What the governor does is the business of others as well.
  await instruments.setBudget({ share: 0, overMs: 5000, burstShare: 0, burstMs: 1000 });
  const cases = await Promise.all(specimens.map((specimen) => found(instruments, specimen)));
  const started = performance.now();
  const { monitor, watch } = await install(zoo, instruments, cases);
  const installMs = performance.now() - started;

  await counted(zoo, monitor, watch, cases);
  for (const fault of await zoo.unhandled()) if (!isKnown(fault)) blame(cases, fault);
  await monitor.end();
  await watch.observation.end();
  const undone = await instruments.reset(undefined);
  if (undone.later > 0) await zoo.round({ times: 1 });
  await eventually(async () => (await instruments.status())?.hooks.length === 0, {
    what: 'all hooks to be undone',
  });

  watch.records.length = 0;
  const last = await zoo.round({ times: TIMES });
  for (const fault of last.wrong) blame(cases, `after the reset: ${fault}`);
  for (const fault of await zoo.unhandled()) blame(cases, `after the reset: ${fault}`);
  if (watch.records.length > 0) throw new Error(`${watch.records.length} records after the reset`);
  compareFacts(facts, await zoo.facts(), cases);
  lease.release();
  await target.letGo('the matrix is done');
  const after = await zoo.speed({ times: SPEED_TIMES });
  const stderr = zoo.target.stderr();
  await zoo.target.stop();
  return {
    rows: cases.map(({ specimen: { kind }, outcome, notes, faults }) => ({
      kind,
      outcome,
      notes,
      faults,
      speed: before[kind] ? (after[kind] ?? 0) / before[kind] : undefined,
    })),
    installMs,
    stderr,
  };
}

export async function found(instruments: TargetInstruments, specimen: SpecimenName): Promise<Case> {
  const accessor = ['getter', 'setter'].find((kind) => kind === specimen.kind);
  const byName = (name: string) =>
    instruments.find({ module: specimen.module, name, regex: false }, { most: 50 });
  let all = await byName(specimen.name);
  // A minifier drops the names of function expressions; the place remains.
  if (all.length === 0) all = await byName(placeOf(specimen));
  const fitting = all.filter(
    ({ found }) =>
      (!accessor || found?.info.kind === accessor) &&
      (!found?.original || found.original.endsWith(specimen.module)),
  );
  const [of, ...more] = fitting;
  const faults = !of ? ['not found by its name'] : more.length > 0 ? ['its name finds several'] : [];
  return { specimen, of, faults, outcome: 'cannot', notes: [] };
}

function placeOf({ module, name }: SpecimenName): string {
  const file = join(targetsFolder, 'zoo', module.replace(/^zoo\//, ''));
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  const line = lines.findIndex((each) => new RegExp(`\\b(function|const) ${name}\\b`).test(each)) + 1;
  return `<anonymous>@${module.replace(/.*\//, '')}:${line}`;
}

interface Watch {
  readonly observation: Observation;
  readonly records: { record: CallRecord; of: ObservableFunction }[];
}

async function install(
  zoo: Zoo,
  instruments: TargetInstruments,
  cases: readonly Case[],
): Promise<{ monitor: Observation; watch: Watch }> {
  const functions = cases.flatMap(({ of }) => (of ? [of] : []));
  // What breakpoints cost in a long bundle is the business of other tests.
  const shared = { limits: LIMITS, force: true, holder: 'matrix' } as const;
  const monitor = await instruments.observe(functions, {
    ...shared,
    kind: 'monitor',
    points: ['success', 'exception'],
    hits: 0,
  });
  const observation = await instruments.observe(functions, {
    ...shared,
    kind: 'watch',
    points: ['before', 'success', 'exception'],
    hits: 100_000,
  });
  const watch: Watch = { observation, records: [] };
  const reports = new Map<ObservableFunction, HookReport>();
  for (const { of, report } of monitor.functions) reports.set(of, report);
  void collect(monitor, (event) => event.kind === 'hook' && reports.set(event.of, event.report));
  void collect(observation, (event) => event.kind === 'record' && watch.records.push(event));
  let quiet = 0;
  for (let i = 0; i < PRIMINGS && quiet < QUIET_PRIMINGS; i += 1) {
    const before = JSON.stringify([...reports.values()]);
    const { wrong } = await zoo.round({ times: 1 });
    for (const fault of wrong) {
      // A class is held in several places, which are found one after the other: until then it is two.
      if (!fault.startsWith('constructor:')) blame(cases, `while it is installed: ${fault}`);
    }
    // Callers are asked, and stale ones dropped, a few times a second.
    await sleep(100);
    const isWaiting = [...reports.values()].some(({ state }) => state === 'pending');
    quiet = JSON.stringify([...reports.values()]) === before ? quiet + (isWaiting ? 0.4 : 1) : 0;
  }
  for (const each of cases) {
    const report = reports.get(each.of as ObservableFunction);
    if (!report) continue;
    each.outcome = outcomeOf(report);
    each.notes = report.notes;
  }
  return { monitor, watch };
}

function outcomeOf({ state, instrument, notes }: HookReport): string {
  if (state !== 'installed' || !instrument) return state;
  // Some who hold it could not be given the wrapper, and are seen by a breakpoint.
  const isBroken = instrument !== 'breakpoint' && notes.some((note) => /by a breakpoint/.test(note));
  return isBroken ? `${instrument}, breakpoint` : instrument;
}

async function collect(observation: Observation, take: (event: ObservationEvent) => unknown): Promise<void> {
  for await (const event of observation.events) take(event);
}

/**
 * Every call is counted, every record is there, and the application sees nothing of it. What calls a function is looked at
 * again for a while after the install, so that the last of a few looks is what counts.
 */
async function counted(zoo: Zoo, monitor: Observation, watch: Watch, cases: readonly Case[]): Promise<void> {
  for (let look = 1; ; look += 1) {
    const counts = await lookOnce(zoo, monitor, watch, cases);
    const verdicts = cases.map((each) => ({ each, ...verdictOf(each, counts) }));
    const isFine = verdicts.every(({ faults, isSeen }) => faults.length === 0 && isSeen);
    if (!isFine && look < LOOKS) {
      await sleep(700);
      continue;
    }
    for (const { each, faults, isSeen } of verdicts) {
      each.faults.push(...faults);
      // Whatever its report says: nobody sees anything.
      if (!isSeen) each.outcome = 'cannot';
    }
    return;
  }
}

interface Counts {
  readonly bodies: Readonly<Record<string, number>>;
  readonly samples: ReadonlyMap<ObservableFunction, MonitorSample>;
  readonly records: Watch['records'];
}

async function lookOnce(
  zoo: Zoo,
  monitor: Observation,
  { records }: Watch,
  cases: readonly Case[],
): Promise<Counts> {
  await monitor.monitor();
  await sleep(50);
  records.length = 0;
  const { wrong, bodies } = await zoo.round({ times: TIMES });
  for (const fault of wrong) blame(cases, fault);
  // Records leave in batches.
  await sleep(200);
  const samples = new Map((await monitor.monitor()).map(({ of, sample }) => [of, sample]));
  return { bodies, samples, records: [...records] };
}

function verdictOf(each: Case, { bodies, samples, records }: Counts): { faults: string[]; isSeen: boolean } {
  const { of, outcome, specimen } = each;
  if (outcome === 'cannot' || !of) return { faults: [], isSeen: true };
  const calls = bodies[specimen.kind] ?? 0;
  const own = records.filter((record) => record.of === of).map(({ record }) => record.point);
  const entered = own.filter((point) => point === 'AtEnter').length;
  if (entered === 0) return { faults: [], isSeen: false };
  const faults: string[] = [];
  // Of what a breakpoint sees, ends are seen a few times a second at most, which its report says.
  const isBroken = outcome.endsWith('breakpoint');
  if (entered !== calls || (!isBroken && own.length !== 2 * calls)) {
    faults.push(`watch saw ${entered} entries and ${own.length - entered} ends of ${calls} calls`);
  }
  if (isBroken) return { faults, isSeen: true };
  const sample = samples.get(of);
  if (sample?.total !== calls) faults.push(`monitor counted ${sample?.total ?? 0} of ${calls} calls`);
  else faults.push(...failureFaults(specimen.kind, sample.failed));
  return { faults, isSeen: true };
}

/** A round has one call that throws, which some catch themselves; into a generator an error is thrown besides. */
function failureFaults(kind: string, failed: number): string[] {
  const never = /native|built-in|held-by-timer|held-by-http/.test(kind);
  const expected = never ? 0 : kind === 'generator' ? 2 : 1;
  return failed === expected ? [] : [`${failed} calls failed, not ${expected}`];
}

/**
 * The promise of a function that is not async may be somebody else's, and must be given on as it is; to hear of its end is
 * to handle its rejection. Watched by `--no-settle` it is left alone (a test of its own).
 */
function isKnown(fault: string): boolean {
  return fault === 'promise: 0 unhandled rejections, not 1';
}

/** Faults begin with their kind. */
export function blame(cases: readonly Case[], fault: string): void {
  const culprit = cases
    .filter(({ specimen }) => fault.includes(specimen.kind))
    .sort((a, b) => b.specimen.kind.length - a.specimen.kind.length)[0];
  (culprit ?? cases[0])?.faults.push(fault);
}

type Facts = Awaited<ReturnType<Zoo['facts']>>;

export function compareFacts(before: Facts, after: Facts, cases: readonly Case[]): void {
  for (const { specimen, faults } of cases) {
    for (const [name, value] of Object.entries(before[specimen.kind] ?? {})) {
      const now = JSON.stringify(after[specimen.kind]?.[name]);
      if (now !== JSON.stringify(value)) {
        faults.push(
          `after the reset '${name}' is ${now?.slice(0, 100)}, not ${JSON.stringify(value).slice(0, 100)}`,
        );
      }
    }
  }
}
