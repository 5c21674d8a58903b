import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const storeProgram = fileURLToPath(new URL('./storeProgram.js', import.meta.url));

/** A process with a store and the lines that it prints. */
export class StoreProcess {
  readonly lines: string[] = [];
  readonly child: ChildProcess;
  readonly exited: Promise<unknown>;

  constructor(...args: string[]) {
    this.child = spawn(process.execPath, [storeProgram, ...args], { stdio: ['pipe', 'pipe', 'ignore'] });
    this.exited = once(this.child, 'exit');
    const { stdout } = this.child;
    assert.ok(stdout);
    createInterface({ input: stdout }).on('line', (line) => this.lines.push(line));
  }

  async line(pattern: RegExp): Promise<string> {
    for (let waited = 0; waited < 20_000; waited += 10) {
      const index = this.lines.findIndex((line) => pattern.test(line));
      if (index >= 0) return this.lines.splice(index, 1)[0] ?? '';
      await sleep(10);
    }
    throw new Error(`no line ${pattern} in 20 s; last: ${this.lines.at(-1)}`);
  }

  say(line: string): void {
    this.child.stdin?.write(`${line}\n`);
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exited;
    // What it had printed when it died is still to be read.
    await sleep(50);
  }
}
