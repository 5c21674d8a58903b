import { createInterface } from 'node:readline';
import { RemoraError } from '../base/index.js';
import type { ClientSession } from '../client/index.js';
import { shellWord } from '../diagnose/index.js';
import type { CliContext } from './context.js';
import { EXIT } from './exitCode.js';
import { interruptJob } from './interrupt.js';
import { ResultPrinter } from './showResults.js';

/** How a command ended, as far as the exit code cares. */
type Ended = 'ok' | 'failed' | 'over';

/** Runs commands of one session one after another and prints their results. */
export class CommandRunner {
  readonly #context: CliContext;
  readonly #session: ClientSession;
  readonly #text: ResultPrinter;
  /** The agent has let go or has gone: nothing more can be run. */
  over = false;

  constructor(context: CliContext, session: ClientSession, text: ResultPrinter) {
    this.#context = context;
    this.#session = session;
    this.#text = text;
  }

  /** Runs one line; Ctrl-C interrupts it. Errors are printed. */
  async run(line: string): Promise<Ended> {
    const { life, terminal } = this.#context;
    let done = false;
    let failed = false;
    life.onInterrupt = () => {
      void interruptJob(this.#session, () => done);
      return true;
    };
    try {
      for await (const result of this.#session.run(line)) {
        if (result.type === 'status') failed = result.statusCode !== 0;
        if (result.type === 'shutdown') this.over = true;
        await this.#text.show(result);
      }
    } catch (error) {
      failed = true;
      if (error instanceof RemoraError && error.code === 'session-ended') this.over = true;
      const text = error instanceof RemoraError ? error.text : String(error);
      terminal.note(terminal.noteStyle.red(text));
      if (!(error instanceof RemoraError)) throw error;
    } finally {
      done = true;
      life.onInterrupt = undefined;
      life.calm();
    }
    if (this.over) return 'over';
    return failed ? 'failed' : 'ok';
  }
}

/** Runs the given commands; stops at the first after which nothing more can be run. */
export async function runBatch(
  context: CliContext,
  session: ClientSession,
  commands: Iterable<string> | AsyncIterable<string>,
): Promise<number> {
  const runner = new CommandRunner(context, session, new ResultPrinter(context));
  let failed = false;
  for await (const command of commands) {
    const word = shellWord(command);
    if (word === 'leave') break;
    // There is no screen to clear, and no key to press.
    if (word !== undefined) continue;
    const ended = await runner.run(command);
    failed ||= ended === 'failed';
    if (ended === 'over') break;
  }
  return failed ? EXIT.failed : EXIT.ok;
}

/** Commands from standard input, one a line; blank lines and `#` comments are left out. */
export async function* inputCommands(): AsyncGenerator<string, void, void> {
  for await (const line of createInterface({ input: process.stdin })) {
    const command = line.trim();
    if (command !== '' && !command.startsWith('#')) yield command;
  }
}
