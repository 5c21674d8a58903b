/**
 * (a) First answer from a target never attached before: `exec` of a command that asks the target, against a bare
 * script's steps (SIGUSR1, wait for the port, one evaluate over CDP, the inspector left open). Aim: at most 5 times.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kill } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket from 'ws';
import { Targets } from '../src/target/index.js';
import { startHello } from './support/helloTarget.js';
import { median } from './support/statistics.js';

const ROUNDS = 20;

async function bare(pid: number): Promise<void> {
  kill(pid, 'SIGUSR1');
  let list: { webSocketDebuggerUrl: string }[] | undefined;
  while (!list) {
    try {
      list = (await (await fetch('http://127.0.0.1:9229/json/list')).json()) as typeof list;
    } catch {
      await sleep(1);
    }
  }
  const socket = new WebSocket(list[0]?.webSocketDebuggerUrl ?? '');
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.once('open', () => {
      socket.send(
        JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression: 'process.uptime()' } }),
      );
      socket.once('message', () => resolve());
    });
  });
  socket.terminate();
}

const folder = mkdtempSync(join(tmpdir(), 'remora-bench-'));
const targets = new Targets({ owner: 'bench', folder });
const bareMs: number[] = [];
const oursMs: number[] = [];
for (let round = -1; round < ROUNDS; round += 1) {
  for (const [name, times] of [
    ['bare', bareMs],
    ['ours', oursMs],
  ] as const) {
    const target = await startHello();
    const start = performance.now();
    if (name === 'bare') await bare(target.pid);
    else await (await targets.attach(String(target.pid))).main('runtime');
    // The first round warms both up: compiled code, symbol table cache.
    if (round >= 0) times.push(performance.now() - start);
    target.stop();
    await sleep(50);
  }
}
rmSync(folder, { recursive: true, force: true });
const ratio = median(oursMs) / median(bareMs);
console.log(
  `first answer, median of ${ROUNDS}: remora ${median(oursMs).toFixed(1)} ms, bare script ${median(bareMs).toFixed(1)} ms: ${ratio.toFixed(2)}x (aim: at most 5x)`,
);
process.exit(0);
