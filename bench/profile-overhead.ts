/**
 * CPU per HTTP request (200 calls, a JSON answer) while a profile is being taken, against the same requests without, and
 * against V8's own profiler at the same rate, started by the program itself: interleaved rounds. Aim for cpu and wall at
 * 100 samples a second: 1.02x. What starting and stopping cost stands by itself: the longest time for which the main thread
 * did not turn its loop. `--rounds 40` for narrower intervals, `--node 26` for another Node, `--awaits` for wall alone.
 */
import autocannon from 'autocannon';
import { Recording, type RecordingOptions } from '../src/target/index.js';
import { HotBench, HotTarget, nodeOfArguments } from './support/hotTarget.js';
import { median, ratioInterval } from './support/statistics.js';

const ROUNDS = roundsOfArguments();
const REQUESTS = 6_000;

const node = nodeOfArguments();
const bench = await HotBench.open(await HotTarget.start(node));
const { hot, target } = bench;
const url = `http://127.0.0.1:${hot.spawned.port}`;

function roundsOfArguments(): number {
  const at = process.argv.indexOf('--rounds');
  return at < 0 ? 16 : Math.max(3, Number(process.argv[at + 1]) || 16);
}

async function cpuPerRequest(path: string): Promise<number> {
  const before = await hot.ask<{ cpuUs: number }>({ do: 'usage' });
  await autocannon({ url: `${url}${path}`, connections: 4, amount: REQUESTS });
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

interface Compared {
  readonly name: string;
  readonly aim: string;
  readonly options: RecordingOptions;
  /** Of the request: `/` awaits nothing, `/awaiting` 35 times. */
  readonly path?: string;
  /** Samples a second of V8's own profiler, started by the program itself. */
  readonly floor?: number;
}

/** CPU of a request between the two; what V8 compiles anew is the price of the start, not of the sampling. */
async function during(
  path: string,
  start: () => Promise<unknown>,
  stop: () => Promise<unknown>,
): Promise<number> {
  await start();
  await autocannon({ url: `${url}${path}`, connections: 4, amount: 1000 });
  const us = await cpuPerRequest(path);
  await stop();
  return us;
}

async function compare({ name, aim, options, floor, path = '/' }: Compared): Promise<void> {
  const [plain, profiled, itself]: [number[], number[], number[]] = [[], [], []];
  const [starts, stops]: [number[], number[]] = [[], []];
  let recording: Recording | undefined;
  const measured = [
    async () =>
      plain.push(
        await during(
          path,
          async () => {},
          async () => {},
        ),
      ),
    async () =>
      profiled.push(
        await during(
          path,
          async () =>
            starts.push(
              await longestWait(async () => {
                recording = await Recording.start(target, options, new AbortController().signal);
              }),
            ),
          async () => stops.push(await longestWait(async () => recording?.stop())),
        ),
      ),
  ];
  if (floor !== undefined) {
    measured.push(async () =>
      itself.push(
        await during(
          path,
          () => hot.ask({ do: 'profileItself', rate: floor }),
          () => hot.ask({ do: 'profileItself' }),
        ),
      ),
    );
  }
  // Whoever comes first in a round is another one each time.
  for (let round = 0; round < ROUNDS; round += 1) {
    for (let i = 0; i < measured.length; i += 1) await measured[(round + i) % measured.length]?.();
  }
  console.log(`  ${name}: plain ${median(plain).toFixed(0)} us, profiled ${over(profiled, plain)} (${aim})`);
  if (floor !== undefined) {
    console.log(`    V8's profiler alone ${over(itself, plain)}; ours over it ${over(profiled, itself)}`);
  }
  console.log(
    `    longest answer around start ${median(starts).toFixed(0)} ms, around stop ${median(stops).toFixed(0)} ms`,
  );
}

function over(values: readonly number[], by: readonly number[]): string {
  const { low, mid, high } = ratioInterval(values.map((value, at) => value / (by[at] ?? Number.NaN)));
  return `${mid.toFixed(3)}x, 95 % interval ${low.toFixed(3)} to ${high.toFixed(3)}`;
}

console.log(`CPU of a request while it is profiled, Node ${node}, ${ROUNDS} rounds of ${REQUESTS} requests:`);
for (const path of ['/', '/awaiting', '/', '/awaiting']) await cpuPerRequest(path);
const aim = 'aim: 1.02x';
const comparison = 'for comparison';
const runs = [
  ['cpu', 100, aim, '/', false],
  ['wall', 100, aim, '/', false],
  ['wall', 100, aim, '/', true],
  ['wall', 100, aim, '/awaiting', false],
  ['wall', 100, aim, '/awaiting', true],
  ['cpu', 1000, comparison, '/', false],
] as const;
const asked = process.argv.indexOf('--awaits') >= 0 ? runs.filter(([event]) => event === 'wall') : runs;
for (const [event, rate, wanted, path, awaits] of asked) {
  const options = { event, rate, awaits, workers: false };
  const name = `${event}${awaits ? ' with awaited time' : ''}, ${rate} a second, of ${path}`;
  await compare({ name, aim: wanted, options, floor: rate, path });
}
await compare({ name: 'alloc', aim: comparison, options: { event: 'alloc', workers: false } });
await bench.close();
process.exit(0);
