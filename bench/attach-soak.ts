/**
 * Attach and let go over and over under HTTP load, the agent killed at random moments, the main thread blocked now and
 * then: `node build/bench/attach-soak.js --node 22 --cycles 500`. Prints crashes, wrong answers, and how the target's
 * memory, threads and descriptors moved. Fails on a crash, a wrong answer or an inspector that stays open.
 */
import { Agent, get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Targets } from '../src/target/index.js';
import {
  descriptorCount,
  eventually,
  listeningPorts,
  memoryParts,
  type NodeMajor,
  nodeMajors,
  residentBytes,
  type SpawnedTarget,
  spawnTarget,
  threadCount,
} from '../test/support/index.js';
import { type AgentProcess, startAgent } from '../test/target/attach/agentProcess.js';
import { freePort, temporaryFolder } from '../test/target/attach/attaching.js';

const CONNECTIONS = 4;

const { values } = parseArgs({
  options: {
    node: { type: 'string', default: '22' },
    cycles: { type: 'string', default: '40' },
    /** After which it ends, however many cycles were made. */
    minutes: { type: 'string', default: '60' },
    /** Of the cycles, how many end by a kill of the agent, and in how many the main thread is blocked. */
    kills: { type: 'string', default: '0.15' },
    blocks: { type: 'string', default: '0.1' },
  },
});
const node = nodeMajors.find((major) => major === Number(values.node)) ?? 22;
const cycles = Number(values.cycles);

const cleanUp: (() => Promise<void> | void)[] = [];
const scope = { after: (fn: () => Promise<void> | void) => void cleanUp.push(fn) };

class Load {
  readonly #port: number;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  #running = true;
  answers = 0;
  readonly wrong: string[] = [];

  constructor(port: number) {
    this.#port = port;
    for (let connection = 0; connection < CONNECTIONS; connection += 1) void this.#run();
  }

  stop(): void {
    this.#running = false;
    this.#agent.destroy();
  }

  async #run(): Promise<void> {
    while (this.#running) {
      const answer = await this.#ask().catch((error: Error) => error.message);
      if (!this.#running) return;
      this.answers += 1;
      if (answer !== '200 free\n' && this.wrong.length < 20) this.wrong.push(answer);
      await sleep(5);
    }
  }

  #ask(): Promise<string> {
    return new Promise((resolve, reject) => {
      const request = get({ port: this.#port, agent: this.#agent, timeout: 20_000 }, (response) => {
        let text = `${response.statusCode} `;
        response.on('data', (chunk: Buffer) => {
          text += String(chunk);
        });
        response.on('end', () => resolve(text));
        response.on('error', reject);
      });
      request.on('error', reject);
      request.on('timeout', () => request.destroy(new Error('no answer within 20 s')));
    });
  }
}

function memory(pid: number): string {
  const mb = (bytes: number) => (bytes / 1048576).toFixed(1);
  const { arenas, arenaCount, heap, other } = memoryParts(pid);
  return `RSS ${mb(residentBytes(pid))} MB: ${arenaCount} arenas of threads ${mb(arenas)}, malloc's heap ${mb(heap)}, V8 and others ${mb(other)}`;
}

interface Tally {
  cycles: number;
  killed: number;
  refused: Map<string, number>;
}

