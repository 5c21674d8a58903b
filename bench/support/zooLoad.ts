/** HTTP load on a zoo (test/targets/zoo) whose every answer is checked. */
import { Agent, get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const ODD_VALUES = new Map<string, (a: number, b: number) => string>([
  ['recursive', (a) => String(a * 100 + 2)],
  ['native', (a, b) => String(a * b)],
  ['built-in-module', (a, b) => `${a}%20${b}`],
]);

export class ZooLoad {
  readonly #agent: Agent;
  readonly #port: number;
  readonly #kinds: readonly string[];
  readonly #pauseMs: number;
  #running = true;
  answers = 0;
  wrong = 0;
  readonly examples: string[] = [];
  slowestMs = 0;

  constructor(port: number, kinds: readonly string[], { connections = 4, pauseMs = 2 } = {}) {
    this.#port = port;
    this.#kinds = kinds;
    this.#pauseMs = pauseMs;
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
    for (let each = 0; each < connections; each += 1) void this.#run(each);
  }

  stop(): void {
    this.#running = false;
    this.#agent.destroy();
  }

  async #run(offset: number): Promise<void> {
    for (let i = offset; this.#running; i += 1) {
      const kind = this.#kinds[i % this.#kinds.length] ?? '';
      const [a, b] = [(i * 7) % 1000, (i * 13) % 1000];
      const wanted = ODD_VALUES.get(kind)?.(a, b) ?? String(a * 100 + b);
      const started = performance.now();
      const answer = await this.#ask(`/${kind}?a=${a}&b=${b}`).catch((error: Error) => error.message);
      if (!this.#running) return;
      this.slowestMs = Math.max(this.slowestMs, performance.now() - started);
      this.answers += 1;
      if (answer !== wanted) {
        this.wrong += 1;
        if (this.examples.length < 20) this.examples.push(`${kind}(${a}, ${b}): ${answer.slice(0, 200)}`);
      }
      await sleep(this.#pauseMs);
    }
  }

  #ask(path: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const request = get({ port: this.#port, path, agent: this.#agent, timeout: 20_000 }, (response) => {
        let text = '';
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
