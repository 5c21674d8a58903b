/**
 * CPU per HTTP request (200 calls, a JSON answer) while a profile is being taken, against the same requests without:
 * interleaved pairs. Aim for cpu and wall at 100 samples a second: 1.02x. What starting and stopping cost stands by itself:
 * the longest time for which the main thread did not turn its loop.
 */
import autocannon from 'autocannon';
import { Recording, type RecordingOptions } from '../src/target/index.js';
import { HotBench, HotTarget, nodeOfArguments } from './support/hotTarget.js';
import { median, ratioInterval } from './support/statistics.js';

const PAIRS = pairsOfArguments();
const REQUESTS = 6_000;

const node = nodeOfArguments();
const bench = await HotBench.open(await HotTarget.start(node));
const { hot, target } = bench;
const url = `http://127.0.0.1:${hot.spawned.port}/`;

function pairsOfArguments(): number {
  const at = process.argv.indexOf('--pairs');
  return at < 0 ? 16 : Math.max(3, Number(process.argv[at + 1]) || 16);
}

async function cpuPerRequest(): Promise<number> {
  const before = await hot.ask<{ cpuUs: number }>({ do: 'usage' });
  await autocannon({ url, connections: 4, amount: REQUESTS });
  const after = await hot.ask<{ cpuUs: number }>({ do: 'usage' });
  return (after.cpuUs - before.cpuUs) / REQUESTS;
}

/** The longest wait for an answer while something is done. */
async function longestWait(work: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let going = true;
  const asking = (async () => {
    while (going) {
      const began = performance.now();
      await (await fetch(url)).arrayBuffer();
      longest = Math.max(longest, performance.now() - began);
    }
  })();
  await work();
  going = false;
  await asking;
  return longest;
}

async function compare(name: string, aim: string, options: RecordingOptions): Promise<void> {
  const ratios: number[] = [];
  const plainUs: number[] = [];
  const starts: number[] = [];
  const stops: number[] = [];
  for (let pair = 0; pair < PAIRS; pair += 1) {
    const profiledFirst = pair % 2 === 1;
    let plain = profiledFirst ? 0 : await cpuPerRequest();
    let recording: Recording | undefined;
    starts.push(
      await longestWait(async () => {
        recording = await Recording.start(target, options, new AbortController().signal);
      }),
    );
    // What V8 compiles anew is the price of the start, not of the sampling.
    await autocannon({ url, connections: 4, amount: 1000 });
    const profiled = await cpuPerRequest();
    stops.push(await longestWait(async () => recording?.stop()));
    if (profiledFirst) plain = await cpuPerRequest();
    ratios.push(profiled / plain);
    plainUs.push(plain);
  }
  const { low, mid, high } = ratioInterval(ratios);
  console.log(
    `  ${name}: plain ${median(plainUs).toFixed(0)} us, profiled ${mid.toFixed(3)}x, 95 % interval ${low.toFixed(3)} to ${high.toFixed(3)} (${aim}); ` +
      `longest answer around start ${median(starts).toFixed(0)} ms, around stop ${median(stops).toFixed(0)} ms`,
  );
}

console.log(`CPU of a request while it is profiled, Node ${node}, ${PAIRS} pairs of ${REQUESTS} requests:`);
await cpuPerRequest();
await cpuPerRequest();
await compare('cpu, 100 a second', 'aim: 1.02x', { event: 'cpu', rate: 100, workers: false });
await compare('wall, 100 a second', 'aim: 1.02x', { event: 'wall', rate: 100, workers: false });
await compare('cpu, 1000 a second', 'for comparison', { event: 'cpu', rate: 1000, workers: false });
await compare('alloc', 'for comparison', { event: 'alloc', workers: false });
await bench.close();
process.exit(0);
