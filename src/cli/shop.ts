import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { RemoraError } from '../base/index.js';
import type { CliContext } from './context.js';
import { noShop } from './errors.js';

/** From build/src/cli/ to build/examples/. */
const SHOP = fileURLToPath(new URL('../../examples/shop/server.js', import.meta.url));
const START_MS = 15_000;
const STOP_MS = 3000;

/** The example service that runs beside `remora up`. */
export interface Shop {
  readonly pid: number;
  /** Where it serves, as it says itself. */
  readonly url: string;
}

/** Starts the shop and waits for the line in which it says its address. It ends when we do. */
export async function startShop(context: CliContext): Promise<Shop> {
  if (!existsSync(SHOP)) throw noShop(SHOP);
  const child = spawn(process.execPath, [SHOP, '--with-parent'], { stdio: ['ignore', 'pipe', 'inherit'] });
  context.life.lastResort(() => child.kill('SIGTERM'));
  context.life.defer(() => stop(child));
  const url = await addressOf(child);
  child.on('exit', (code, signal) => {
    context.terminal.note(
      context.terminal.noteStyle.yellow(`The shop has ended (${signal ?? `exit code ${code}`}).`),
    );
  });
  return { pid: child.pid ?? 0, url };
}

function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) =>
      reject(
        new RemoraError('shop-failed', `the shop did not start: ${why}`, { hint: 'See what it said above' }),
      );
    const timer = setTimeout(() => fail(`it said no address within ${START_MS} ms`), START_MS);
    child.once('error', (error) => fail(error.message));
    child.once('exit', (code) => fail(`it ended with code ${code}`));
    if (!child.stdout) return fail('it has no output');
    // Read to its end, also after the address: a full pipe would block the shop.
    createInterface({ input: child.stdout }).on('line', (line) => {
      const url = /https?:\/\/[^\s"',]+/.exec(line)?.[0];
      if (!url) return;
      clearTimeout(timer);
      child.removeAllListeners('exit');
      resolve(url);
    });
  });
}

async function stop(child: ChildProcess): Promise<void> {
  child.removeAllListeners('exit');
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await ended;
  clearTimeout(timer);
}
