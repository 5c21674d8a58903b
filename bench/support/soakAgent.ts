/**
 * An agent that installs and removes instruments at random until it is killed: `node soakAgent.js FOLDER PID SEED`. Tells
 * its parent over IPC what it did. The functions and the module patterns come as the first message.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { RemoraError, setLimit } from '../../src/base/index.js';
import {
  compileCallExpression,
  compileLineExpression,
  forCalls,
} from '../../src/diagnose/expression/index.js';
import {
  type Copy,
  findLines,
  instrumentsOf,
  type ObservableFunction,
  type Observation,
  replacementOf,
  scriptsOf,
  type Target,
  type TargetInstruments,
  Targets,
  tunnelOf,
} from '../../src/target/index.js';
import type { SpecimenName } from '../../test/target/instruments/zoo.js';
import { seeded } from './random.js';

export interface SoakReport {
  readonly cycles: number;
  readonly hits: number;
  readonly governed: number;
  readonly cannot: number;
  /** Functions that ran another copy of their source. */
  readonly replaced: number;
  readonly refusals: Readonly<Record<string, number>>;
}

const [folder = '', pid = '', seed = '1'] = process.argv.slice(2);
const random = seeded(Number(seed));
const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
const nothing = () => ({
  cycles: 0,
  hits: 0,
  governed: 0,
  cannot: 0,
  replaced: 0,
  refusals: {} as Record<string, number>,
});
let report = nothing();

const EXPRESSES = [
  '{params, returnObj, throwExp}',
  'params[0]',
  'returnObj',
  'target',
  '{cost, method}',
  'throwExp',
  'params.nothing.at.all',
];
const CONDITIONS = [
  undefined,
  undefined,
  'params[0] > 50',
  'cost > 1000',
  'params.length == 2',
  'returnObj.x.y',
];
const POINTS = [['finish'], ['before'], ['success', 'exception'], ['before', 'finish']] as const;
const TRACES = [
  { depth: 1, acrossCallbacks: false },
  { depth: 3, acrossCallbacks: false },
  { depth: 2, acrossCallbacks: true },
];
const LIMITS = { depth: 3, items: 20, string: 200, bytes: 4000, time: 20 };

const compiled = (text: string) => forCalls(compileCallExpression(text), []);

async function observe(
  target: Target,
  instruments: TargetInstruments,
  functions: readonly ObservableFunction[],
): Promise<Observation> {
  const condition = pick(CONDITIONS);
  const kind = pick(['watch', 'watch', 'monitor', 'stack', 'tt', 'trace', 'trace'] as const);
  if (kind === 'tt') await tunnelOf(target).open();
  return await instruments.observe(functions, {
    kind,
    points: kind === 'trace' ? ['finish'] : pick(POINTS),
    condition: condition === undefined ? undefined : compiled(condition),
    express: kind === 'watch' ? compiled(pick(EXPRESSES)) : undefined,
    limits: LIMITS,
    hits: pick([1, 10, 100, 100_000]),
    frames: kind === 'stack' ? 16 : undefined,
    trace: kind === 'trace' ? { ...pick(TRACES), skipInternal: random() < 0.5 } : undefined,
    holder: 'soak',
  });
}

/** By its own source, so that the answers stay those that are checked. */
async function retransform(
  target: Target,
  instruments: TargetInstruments,
  functions: readonly ObservableFunction[],
): Promise<void> {
  const copies: Copy[] = [];
  for (const of of functions) {
    const { script, info } = of.found ?? {};
    if (!script || !info) continue;
    try {
      const source = (await scriptsOf(target).source(script)).slice(...info.facts.text);
      const { text, isStrict, usesSuper } = await replacementOf(target, of, source, {
        force: true,
        isOfRunning: true,
      });
      copies.push(await instruments.copy(of, { text, isStrict, usesSuper, when: 'always', holder: 'soak' }));
    } catch (error) {
      refused(error);
    }
  }
  await sleep(random() * 600);
  for (const { report: copy } of copies) if (copy.state === 'in-force') report.replaced += 1;
  if (random() < 0.8) for (const copy of copies) await copy.drop();
}

