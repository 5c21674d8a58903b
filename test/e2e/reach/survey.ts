/**
 * Of the functions of an unprepared program that run in a load: which can be observed? Which ran is told by V8's precise
 * coverage, in a run of its own; then each is monitored in a fresh process, and counts when calls of it were seen.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { setLimit } from '../../../src/base/index.js';
import type { HookReport } from '../../../src/probe/index.js';
import {
  instrumentsOf,
  type ObservableFunction,
  type Observation,
  type Target,
  type TargetInstruments,
} from '../../../src/target/index.js';
import { type NodeMajor, type Program, type ProgramName, startProgram } from '../../support/index.js';
import { newTargets, type TestLike } from '../../target/attach/attaching.js';
import { load, prepareProgram } from './loads.js';

const WARM_UPS = 5;
const LOADS = 3;
/** What waits for its next call is given a few, as in a service that goes on working. */
const MOST_LOADS = 60;
const QUIET_LOADS = 18;
const LOAD_GAP_MS = 120;
/** Functions that are hooked at a time. */
const BATCH = 48;
const MOST = 20_000;

export interface Ran {
  readonly path: string;
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

export interface Survey {
  readonly program: ProgramName;
  readonly node: NodeMajor;
  readonly ran: number;
  readonly seen: number;
  readonly byInstrument: ReadonlyMap<string, number>;
  /** Those that were not seen, by why. */
  readonly rest: ReadonlyMap<string, readonly string[]>;
}

interface Coverage {
  readonly result: readonly {
    readonly url: string;
    readonly functions: readonly {
      readonly functionName: string;
      readonly ranges: readonly {
        readonly startOffset: number;
        readonly endOffset: number;
        readonly count: number;
      }[];
    }[];
  }[];
}

export interface SurveyOptions {
  readonly node: NodeMajor;
  /** At most this many of the functions, evenly taken. */
  readonly most?: number;
}

export async function survey(t: TestLike, name: ProgramName, options: SurveyOptions): Promise<Survey> {
  const all = await thatRan(t, name, options.node);
  const every = Math.max(1, Math.ceil(all.length / (options.most ?? all.length)));
  const ran = all.filter((_, index) => index % every === 0);
  const byInstrument = new Map<string, number>();
  const rest = new Map<string, string[]>();
  const missed = (why: string, { name: called, path }: Ran) => {
    const places = rest.get(why) ?? [];
    places.push(`${called || '<anonymous>'} (${path.replace(/.*\/node_modules\//, '')})`);
    rest.set(why, places);
  };
  for (const limit of ['instrument-rate', 'instrument-queue']) setLimit(`${limit}=1000000`);
  const { program, target } = await attached(t, name, options.node);
  const instruments = instrumentsOf(target);
  // Fifty functions hooked at once are over any budget for a while; what the governor does then is another question.
  await instruments.setBudget({ share: 0, overMs: 5000, burstShare: 0, burstMs: 1000 });
  const named = await nameAll(instruments, ran);
  for (const one of ran) if (!named.has(one)) missed('not found by the parser', one);
  const pairs = [...named];
  let seen = 0;
  for (let at = 0; at < pairs.length; at += BATCH) {
    const batch = pairs.slice(at, at + BATCH);
    const outcomes = await observeBatch(program, instruments, batch);
    for (const [one, { isSeen, report }] of outcomes) {
      if (isSeen) {
        seen += 1;
        const instrument = report?.instrument ?? 'unknown';
        byInstrument.set(instrument, (byInstrument.get(instrument) ?? 0) + 1);
      } else missed(reasonOf(report), one);
    }
  }
  await program.target.stop();
  return { program: name, node: options.node, ran: ran.length, seen, byInstrument, rest };
}

async function attached(
  t: TestLike,
  name: ProgramName,
  node: NodeMajor,
): Promise<{ program: Program; target: Target }> {
  const program = await startProgram(name, {
    test: t,
    node,
    nodeArgs: ['--inspect-port=0'],
    deadlineMs: 900_000,
  });
  await prepareProgram(program);
  await load(program, WARM_UPS);
  const target = await newTargets(t).attach(String(program.target.pid));
  target.lease('survey');
  return { program, target };
}

async function thatRan(t: TestLike, name: ProgramName, node: NodeMajor): Promise<Ran[]> {
  const { program, target } = await attached(t, name, node);
  await target.cdp('Profiler.enable');
  await target.cdp('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  await load(program, LOADS);
  const { result } = await target.cdp<Coverage & Record<string, unknown>>(
    'Profiler.takePreciseCoverage',
    {},
    { timeoutMs: 60_000 },
  );
  await program.target.stop();
  return result.flatMap(({ url, functions }) => {
    if (!/^(file:\/\/)?\//.test(url)) return [];
    const path = decodeURI(url.replace(/^file:\/\//, ''));
    const end = Math.max(...functions.map(({ ranges }) => ranges[0]?.endOffset ?? 0));
    return functions.flatMap(({ functionName, ranges: [range] }) => {
      if (!range || range.count === 0) return [];
      // The module itself ran when it was loaded.
      if (range.startOffset === 0 && range.endOffset === end) return [];
      return [{ path, name: functionName, start: range.startOffset, end: range.endOffset }];
    });
  });
}

/** What the agent calls each; by where it ends, since V8 and parsers differ about where a method begins. */
async function nameAll(
  instruments: TargetInstruments,
  ran: readonly Ran[],
): Promise<Map<Ran, ObservableFunction>> {
  const named = new Map<Ran, ObservableFunction>();
  for (const path of new Set(ran.map((one) => one.path))) {
    const known = await instruments.find({ module: path, name: '*', regex: false }, { most: MOST });
    for (const one of ran) {
      if (one.path !== path) continue;
      const [best] = known
        .filter(({ found }) => found?.info.range[1] === one.end && found.script.path === path)
        .sort((a, b) => away(a, one) - away(b, one));
      if (best) named.set(one, best);
    }
  }
  return named;
}

function away({ found }: ObservableFunction, { start }: Ran): number {
  return Math.min(
    Math.abs((found?.info.range[0] ?? 0) - start),
    Math.abs((found?.info.whole[0] ?? 0) - start),
  );
}

interface Outcome {
  readonly isSeen: boolean;
  readonly report: HookReport | undefined;
}

async function observeBatch(
  program: Program,
  instruments: TargetInstruments,
  batch: readonly (readonly [Ran, ObservableFunction])[],
): Promise<Map<Ran, Outcome>> {
  const outcomes = new Map<Ran, Outcome>(batch.map(([one]) => [one, { isSeen: false, report: undefined }]));
  const observation = await instruments
    .observe(
      batch.map(([, of]) => of),
      {
        // Of what only a breakpoint sees, the end is seen now and then alone.
        kind: 'watch',
        points: ['before'],
        limits: { depth: 1, items: 1, string: 10, bytes: 100, time: 5 },
        hits: 0,
        holder: 'survey',
      },
    )
    .catch((error: { code?: string }) => {
      if (error.code !== 'not-observable') throw error;
      return undefined;
    });
  if (!observation) return outcomes;
  const reports = new Map(observation.functions.map(({ of, report }) => [of, report]));
  const seen = new Set<ObservableFunction>();
  void follow(observation, reports, seen);
  let quiet = 0;
  for (let i = 0; i < MOST_LOADS && quiet < QUIET_LOADS; i += 1) {
    const before = seen.size;
    await load(program, 1);
    // Holders are searched, and stale callers dropped, between the calls.
    await sleep(LOAD_GAP_MS);
    if (seen.size === batch.length) break;
    quiet = seen.size > before ? 0 : quiet + 1;
  }
  for (const [one, of] of batch) outcomes.set(one, { isSeen: seen.has(of), report: reports.get(of) });
  await observation.end();
  return outcomes;
}

async function follow(
  observation: Observation,
  reports: Map<ObservableFunction, HookReport>,
  seen: Set<ObservableFunction>,
): Promise<void> {
  for await (const event of observation.events) {
    if (event.kind === 'hook') reports.set(event.of, event.report);
    else if (event.kind === 'record') seen.add(event.of);
  }
}

function reasonOf(report: HookReport | undefined): string {
  if (!report) return 'refused';
  return `${report.state}${report.instrument ? ` (${report.instrument})` : ''}: ${report.notes.at(-1) ?? 'no reason given'}`;
}

/** One line for people, and the reasons below it. */
export function surveyText({ program, node, ran, seen, byInstrument, rest }: Survey, examples = 3): string {
  const instruments = [...byInstrument]
    .sort((a, b) => b[1] - a[1])
    .map(([name, times]) => `${name} ${times}`);
  const lines = [...rest].sort((a, b) => b[1].length - a[1].length);
  return [
    `${program}, Node ${node}: ${seen} of ${ran} functions that ran are observable, ${((seen / ran) * 100).toFixed(1)} % (${instruments.join(', ')})`,
    ...lines.map(([why, who]) => `  ${who.length}: ${why}, as ${who.slice(0, examples).join(', ')}`),
  ].join('\n');
}
