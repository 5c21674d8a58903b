import { createInterface } from 'node:readline';
import { RemoraError } from '../base/index.js';
import type { ClientSession, ProcessInfo, Result } from '../client/index.js';
import { visible } from '../diagnose/index.js';
import type { CliContext } from './context.js';
import { EXIT } from './exitCode.js';
import { interruptJob } from './interrupt.js';
import { Prompt } from './prompt.js';
import { ResultText } from './showResults.js';

/** How a command ended, as far as the exit code cares. */
type Ended = 'ok' | 'failed' | 'over';

/** Runs commands of one session one after another and prints their results. */
export class CommandRunner {
  readonly #context: CliContext;
  readonly #session: ClientSession;
  readonly #text: ResultText;
  /** The agent has let go or has gone: nothing more can be run. */
  over = false;

  constructor(context: CliContext, session: ClientSession, text: ResultText) {
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
    this.#text.begin(line);
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
  const runner = new CommandRunner(context, session, new ResultText(context));
  let failed = false;
  for await (const command of commands) {
    if (/^(?:quit|exit)$/.test(command)) break;
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

/** The prompt at a terminal. Resolves with the exit code when the person leaves, or the agent is gone. */
export async function runRepl(
  context: CliContext,
  session: ClientSession,
  target: ProcessInfo,
): Promise<number> {
  const { terminal, life } = context;
  const text = new ResultText(context);
  const runner = new CommandRunner(context, session, text);
  const waiting: string[] = [];
  let running = false;

  return new Promise<number>((resolve) => {
    let left = false;
    const leave = (code: number) => {
      if (left) return;
      left = true;
      prompt.close();
      stopListening();
      resolve(code);
    };
    const next = async () => {
      if (running || left) return;
      running = true;
      prompt.rest();
      for (let line = waiting.shift(); line !== undefined && !left; line = waiting.shift()) {
        if (line === 'quit' || line === 'exit') return leave(EXIT.ok);
        if (line === 'cls' || line === 'clear') process.stdout.write('\x1b[H\x1b[2J\x1b[3J');
        else if (line !== '') await runner.run(line);
        if (runner.over) return leave(EXIT.ok);
      }
      running = false;
      if (!left) prompt.ask();
    };
    const prompt = new Prompt(terminal, promptText(context, target), session, {
      line: (line) => {
        waiting.push(line.trim());
        void next();
      },
      leave: () => leave(EXIT.ok),
    });
    const stopListening = session.listen({
      result: (result: Result) => {
        const shown = isGreeting(result) ? undefined : text.text(result);
        if (shown !== undefined) prompt.above(visible(shown, true).split('\n'));
      },
      ended: (error) => {
        if (runner.over || left) return;
        prompt.above([terminal.style.red(error.text)]);
        leave(EXIT.usage);
      },
    });
    life.defer(() => prompt.close());
    prompt.ask();
  });
}

/** Our own banner says the same. */
function isGreeting(result: Result): boolean {
  return result.jobId === 0 && (result.type === 'welcome' || result.type === 'message');
}

function promptText(context: CliContext, target: ProcessInfo): string {
  const { green, bold } = context.terminal.style;
  return `${bold('[')}${green(visible(`remora@${target.name}`))} ${target.pid}${bold(']')}$ `;
}