async function soak(target: SpawnedTarget, tally: Tally): Promise<void> {
  const folder = temporaryFolder(scope, 'soak');
  let agent: AgentProcess = await startAgent(scope, { folder });
  await agent.ask('limit', { assignment: 'probe-heartbeat=1500' });
  const end = Date.now() + Number(values.minutes) * 60_000;
  const lives = () => target.child.exitCode === null && !target.child.signalCode;
  for (; tally.cycles < cycles && lives() && Date.now() < end; tally.cycles += 1) {
    if (Math.random() < Number(values.blocks))
      target.write(`block ${Math.random() < 0.5 ? 'atomics' : 'tight'} 0.5`);
    const attach = agent.ask('attach', { pid: target.pid }).then(
      () => agent.ask('main', { pid: target.pid }),
      (error: { code?: string }) =>
        tally.refused.set(error.code ?? '?', (tally.refused.get(error.code ?? '?') ?? 0) + 1),
    );
    if (Math.random() < Number(values.kills)) {
      await sleep(Math.random() * 250);
      await agent.kill();
      await attach.catch(() => undefined);
      tally.killed += 1;
      await sleep(300);
      agent = await startAgent(scope, { folder });
      await agent.ask('limit', { assignment: 'probe-heartbeat=1500' });
      await agent.ask('closeLeft');
    } else {
      await attach;
      await agent.ask('letGo', { pid: target.pid }).catch(() => undefined);
    }
    if ((tally.cycles + 1) % 50 === 0) console.log(`  ${tally.cycles + 1} cycles, ${memory(target.pid)}`);
  }
  await agent.kill();
}

/** Bytes of the target's JavaScript heap after a full collection. */
async function heapAfterCollection(pid: number): Promise<number> {
  const targets = new Targets({ owner: 'attach soak', folder: temporaryFolder(scope, 'heap') });
  try {
    const target = await targets.attach(String(pid));
    await target.cdp('HeapProfiler.collectGarbage');
    return (await target.cdp<{ usedSize: number }>('Runtime.getHeapUsage')).usedSize;
  } finally {
    await targets.close('looked');
  }
}

async function run(major: NodeMajor): Promise<boolean> {
  const inspectPort = await freePort();
  const target = await spawnTarget({
    node: major,
    file: 'blocked-loop.cjs',
    nodeArgs: [`--inspect-port=${inspectPort}`],
    deadlineMs: 3_600_000,
    test: scope,
  });
  const load = new Load(target.port);
  await sleep(1000);
  const facts = () => ({
    rss: residentBytes(target.pid),
    threads: threadCount(target.pid),
    descriptors: descriptorCount(target.pid),
  });
  const before = facts();
  console.log(`  before, ${memory(target.pid)}`);
  const tally: Tally = { cycles: 0, killed: 0, refused: new Map() };
  const heapBefore = await heapAfterCollection(target.pid);
  await soak(target, tally);
  const { exitCode, signalCode } = target.child;
  if (exitCode !== null || signalCode !== null) {
    load.stop();
    console.log(
      `attach soak, Node ${major}: THE TARGET CRASHED: ${signalCode ?? exitCode}\n${target.stderr().slice(-2000)}`,
    );
    return false;
  }
  const clean = await eventually(
    () => listeningPorts(target.pid).length === 1 && threadCount(target.pid) <= before.threads,
    { what: 'the target to be clean', timeoutMs: 10_000, intervalMs: 200 },
  ).catch((error: Error) => error.message);
  load.stop();
  const after = facts();
  const heapAfter = await eventually(() => heapAfterCollection(target.pid), {
    what: 'a last look at the heap',
    timeoutMs: 15_000,
    intervalMs: 500,
  });
  const refused = [...tally.refused].map(([code, times]) => `${code} ${times}`).join(', ') || 'none';
  console.log(
    `attach soak, Node ${major}: ${tally.cycles} cycles, agent killed in ${tally.killed}, refused: ${refused}; ` +
      `crashes 0, wrong answers ${load.wrong.length} of ${load.answers}; ` +
      `RSS ${Math.round((after.rss - before.rss) / 1048576)} MB more, ` +
      `heap after collection ${(heapBefore / 1048576).toFixed(1)} then ${(heapAfter / 1048576).toFixed(1)} MB, ` +
      `threads ${before.threads} then ${after.threads}, descriptors ${before.descriptors} then ${after.descriptors}; ` +
      `${clean === true ? 'clean' : clean}`,
  );
  for (const answer of load.wrong) console.log(`  wrong answer: ${answer}`);
  return clean === true && load.wrong.length === 0;
}

const fine = await run(node);
for (const step of cleanUp.reverse()) await step();
process.exit(fine ? 0 : 1);
