/** (j) Records a second end to end: from a watched call to the agent, at rising rates of calls, and how many were dropped. */
import { setTimeout as sleep } from 'node:timers/promises';
import { HotBench, HotTarget, NO_BUDGET, nodeOfArguments } from './support/hotTarget.js';

const SECONDS = 3;
const RATES = [500, 1_000, 2_000, 5_000, 20_000];

const node = nodeOfArguments();
const bench = await HotBench.open(await HotTarget.start(node));
await bench.instruments.setBudget(NO_BUDGET);
console.log(`records of '{params, returnObj}' end to end, Node ${node}, ${SECONDS} s at each rate:`);
for (const rate of RATES) {
  let records = 0;
  let dropped = 0;
  const observation = await bench.observe(
    { kind: 'watch', express: '{params, returnObj}', hits: 0 },
    (event) => {
      if (event.kind === 'record') records += 1;
      else if (event.kind === 'dropped') dropped += event.count;
    },
  );
  await sleep(300);
  records = 0;
  dropped = 0;
  const before = await bench.hot.ask<{ cpuUs: number }>({ do: 'usage' });
  const { calls, ms } = await bench.hot.ask<{ calls: number; ms: number }>({
    do: 'steady',
    ms: SECONDS * 1000,
    rate,
  });
  await sleep(500);
  const after = await bench.hot.ask<{ cpuUs: number }>({ do: 'usage' });
  const share = (((after.cpuUs - before.cpuUs) / 1000 / ms) * 100).toFixed(1);
  console.log(
    `  ${Math.round((calls / ms) * 1000)} calls/s: ${Math.round((records / ms) * 1000)} records/s, ${dropped} dropped and counted, ${calls - records - dropped} unaccounted; target at ${share} % of a core`,
  );
  await bench.end(observation);
}
await bench.close();
process.exit(0);
