/**
 * (k) A function called about a million times a second is watched without a condition, kept by `tt`, traced, looked at by
 * `line`, and given another text: how long until the governor (of `line` also the limit `line-hits`) acts, and how much of
 * its throughput the target then keeps. Aims: within 1 s, at least 90 %. Another text stays, whatever it costs: of it the
 * throughput alone says something. `--node 22` chooses the target's Node.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { findLines, type ObservationEvent, type ObserveRequest, tunnelOf } from '../src/target/index.js';
import { HotBench, HotTarget, LIMITS, lineOfPrice, nodeOfArguments } from './support/hotTarget.js';
import { median, ratioInterval } from './support/statistics.js';

const ROUNDS = 4;
const PLAIN_MS = 1500;
const OBSERVED_MS = 4_000;
const CALLS_A_SECOND = 1_000_000;
const PRICE = '({"price":function(net,count){return net*count+(((net*count*tariff.rate)/100)%7)}})';

interface Window {
  readonly at: number;
  readonly calls: number;
}
interface Under {
  end(): Promise<unknown>;
}
type Take = (event: ObservationEvent) => void;

const node = nodeOfArguments();
const bench = await HotBench.open(await HotTarget.start(node));
const tunnel = tunnelOf(bench.target);
await tunnel.open();
const busy = (ms: number) => bench.hot.ask<{ windows: Window[] }>({ do: 'busy', ms, spins });
let spins = 100;
await busy(500);
// How much work between two calls makes a million of them a second here.
for (let i = 0; i < 6; i += 1) {
  const calls = median((await busy(500)).windows.map((window) => window.calls)) * 10;
  spins = Math.max(1, Math.round(spins * (calls / CALLS_A_SECOND)));
}

const trace: ObserveRequest['trace'] = { depth: 1, acrossCallbacks: false, skipInternal: true };
const kinds: Readonly<Record<string, (take: Take) => Promise<Under>>> = {
  watch: (take) => bench.start({ kind: 'watch', express: '{params, returnObj}' }, take),
  tt: (take) => bench.start({ kind: 'tt', points: ['finish'] }, take),
  trace: (take) => bench.start({ kind: 'trace', points: ['finish'], trace }, take),
  line: async (take) => {
    const pattern = { module: 'hot.cjs', name: 'price', regex: false };
    const query = { pattern, lines: [lineOfPrice()], isNamed: true, wanted: new Set<string>() };
    const { places } = await findLines(bench.target, query, { most: 1 });
    const request = { kind: 'line', points: [], limits: LIMITS, hits: 0, holder: 'bench' } as const;
    const observation = await bench.instruments.observe(places, request);
    void (async () => {
      for await (const event of observation.events) take(event);
    })();
    return observation;
  },
  retransform: async () => {
    const text = { text: PRICE, isStrict: false, usesSuper: false, when: 'always', holder: 'bench' } as const;
    const copy = await bench.instruments.copy(bench.price, text);
    return { end: () => copy.drop() };
  },
};

for (const [kind, begin] of Object.entries(kinds)) {
  const kept: number[] = [];
  const actedMs: number[] = [];
  const said = new Set<string>();
  const rates: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const plain = median((await busy(PLAIN_MS)).windows.map(({ calls }) => calls));
    rates.push(plain * 10);
    const running = busy(OBSERVED_MS + 1500);
    await sleep(500);
    let acted = 0;
    const started = Date.now();
    const under = await begin((event) => {
      if (event.kind === 'governor') said.add(event.event.text);
      if (event.kind === 'hook' && event.report.state === 'removed')
        said.add(event.report.notes.at(-1) ?? '');
      // A cap on hits a second is an act as well: from then on calls pass.
      if (event.kind !== 'record' && event.kind !== 'reach') acted ||= Date.now() - started;
    });
    await sleep(OBSERVED_MS);
    const { windows } = await running;
    const settled = windows.filter(({ at }) => at > started + 1_100 && at <= started + OBSERVED_MS);
    kept.push(median(settled.map(({ calls }) => calls)) / plain);
    actedMs.push(acted);
    await under.end();
    await sleep(300);
  }
  const { low, mid, high } = ratioInterval(kept);
  const acts = actedMs.map((ms) => ms || 'never').join(', ');
  console.log(
    `governor, ${kind}, Node ${node}, ${ROUNDS} rounds: ${Math.round(median(rates)).toLocaleString('en')} calls/s plain; acted after ${acts} ms (aim: 1000); ` +
      `from 1.1 s on ${mid.toFixed(3)}x of the throughput, 95 % interval ${low.toFixed(3)} to ${high.toFixed(3)} (aim: 0.9)`,
  );
  for (const text of [...said].slice(0, 3)) console.log(`  it said: ${text}`);
}
await tunnel.clear();
await bench.close();
process.exit(0);
