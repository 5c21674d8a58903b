/**
 * (e) Heartbeats a second, and CPU for each, of a server that knows 100 and 10,000 agents, against an empty node:http POST
 * that gets the same bodies in the same run, in turns. CPU is that of the server's process, user and system, by the kernel.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import autocannon from 'autocannon';
import { a1 } from '../src/wire/index.js';
import { cpuMilliseconds } from '../test/support/index.js';
import { type BenchServer, startServer } from './support/startServer.js';
import { median, ratioInterval } from './support/statistics.js';

const ROUNDS = 7;
const SECONDS = 3;
const CONNECTIONS = 20;
const FEW = 100;
const MANY = 10_000;

/** As an agent of the published protocol sends it every ten seconds. */
function heartbeat(index: number): Buffer {
  return a1.A1.HeartBeat.request.encode({
    request_id: `aGVhcnRiZWF0${1_700_000_000 + index}`,
    agent_id: `6f9619ff-8b86-d011-b42d-${String(index).padStart(12, '0')}_10.0.0.1_1700000000`,
    agent_type: 'iLogtail',
    agent_version: '1.2.0',
    ip: `10.0.${index >> 8}.${index & 255}`,
    tags: { env: 'prod', zone: `zone-${index % 7}` },
    running_status: 'good',
    startup_time: 1_700_000_000n,
  });
}

interface Measure {
  readonly rate: number;
  readonly cpuUs: number;
}

/** `agents` bodies in turn on kept-alive connections. */
async function load(server: BenchServer, agents: number, seconds: number): Promise<Measure> {
  const before = cpuMilliseconds(server.pid);
  const result = await autocannon({
    url: server.url,
    connections: CONNECTIONS,
    duration: seconds,
    requests: bodies(agents).map((body) => ({ method: 'POST' as const, path: '/Agent/HeartBeat', body })),
  });
  const cpuMs = cpuMilliseconds(server.pid) - before;
  if (result.non2xx > 0 || result.errors > 0) {
    throw new Error(`${server.url}: ${result.non2xx} refused, ${result.errors} errors`);
  }
  return { rate: result.requests.average, cpuUs: (cpuMs * 1000) / result.requests.total };
}

const made = new Map<number, Buffer[]>();

function bodies(agents: number): Buffer[] {
  const known = made.get(agents) ?? Array.from({ length: agents }, (_, index) => heartbeat(index));
  made.set(agents, known);
  return known;
}

/** Lets the server know the agents: one heartbeat each. */
async function introduce(server: BenchServer, agents: number): Promise<void> {
  const all = bodies(agents);
  let next = 0;
  const one = async (): Promise<void> => {
    for (let body = all[next++]; body; body = all[next++]) {
      const { status } = await fetch(`${server.url}/Agent/HeartBeat`, { method: 'POST', body });
      if (status !== 200) throw new Error(`a heartbeat was answered ${status}`);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, one));
}

function line(what: string, measures: readonly Measure[], floor: readonly Measure[]): string {
  const of = (pick: (each: Measure) => number, list: readonly Measure[]): number => median(list.map(pick));
  const ratio = (pick: (each: Measure) => number): string => {
    const { low, mid, high } = ratioInterval(
      measures.map((each, index) => pick(each) / pick(floor[index] ?? each)),
    );
    return `${mid.toFixed(2)}x (${low.toFixed(2)} to ${high.toFixed(2)})`;
  };
  return (
    `${what}: ${Math.round(of((each) => each.rate, measures))} heartbeats/s, ${of((each) => each.cpuUs, measures).toFixed(1)} µs CPU each; ` +
    `of the floor: rate ${ratio((each) => each.rate)}, CPU ${ratio((each) => each.cpuUs)}`
  );
}

const folder = mkdtempSync(join(tmpdir(), 'remora-bench-'));
const few = await startServer('fleetServer', [join(folder, 'few')]);
const many = await startServer('fleetServer', [join(folder, 'many')]);
const size = a1.A1.HeartBeat.response.encode({
  response_id: 'x'.repeat(22),
  code: 'Accept',
  message: 'Send heartbeat success',
}).length;
const floor = await startServer('emptyHttp', [String(size)]);
await introduce(few, FEW);
await introduce(many, MANY);
const measured = { few: [] as Measure[], many: [] as Measure[], floor: [] as Measure[] };
for (const server of [few, many, floor]) await load(server, FEW, 2);
for (let round = 0; round < ROUNDS; round++) {
  measured.few.push(await load(few, FEW, SECONDS));
  measured.floor.push(await load(floor, FEW, SECONDS));
  measured.many.push(await load(many, MANY, SECONDS));
}
await Promise.all([few, many, floor].map((server) => server.stop()));
rmSync(folder, { recursive: true, force: true });

console.log(
  `median of ${ROUNDS} x ${SECONDS} s on ${CONNECTIONS} connections, ${bodies(1)[0]?.length} bytes a heartbeat, 95 % intervals of paired rounds`,
);
console.log(line(`${FEW} agents`, measured.few, measured.floor));
console.log(line(`${MANY} agents`, measured.many, measured.floor));
const { low, mid, high } = ratioInterval(
  measured.many.map((each, index) => each.cpuUs / (measured.few[index]?.cpuUs ?? 1)),
);
console.log(
  `CPU with ${MANY} agents to that with ${FEW}: ${mid.toFixed(2)}x (${low.toFixed(2)} to ${high.toFixed(2)}); floor ${Math.round(median(measured.floor.map((each) => each.rate)))} requests/s, ${median(measured.floor.map((each) => each.cpuUs)).toFixed(1)} µs CPU each`,
);