/** A breakpoint at some line of some function. */
async function observeLine(
  target: Target,
  instruments: TargetInstruments,
  { module, name }: SpecimenName,
): Promise<Observation> {
  const query = { pattern: { module, name, regex: false }, isNamed: true, wanted: new Set<string>() };
  const { functions } = await findLines(target, { ...query, lines: [] }, { most: 100 });
  const lines = functions.flatMap((each) => each.lines);
  const { places } = await findLines(
    target,
    { ...query, lines: lines.length === 0 ? [1] : [pick(lines)] },
    { most: 100 },
  );
  const text = pick([
    '[params, localVarMap]',
    'varMap',
    'this',
    '[argNames, localVars]',
    'params.nothing.at.all',
  ]);
  const express = forCalls(compileLineExpression(text, new Set()), []);
  return await instruments.observe(places, {
    kind: 'line',
    points: [],
    express,
    limits: LIMITS,
    hits: pick([1, 10, 100_000]),
    rate: 100,
    frames: pick([0, 16]),
    holder: 'soak',
  });
}

/** Looks into what is kept, and frees some of it. Replays would change what the checks expect. */
async function useTunnel(target: Target): Promise<void> {
  const tunnel = tunnelOf(target);
  let last = 0;
  for await (const { index } of tunnel.records(LIMITS)) last = index;
  const condition = compiled('params.length > 0');
  for await (const _ of tunnel.search({ condition, limits: LIMITS, fuel: 10_000, timeMs: 2000 }));
  if (last > 0 && random() < 0.5) await tunnel.delete(last);
  if (random() < 0.2) await tunnel.clear();
}

async function cycle(target: Target, specimens: readonly SpecimenName[]): Promise<void> {
  const instruments = instrumentsOf(target);
  const functions: ObservableFunction[] = [];
  for (let i = 0; i < 1 + random() * 6; i += 1) {
    const { module, name } = pick(specimens);
    const found = await instruments.find({ module, name, regex: false }, { most: 100 });
    for (const of of found) if (!functions.includes(of)) functions.push(of);
  }
  const replacing = random() < 0.3 ? retransform(target, instruments, functions) : undefined;
  const observation =
    random() < 0.25
      ? await observeLine(target, instruments, pick(specimens))
      : await observe(target, instruments, functions);
  for (const { report: hook } of observation.functions) if (hook.state === 'cannot') report.cannot += 1;
  void count(observation);
  await sleep(random() * 600);
  if (random() < 0.3) await useTunnel(target);
  // Some are left to the reset, to the end of the target, or to the death of this agent.
  if (random() < 0.8) await observation.end();
  await replacing;
  if (random() < 0.15) await instruments.reset(undefined);
}

async function count(observation: Observation): Promise<void> {
  for await (const event of observation.events) {
    if (event.kind === 'record') {
      report.hits += 1;
      if (event.record.kind === 'trace') await observation.tree(event.record);
    } else if (event.kind === 'governor') report.governed += 1;
  }
}

function refused(error: unknown): void {
  const code = error instanceof RemoraError ? error.code : `other: ${(error as Error).message}`.slice(0, 120);
  report.refusals[code] = (report.refusals[code] ?? 0) + 1;
}

async function work(specimens: readonly SpecimenName[]): Promise<void> {
  const targets = new Targets({ folder, owner: 'soak agent' });
  await targets.closeLeftInspectors().catch(refused);
  for (;;) {
    try {
      const target = await targets.attach(pid);
      for (let cycles = 3 + random() * 12; cycles > 0; cycles -= 1) {
        await cycle(target, specimens).catch(refused);
        report.cycles += 1;
        process.send?.(report satisfies SoakReport);
        report = nothing();
      }
      await target.letGo('a while is over');
    } catch (error) {
      refused(error);
      await sleep(300);
    }
  }
}

setLimit('probe-heartbeat=1500');
process.once('message', (specimens) => void work(specimens as SpecimenName[]));
process.once('disconnect', () => process.exit());
