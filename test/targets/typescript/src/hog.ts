// A service in TypeScript with a planted fault: one function keeps the CPU busy, another keeps what it allocates.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Report {
  readonly id: number;
  readonly lines: readonly string[];
}

const kept: Report[] = [];
let next = 0;

function keepReports(): void {
  for (let count = 0; count < 20; count += 1) {
    const id = next++;
    const lines = [];
    for (let line = 0; line < 200; line += 1) lines.push(`report ${id}, line ${line}`);
    kept.push({ id, lines });
  }
  if (kept.length > 20_000) kept.length = 0;
}

class Prices {
  readonly cents = 0;

  /** A timer calls it: in a caller of ours it would be inlined, and V8 would count its time there. */
  static burnCpu(milliseconds: number): number {
    const until = performance.now() + milliseconds;
    let sum = 0;
    while (performance.now() < until) {
      for (let step = 1; step < 2000; step += 1) sum += Math.sqrt(step) % 3;
    }
    return sum;
  }
}

// `hog.js 300`: less often, for a test of a minute.
const every = Number(process.argv[2] ?? 20);
setInterval(Prices.burnCpu, every, 12);
setInterval(keepReports, every);

const server = createServer((_request, response) => response.end('still here'));
server.listen(0, '127.0.0.1', () => console.log(`ready ${(server.address() as AddressInfo).port}`));
