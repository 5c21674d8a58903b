import type { Risk } from '../../../src/base/index.js';
import type { Target, Targets } from '../../../src/target/index.js';
import { eventually, type NodeMajor, type SpawnOptions } from '../../support/index.js';
import { newTargets, type Subject, subject, type TestLike } from '../../target/attach/attaching.js';
import { Bench, type WireResult } from './bench.js';
import { play, transcripts } from './transcript.js';

/** A real process, and a session that looks at it. */
export interface Live {
  readonly process: Subject;
  readonly targets: Targets;
  readonly bench: Bench;
  target(): Promise<Target>;
  /** Runs a command to its end and gives its results, the final status last. */
  exec(command: string): Promise<WireResult[]>;
  /** Starts a command in the session without waiting for it. */
  start(command: string): Promise<void>;
  /** Pulls until a result fits, and gives all that were read. */
  until(fits: (result: WireResult) => boolean, timeoutMs?: number): Promise<WireResult[]>;
  interrupt(): Promise<void>;
  /** Ctrl-Z; gives what the API answers. */
  suspend(): Promise<{ readonly state?: string; readonly message?: string }>;
  /** Ends the session. */
  close(): Promise<void>;
  /** Plays the transcript of that name. */
  play(name: string): Promise<void>;
}

export async function live(
  t: TestLike,
  node: NodeMajor,
  options: Partial<SpawnOptions> = {},
  allow?: readonly Risk[],
): Promise<Live> {
  const process = await subject(t, node, options);
  const targets = newTargets(t);
  const bench = await Bench.start({ targets, allow });
  t.after(() => bench.close());
  const selector = String(process.pid);
  const ids = await bench.session({ process: selector });
  const { sessionId } = ids;
  return {
    process,
    targets,
    bench,
    target: () => targets.attach(selector),
    async exec(command) {
      const answer = await bench.exec(command, { process: selector, execTimeout: 30_000 });
      return answer.body?.results ?? [];
    },
    async start(command) {
      const { state, message } = await bench.call({ action: 'async_exec', sessionId, command });
      if (state !== 'SCHEDULED') throw new Error(`${command}: ${state} ${message}`);
    },
    async until(fits, timeoutMs = 20_000) {
      const read: WireResult[] = [];
      const all = async () => {
        read.push(...(await bench.pull(ids)));
        return read.some(fits);
      };
      try {
        await eventually(all, { what: 'a result', timeoutMs, intervalMs: 10 });
      } catch (error) {
        throw new Error(`${(error as Error).message}; read: ${JSON.stringify(read).slice(0, 3000)}`);
      }
      return read;
    },
    async interrupt() {
      await bench.call({ action: 'interrupt_job', sessionId });
    },
    suspend: () => bench.call({ action: 'suspend_job', sessionId }),
    async close() {
      await bench.call({ action: 'close_session', sessionId });
    },
    async play(name) {
      // Requests of a transcript name no process: they mean the only target.
      await targets.attach(selector);
      for (const [, transcript] of transcripts(name)) {
        await play(transcript, async (body) => (await bench.post(body)).text());
      }
    },
  };
}

export interface Counted {
  readonly on: { intervals: number; histograms: number; hooks: number; formatted: number };
  readonly errors: unknown;
}

/** What test/targets/counted-builtins.cjs says of itself now. */
export async function look(process: Subject): Promise<Counted> {
  const before = process.stdout().length;
  process.write('look');
  const line = await eventually(
    () =>
      process
        .stdout()
        .slice(before)
        .match(/^look (.*)$/m)?.[1],
    { what: 'a line of counted-builtins.cjs', timeoutMs: 10_000 },
  );
  return JSON.parse(line) as Counted;
}

/** A result of the command, or a failure that shows what came instead. */
export function first(results: readonly WireResult[], type: string): WireResult {
  const found = results.find((result) => result.type === type);
  if (!found) throw new Error(`no ${type} in ${JSON.stringify(results)}`);
  return found;
}

export const isStatus = (result: WireResult) => result.type === 'status';
