/**
 * (a) First answer from a target never attached before, against a bare script (SIGUSR1, find the port, one evaluate
 * over CDP, the inspector left open). Twice: as an engineer meets it, both run from a shell (`remora exec` with an
 * agent running); and the same steps inside two programs that are warm already. Aim: at most 5 times, median of 20.
 */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Targets } from '../src/target/index.js';
import { bareAnswer } from './support/bareScript.js';
import { startHello } from './support/helloTarget.js';
import { median } from './support/statistics.js';

const ROUNDS = 20;
const COMMAND = 'ognl process.pid';

async function compare(name: string, ours: Way, bare: Way): Promise<void> {
  const oursMs: number[] = [];
  const bareMs: number[] = [];
  // The first round warms both up: page cache, compiled code, symbol tables.
  for (let round = -1; round < ROUNDS; round += 1) {
    for (const [way, times] of [
      [bare, bareMs],
      [ours, oursMs],
    ] as const) {
      const target = await startHello();
      const start = performance.now();
      await way(target.pid);
      if (round >= 0) times.push(performance.now() - start);
      target.stop();
      await sleep(50);
    }
  }
  const ratio = median(oursMs) / median(bareMs);
  console.log(
    `first answer, ${name}, median of ${ROUNDS}: remora ${median(oursMs).toFixed(1)} ms, bare script ${median(bareMs).toFixed(1)} ms: ${ratio.toFixed(2)}x (aim: at most 5x)`,
  );
}

type Way = (pid: number) => Promise<void>;

const folder = mkdtempSync(join(tmpdir(), 'remora-bench-'));
const environment = { ...process.env, XDG_RUNTIME_DIR: folder, XDG_STATE_HOME: folder };
const main = fileURLToPath(new URL('../src/main.js', import.meta.url));
const script = fileURLToPath(new URL('./support/bareScript.js', import.meta.url));
const node = (...args: string[]): void => {
  execFileSync(process.execPath, args, { env: environment, stdio: ['ignore', 'ignore', 'inherit'] });
};

const agent = spawn(process.execPath, [main, 'agent'], { env: environment, stdio: 'ignore' });
while (!existsSync(join(folder, 'remora', 'agent.sock'))) await sleep(20);
await compare(
  'from a shell',
  async (pid) => node(main, 'exec', String(pid), COMMAND),
  async (pid) => node(script, String(pid)),
);
agent.kill('SIGTERM');

const targets = new Targets({ owner: 'bench', folder });
await compare(
  'inside warm programs',
  async (pid) => void (await (await targets.attach(String(pid))).main('runtime')),
  async (pid) => void (await bareAnswer(pid)),
);
rmSync(folder, { recursive: true, force: true });
process.exit(0);
