/**
 * (c) CPU per request of a hello-world target attached and idle against not attached: interleaved pairs on one
 * process, 95 % interval of the ratio. Aim: it reaches down to 1.01 and stays under 1.05. (d) memory added.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import autocannon from 'autocannon';
import { Targets } from '../src/target/index.js';
import { type HelloTarget, startHello } from './support/helloTarget.js';
import { median, ratioInterval } from './support/statistics.js';

const PAIRS = 20;
const REQUESTS = 20_000;

async function cpuPerRequest(target: HelloTarget): Promise<number> {
  const before = await target.usage();
  await autocannon({ url: `http://127.0.0.1:${target.port}/`, connections: 5, amount: REQUESTS });
  const after = await target.usage();
  return (after.cpuUs - before.cpuUs) / REQUESTS;
}

const folder = mkdtempSync(join(tmpdir(), 'remora-bench-'));
const targets = new Targets({ owner: 'bench', folder });
const target = await startHello();
await cpuPerRequest(target);
await cpuPerRequest(target);
const ratios: number[] = [];
const plainUs: number[] = [];
const added: number[] = [];
for (let pair = 0; pair < PAIRS; pair += 1) {
  // The order changes from pair to pair, so that a drift of the machine favours neither.
  const attachedFirst = pair % 2 === 1;
  let plain = attachedFirst ? 0 : await cpuPerRequest(target);
  const before = await target.usage();
  const attached = await targets.attach(String(target.pid));
  await attached.main('runtime');
  await sleep(200);
  added.push((await target.usage()).rss - before.rss);
  const held = await cpuPerRequest(target);
  await attached.letGo('next round');
  await sleep(100);
  if (attachedFirst) plain = await cpuPerRequest(target);
  ratios.push(held / plain);
  plainUs.push(plain);
}
const { low, mid, high } = ratioInterval(ratios);
console.log(
  `attached and idle, ${PAIRS} pairs of ${REQUESTS} requests: ${median(plainUs).toFixed(1)} us CPU a request plain, attached ${mid.toFixed(3)}x, 95 % interval ${low.toFixed(3)} to ${high.toFixed(3)} (aim: reaches down to 1.01, stays under 1.05)`,
);
const first = added[0] ?? 0;
console.log(
  `memory added to the target by an attach: first ${(first / 1048576).toFixed(1)} MB, median of ${PAIRS} ${(median(added) / 1048576).toFixed(1)} MB`,
);
target.stop();
rmSync(folder, { recursive: true, force: true });
process.exit(0);
