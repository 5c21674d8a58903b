/**
 * (b) `exec version` on kept-alive connections against an empty Fastify JSON POST, each in its own process, in turns.
 * Aim: at least 0.5 times its requests a second.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import autocannon from 'autocannon';
import { startServer } from './support/startServer.js';
import { median } from './support/statistics.js';

const ROUNDS = 5;
const SECONDS = 3;
const CONNECTIONS = 10;

async function load(url: string): Promise<{ rate: number; p99: number }> {
  const result = await autocannon({
    url: `${url}/api`,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ action: 'exec', command: 'version' }),
    connections: CONNECTIONS,
    duration: SECONDS,
  });
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${url}: ${result.non2xx} refused, ${result.errors} errors`);
  return { rate: result.requests.average, p99: result.latency.p99 };
}

const folder = mkdtempSync(join(tmpdir(), 'remora-bench-'));
const agent = await startServer('benchAgent', ['0', folder]);
const floor = await startServer('emptyFastify');
const ours: { rate: number; p99: number }[] = [];
const theirs: { rate: number; p99: number }[] = [];
await load(agent.url);
await load(floor.url);
for (let round = 0; round < ROUNDS; round += 1) {
  ours.push(await load(agent.url));
  theirs.push(await load(floor.url));
}
await agent.stop();
await floor.stop();
rmSync(folder, { recursive: true, force: true });
const rate = median(ours.map((each) => each.rate));
const floorRate = median(theirs.map((each) => each.rate));
console.log(
  `exec version, median of ${ROUNDS} x ${SECONDS} s on ${CONNECTIONS} connections: ${Math.round(rate)} requests/s, p99 ${median(ours.map((each) => each.p99)).toFixed(1)} ms; ` +
    `empty Fastify POST ${Math.round(floorRate)} requests/s, p99 ${median(theirs.map((each) => each.p99)).toFixed(1)} ms: ${(rate / floorRate).toFixed(2)}x (aim: at least 0.5x)`,
);
