// A service in TypeScript with a planted fault: one function keeps the CPU busy, another keeps what it allocates.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Report {
  readonly id: number;
  readonly lines: readonly string[];
}

class Reports {
  readonly #kept: Report[] = [];

  keepReport(id: number): void {
    const lines = Array.from({ length: 200 }, (_, line) => `report ${id}, line ${line}`);
    this.#kept.push({ id, lines });
    if (this.#kept.length > 20_000) this.#kept.length = 0;
  }
}

class Prices {
  burnCpu(milliseconds: number): number {
    const until = performance.now() + milliseconds;
    let sum = 0;
    while (performance.now() < until) {
      for (let step = 1; step < 2000; step += 1) sum += Math.sqrt(step) % 3;
    }
    return sum;
  }
}

const reports = new Reports();
const prices = new Prices();

const refresh = (): number => prices.burnCpu(12);

let next = 0;
setInterval(refresh, 20);
setInterval(() => {
  for (let count = 0; count < 20; count += 1) reports.keepReport(next++);
}, 20);

const server = createServer((_request, response) => response.end('still here'));
server.listen(0, '127.0.0.1', () => console.log(`ready ${(server.address() as AddressInfo).port}`));
