/**
 * (i) How long the main thread is kept from its work by the install of an instrument and by its removal, as the target's
 * own event loop sees it (longest time between two turns), against the same wait without either. Aim: p95 10 ms.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { HotBench, HotTarget, nodeOfArguments } from './support/hotTarget.js';
import { percentile } from './support/statistics.js';

const CYCLES = 60;
const WINDOW_MS = 150;

const node = nodeOfArguments();
const bench = await HotBench.open(await HotTarget.start(node));
await bench.hot.price(200_000);

/** Milliseconds of the longest gap while `work` runs and a moment longer. */
async function longest(work: () => Promise<unknown>): Promise<number> {
  await bench.hot.ask({ do: 'gaps' });
  await work();
  await sleep(WINDOW_MS);
  const { gaps } = await bench.hot.ask<{ gaps: number[] }>({ do: 'gaps' });
  return Math.max(0, ...gaps);
}

const quiet: number[] = [];
const install: number[] = [];
const reset: number[] = [];
const first = await longest(async () => bench.end(await bench.observe({ kind: 'monitor' })));
for (let cycle = 0; cycle < CYCLES; cycle += 1) {
  quiet.push(await longest(() => sleep(100)));
  let observation: Awaited<ReturnType<HotBench['observe']>> | undefined;
  install.push(
    await longest(async () => {
      observation = await bench.observe({ kind: 'watch', express: 'params', condition: 'params[0] < 0' });
    }),
  );
  reset.push(await longest(async () => observation && bench.end(observation)));
}
await bench.hot.ask({ do: 'noGaps' });
const row = (values: readonly number[]) =>
  `p50 ${percentile(values, 50).toFixed(1)} ms, p95 ${percentile(values, 95).toFixed(1)} ms, most ${Math.max(...values).toFixed(1)} ms`;
console.log(
  `longest gap of the event loop, Node ${node}, ${CYCLES} cycles: quiet ${row(quiet)}; install ${row(install)}; reset ${row(reset)} (aim: p95 10 ms); the very first ${first.toFixed(1)} ms`,
);
await bench.close();
process.exit(0);
