/**
 * (g) What an observed call costs: a watch whose condition asks for results (so that all but the record is done), one that
 * the arguments filter out, a monitor; each in turns with the plain function, and with a conditional breakpoint in the same
 * process. Aims: 400, 60 and 300 ns; a watch at least 150 times under the breakpoint. `--node 22` chooses the target's Node.
 */
import { HotBench, HotTarget, NO_BUDGET, nodeOfArguments } from './support/hotTarget.js';
import { median, ratioInterval } from './support/statistics.js';

const ROUNDS = 15;
const TIMES = 200_000;
const BREAKPOINT_TIMES = 1_500;
const BREAKPOINT_ROUNDS = 7;

const MODES = [
  { name: 'watch, full', kind: 'watch', condition: 'returnObj < 0', aim: 400 },
  { name: 'watch, pre-filtered by arguments', kind: 'watch', condition: 'params[0] < 0', aim: 60 },
  { name: 'monitor', kind: 'monitor', aim: 300 },
] as const;

const node = nodeOfArguments();
const bench = await HotBench.open(await HotTarget.start(node));
await bench.instruments.setBudget(NO_BUDGET);
for (let i = 0; i < 3; i += 1) await bench.hot.price(TIMES);

const plain: number[] = [];
const figures = new Map<string, number[]>(MODES.map(({ name }) => [name, []]));
const after: number[] = [];
for (let round = 0; round < ROUNDS; round += 1) {
  plain.push(await bench.hot.price(TIMES));
  for (const { name, kind, ...rest } of MODES) {
    const observation = await bench.observe({
      kind,
      express: kind === 'watch' ? 'params' : undefined,
      ...rest,
    });
    await bench.hot.price(TIMES / 4);
    figures.get(name)?.push(await bench.hot.price(TIMES));
    await bench.end(observation);
  }
  after.push(await bench.hot.price(TIMES));
}

const breakpoint: number[] = [];
for (let round = 0; round < BREAKPOINT_ROUNDS; round += 1) breakpoint.push(await withBreakpoint());

async function withBreakpoint(): Promise<number> {
  const { cdp } = { cdp: bench.target.cdp.bind(bench.target) };
  await cdp('Debugger.enable');
  const { breakpointId } = await cdp<{ breakpointId: string }>('Debugger.setBreakpointByUrl', {
    urlRegex: 'hot\\.cjs$',
    lineNumber: 7,
    condition: 'net < 0',
  });
  const nanoseconds = await bench.hot.price(BREAKPOINT_TIMES);
  await cdp('Debugger.removeBreakpoint', { breakpointId });
  return nanoseconds;
}

const show = (ratios: number[], digits = 2) => {
  const { low, mid, high } = ratioInterval(ratios);
  return `${mid.toFixed(digits)}x, 95 % interval ${low.toFixed(digits)} to ${high.toFixed(digits)}`;
};
const paired = (values: readonly number[], by: readonly number[]) =>
  values.map((value, i) => value / (by[i % by.length] ?? 1));

console.log(
  `price of a call, Node ${node}, ${ROUNDS} rounds of ${TIMES} calls: plain ${median(plain).toFixed(1)} ns`,
);
for (const { name, aim } of MODES) {
  const values = figures.get(name) ?? [];
  console.log(
    `  ${name}: ${median(values).toFixed(0)} ns (aim: ${aim}), ${show(paired(values, plain))} of plain`,
  );
}
console.log(`  after the reset: ${median(after).toFixed(1)} ns, ${show(paired(after, plain))} of plain`);
console.log(
  `  conditional breakpoint: ${(median(breakpoint) / 1000).toFixed(1)} us; over a full watch ${show(paired(breakpoint, figures.get('watch, full') ?? []), 0)} (aim: 150x)`,
);
await bench.close();
process.exit(0);
