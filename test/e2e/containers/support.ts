import { join } from 'node:path';
import { type ContainerEncoding, ContainersClient } from '../../../src/client/index.js';
import {
  type CliEnd,
  type CliRun,
  type Home,
  MAIN,
  makeHome,
  runCli,
  startCli,
} from '../../cli/support/cli.js';
import { PtyRun } from '../../support/index.js';

interface Test {
  after(fn: () => Promise<void> | void): void;
}

const END_MS = 5000;

/** A real agent in a process of its own, and everything that talks to it. */
export class AgentUnderTest {
  readonly home: Home;
  #run: CliRun;
  #test: Test;

  private constructor(test: Test, home: Home) {
    this.#test = test;
    this.home = home;
    this.#run = this.#start();
  }

  static async start(test: Test): Promise<AgentUnderTest> {
    let agent: AgentUnderTest | undefined;
    // Registered first, and so run first: later ones take the folders away that it needs.
    test.after(() => agent?.end());
    agent = new AgentUnderTest(test, makeHome(test));
    await agent.ready();
    return agent;
  }

  /** Containers outlive agents: those of the test must not outlive the test. */
  async end(): Promise<void> {
    const { exitCode, signalCode } = this.#run.child;
    if (exitCode !== null || signalCode !== null) {
      this.#run = this.#start();
      await this.ready();
    }
    const client = new ContainersClient({ socketPath: this.home.socketPath });
    try {
      const live = (await client.list()).filter(({ id, end }) => !end && !id.includes('.'));
      await Promise.all(
        live.map(async ({ id }) => {
          await client.kill(id).catch(() => undefined);
          await client.wait(id, { timeoutMs: END_MS });
        }),
      );
    } finally {
      client.close();
      await this.stop();
    }
  }

  #start(): CliRun {
    const flags = ['--allow', 'read,observe,containers', '--listen', '127.0.0.1:0', '--trust', 'uid'];
    const root = process.getuid?.() === 0 ? ['--allow-root-containers'] : [];
    const run = startCli(['agent', ...flags, ...root], { home: this.home });
    this.#test.after(() => void run.child.kill('SIGKILL'));
    return run;
  }

  async ready(): Promise<void> {
    await this.#run.waitFor(/^Agent \d+ listens on /m);
  }

  get pid(): number {
    return this.#run.child.pid ?? 0;
  }

  /** Everything that the agent has said. */
  get log(): string {
    return this.#run.stderr();
  }

  get url(): string {
    return /http:\/\/127\.0\.0\.1:\d+/.exec(this.#run.stderr())?.[0] ?? '';
  }

  /** kill -9, and another agent in its place. */
  async crashAndRestart(): Promise<void> {
    this.#run.child.kill('SIGKILL');
    await this.#run.end;
    this.#run = this.#start();
    await this.ready();
  }

  async stop(): Promise<void> {
    this.#run.child.kill('SIGTERM');
    await this.#run.end;
  }

  client(encoding: ContainerEncoding = 'protobuf'): ContainersClient {
    const client = new ContainersClient({ socketPath: this.home.socketPath }, { encoding });
    this.#test.after(() => client.close());
    return client;
  }

  /** `remora c ARGS` without a terminal. */
  cli(args: readonly string[], input?: string): Promise<CliEnd> {
    return runCli(['c', ...args], { home: this.home, ...(input === undefined ? {} : { input }) });
  }

  startCli(args: readonly string[]): CliRun {
    return startCli(['c', ...args], { home: this.home });
  }

  /** `remora c ARGS` on a terminal. */
  pty(args: readonly string[], size: { columns?: number; rows?: number } = {}): PtyRun {
    const run = new PtyRun([process.execPath, MAIN, 'c', ...args], { env: this.home.env, ...size });
    this.#test.after(() => run.close());
    return run;
  }

  get folder(): string {
    return join(this.home.state, '..', '..');
  }
}
