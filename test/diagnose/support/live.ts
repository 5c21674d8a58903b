import type { Target, Targets } from '../../../src/target/index.js';
import { type NodeMajor, type SpawnOptions, eventually } from '../../support/index.js';
import { newTargets, type Subject, subject, type TestLike } from '../../target/attach/attaching.js';
import { Bench, type WireResult } from './bench.js';

/** A real process, and a session of a real agent's store that looks at it. */
export interface Live {
  readonly process: Subject;
  readonly targets: Targets;
  readonly bench: Bench;
  readonly ids: { readonly sessionId: string; readonly consumerId: string };
  target(): Promise<Target>;
  /** Runs a command to its end and gives its results, the final status last. */
  exec(command: string): Promise<WireResult[]>;
  /** Starts a command without waiting. */
  start(command: string): Promise<void>;
  /** Pulls until a result fits, and gives all that were read. */
  until(fits: (result: WireResult) => boolean, timeoutMs?: number): Promise<WireResult[]>;
  interrupt(): Promise<void>;
}

export async function live(
  t: TestLike,
  node: NodeMajor,
  options: Partial<SpawnOptions> = {},
): Promise<Live> {
  const process = await subject(t, node, options);
  const targets = newTargets(t);
  const bench = await Bench.start({ targets });
  t.after(() => bench.close());
  const ids = await bench.session({ process: String(process.pid) });
  const { sessionId } = ids;
  return {
    process,
    targets,
    bench,
    ids,
    target: () => targets.attach(String(process.pid)),
    async exec(command) {
      const answer = await bench.exec(command, { process: String(process.pid), execTimeout: 30_000 });
      return answer.body?.results ?? [];
    },
    async start(command) {
      const { state, message } = await bench.call({ action: 'async_exec', sessionId, command });
      if (state !== 'SCHEDULED') throw new Error(`${command}: ${state} ${message}`);
    },
    async until(fits, timeoutMs = 15_000) {
      const read: WireResult[] = [];
      await eventually(
        async () => {
          read.push(...(await bench.pull(ids)));
          return read.some(fits);
        },
        { what: `a result; read: ${JSON.stringify(read).slice(0, 3000)}`, timeoutMs, intervalMs: 10 },
      );
      return read;
    },
    async interrupt() {
      await bench.call({ action: 'interrupt_job', sessionId });
    },
  };
}
