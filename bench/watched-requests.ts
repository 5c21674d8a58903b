/**
 * (h) CPU per HTTP request of which each makes 200 calls of a watched function, against the same requests unwatched:
 * interleaved pairs. Budget off (aims: 1.5x with a full watch, 1.15x where arguments filter it out), and on: what the
 * governor did, and what it then costs.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import autocannon from 'autocannon';
import { HotBench, HotTarget, NO_BUDGET, nodeOfArguments } from './support/hotTarget.js';
import { median, ratioInterval } from './support/statistics.js';

const PAIRS = 12;
const REQUESTS = 4_000;
const DEFAULT_BUDGET = { share: 0.01, overMs: 5000, burstShare: 0.05, burstMs: 1000 };

const node = nodeOfArguments();
const bench = await HotBench.open(await HotTarget.start(node));
const { hot } = bench;

async function cpuPerRequest(): Promise<number> {
  const before = await hot.ask<{ cpuUs: number }>({ do: 'usage' });
  await autocannon({ url: `http://127.0.0.1:${hot.spawned.port}/`, connections: 4, amount: REQUESTS });
  const after = await hot.ask<{ cpuUs: number }>({ do: 'usage' });
  return (after.cpuUs - before.cpuUs) / REQUESTS;
}

async function compare(name: string, condition: string, aim: string, settleMs = 0): Promise<void> {
  const ratios: number[] = [];
  const plainUs: number[] = [];
  const actions = new Map<string, number>();
  for (let pair = 0; pair < PAIRS; pair += 1) {
    const watchedFirst = pair % 2 === 1;
    let plain = watchedFirst ? 0 : await cpuPerRequest();
    const observation = await bench.observe({ kind: 'watch', express: 'params', condition }, (event) => {
      if (event.kind !== 'governor') return;
      actions.set(event.event.action, (actions.get(event.event.action) ?? 0) + 1);
    });
    if (settleMs > 0) {
      await cpuPerRequest();
      await sleep(settleMs);
    }
    const watched = await cpuPerRequest();
    await bench.end(observation).catch(() => undefined);
    if (watchedFirst) plain = await cpuPerRequest();
    ratios.push(watched / plain);
    plainUs.push(plain);
  }
  const { low, mid, high } = ratioInterval(ratios);
  const did = [...actions].map(([action, times]) => `${action} ${times} times`).join(', ') || 'nothing';
  console.log(
    `  ${name}: plain ${median(plainUs).toFixed(0)} us, watched ${mid.toFixed(3)}x, 95 % interval ${low.toFixed(3)} to ${high.toFixed(3)} (${aim}); governor: ${did}`,
  );
}

console.log(`CPU of a request with 200 watched calls, Node ${node}, ${PAIRS} pairs of ${REQUESTS} requests:`);
await cpuPerRequest();
await cpuPerRequest();
await bench.instruments.setBudget(NO_BUDGET);
await compare('full watch, budget off', 'returnObj < 0', 'aim: 1.5x');
await compare('pre-filtered by arguments, budget off', 'params[0] < 0', 'aim: 1.15x');
await bench.instruments.setBudget(DEFAULT_BUDGET);
await compare('full watch, budget 1 %', 'returnObj < 0', 'what it did', 1000);
await bench.close();
process.exit(0);
