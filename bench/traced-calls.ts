/**
 * (h) What tracing costs: a function with five calls in it, and one with five awaits, traced and watched in turns with the
 * plain function in the same process. A node's price is a fifth of what the function costs more than one without calls,
 * traced as well. No tree is reported: a condition that says no at the end leaves out the record, which is bounded apart.
 * `--node 22` chooses the target's Node.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ObserveRequest } from '../src/target/index.js';
import { HotBench, HotTarget, NO_BUDGET, nodeOfArguments } from './support/hotTarget.js';
import { median, ratioInterval } from './support/statistics.js';

const ROUNDS = 11;
const TIMES = 50_000;
const SITES = 5;
const NEVER = 'cost < 0';
const TRACED: Pick<ObserveRequest, 'trace'> = {
  trace: { depth: 1, acrossCallbacks: false, skipInternal: true },
};
const FUNCTIONS = ['noCall', 'fiveCalls', 'noAwait', 'fiveAwaits'] as const;
type Name = (typeof FUNCTIONS)[number];
type Mode = 'plain' | 'watch' | 'trace';

const node = nodeOfArguments();
const bench = await HotBench.open(await HotTarget.start(node));
await bench.instruments.setBudget(NO_BUDGET);

const figures = new Map<string, number[]>();
for (let round = 0; round < ROUNDS; round += 1) {
  for (const name of FUNCTIONS) {
    for (const mode of ['plain', 'watch', 'trace'] as const) {
      const key = `${mode} ${name}`;
      figures.set(key, [...(figures.get(key) ?? []), await measured(name, mode)]);
    }
  }
}

async function measured(name: Name, mode: Mode): Promise<number> {
  if (mode === 'plain') {
    await bench.hot.priceOf(name, TIMES / 2);
    return bench.hot.priceOf(name, TIMES);
  }
  const of = await bench.find(name);
  const request = mode === 'trace' ? TRACED : { express: 'params' };
  const observation = await bench.start({ kind: mode, condition: NEVER, ...request }, () => undefined, of);
  // The copy of a traced function is made in one of its calls.
  for (let tries = 0; tries < 200 && !isThere(observation); tries += 1) {
    await bench.hot.priceOf(name, 10);
    await sleep(20);
  }
  if (!isThere(observation)) throw new Error(`${name} was not reached for ${mode}`);
  await bench.hot.priceOf(name, TIMES / 2);
  const nanoseconds = await bench.hot.priceOf(name, TIMES);
  await bench.end(observation);
  return nanoseconds;
}

function isThere(observation: Awaited<ReturnType<HotBench['start']>>): boolean {
  const reach = observation.reach();
  const isTraced = !reach || reach.functions.some(({ state }) => state === 'traced');
  return isTraced && observation.functions.some(({ report }) => report.state === 'installed');
}

const of = (mode: Mode, name: Name): readonly number[] => figures.get(`${mode} ${name}`) ?? [];
const show = (ratios: readonly number[]) => {
  const { low, mid, high } = ratioInterval(ratios);
  return `${mid.toFixed(2)}x, 95 % interval ${low.toFixed(2)} to ${high.toFixed(2)}`;
};
const over = (a: readonly number[], b: readonly number[]) => a.map((value, i) => value / (b[i] ?? 1));

console.log(`price of tracing, Node ${node}, ${ROUNDS} rounds of ${TIMES} calls`);
for (const name of FUNCTIONS) {
  const [plain, watch, trace] = (['plain', 'watch', 'trace'] as const).map((mode) => median(of(mode, name)));
  console.log(
    `  ${name}: plain ${plain?.toFixed(1)} ns, watched ${watch?.toFixed(0)} ns, traced ${trace?.toFixed(0)} ns; traced ${show(over(of('trace', name), of('plain', name)))} of plain, ${show(over(of('trace', name), of('watch', name)))} of watched`,
  );
}
for (const [what, many, none] of [
  ['a call that is a node', 'fiveCalls', 'noCall'],
  ['an await of a call, two nodes', 'fiveAwaits', 'noAwait'],
] as const) {
  const price = of('trace', many).map((value, i) => (value - (of('trace', none)[i] ?? 0)) / SITES);
  const plain = of('plain', many).map((value, i) => (value - (of('plain', none)[i] ?? 0)) / SITES);
  console.log(`  ${what}: ${median(price).toFixed(0)} ns traced, ${median(plain).toFixed(1)} ns plain`);
}
await bench.close();
process.exit(0);
