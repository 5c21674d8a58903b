/**
 * (k) A function called about a million times a second is watched without a condition: how long until the governor acts,
 * and how much of its throughput the target then keeps. Aims: within 1 s, at least 90 %.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ObservationEvent } from '../src/target/index.js';
import { HotBench, HotTarget, nodeOfArguments } from './support/hotTarget.js';
import { median, ratioInterval } from './support/statistics.js';

const ROUNDS = 6;
const PLAIN_MS = 2_000;
const WATCHED_MS = 4_000;
const CALLS_A_SECOND = 1_000_000;

interface Window {
  readonly at: number;
  readonly calls: number;
}

const node = nodeOfArguments();
const bench = await HotBench.open(await HotTarget.start(node));
const busy = (ms: number) => bench.hot.ask<{ windows: Window[] }>({ do: 'busy', ms, spins });
let spins = 100;
await busy(500);
// How much work between two calls makes a million of them a second here.
for (let i = 0; i < 6; i += 1) {
  const calls = median((await busy(500)).windows.map((window) => window.calls)) * 10;
  spins = Math.max(1, Math.round(spins * (calls / CALLS_A_SECOND)));
}

const kept: number[] = [];
const actedMs: number[] = [];
const said = new Set<string>();
const rates: number[] = [];
for (let round = 0; round < ROUNDS; round += 1) {
  const plain = median((await busy(PLAIN_MS)).windows.map(({ calls }) => calls));
  rates.push(plain * 10);
  const running = busy(WATCHED_MS + 1500);
  await sleep(500);
  let acted = 0;
  const started = Date.now();
  const take = (event: ObservationEvent): void => {
    if (event.kind === 'record') return;
    if (event.kind === 'governor') said.add(event.event.text);
    // A cap on hits a second is an act as well: from then on calls pass.
    if (event.kind === 'governor' || event.kind === 'dropped') acted ||= Date.now() - started;
  };
  const observation = await bench.start({ kind: 'watch', express: '{params, returnObj}' }, take);
  await sleep(WATCHED_MS);
  const { windows } = await running;
  const settled = windows.filter(({ at }) => at > started + 1_100 && at <= started + WATCHED_MS);
  kept.push(median(settled.map(({ calls }) => calls)) / plain);
  actedMs.push(acted);
  await observation.end();
  await sleep(300);
}
const { low, mid, high } = ratioInterval(kept);
console.log(
  `governor, Node ${node}, ${ROUNDS} rounds: ${Math.round(median(rates)).toLocaleString('en')} calls/s plain; acted after ${actedMs.map((ms) => ms || 'never').join(', ')} ms (aim: 1000); ` +
    `from 1.1 s on ${mid.toFixed(3)}x of the throughput, 95 % interval ${low.toFixed(3)} to ${high.toFixed(3)} (aim: 0.9)`,
);
for (const text of [...said].slice(0, 3)) console.log(`  it said: ${text}`);
await bench.close();
process.exit(0);
