/** The `remora` command. */
import { CommanderError } from 'commander';
import { PRODUCT, RemoraError } from '../base/index.js';
import { attachTo } from './attach.js';
import type { CliContext } from './context.js';
import { notLinux } from './errors.js';
import { EXIT } from './exitCode.js';
import { Life } from './life.js';
import { makeProgram } from './program.js';
import { Terminal } from './terminal.js';

/** Runs one command line (without node and script) to the end of the process. */
export async function runCli(argv: readonly string[], version: string): Promise<never> {
  const terminal = new Terminal();
  const life = new Life(terminal);
  life.watch();
  const context: CliContext = { terminal, life, exitCode: EXIT.ok, version };
  try {
    if (process.platform !== 'linux') throw notLinux(process.platform);
    await run(argv, context);
  } catch (error) {
    if (!life.isLeaving) context.exitCode = exitCodeOf(error, terminal);
  }
  return life.leave(context.exitCode);
}

async function run(argv: readonly string[], context: CliContext): Promise<void> {
  const program = makeProgram(context);
  if (argv.length > 0) {
    await program.parseAsync(argv, { from: 'user' });
    return;
  }
  if (context.terminal.interactive) {
    context.exitCode = await attachTo(context, undefined, { signal: true, listen: [] });
    return;
  }
  program.outputHelp();
  context.exitCode = EXIT.failed;
}

/** Says what went wrong, unless commander has said it. */
function exitCodeOf(error: unknown, terminal: Terminal): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  const { red, dim } = terminal.noteStyle;
  if (error instanceof RemoraError) {
    terminal.note(`${red(`${PRODUCT}: ${error.message}`)}${error.hint ? `\n${dim(error.hint)}` : ''}`);
    return EXIT.usage;
  }
  // A fault of ours: the stack is what a report needs.
  terminal.note(
    red(`${PRODUCT}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`),
  );
  return EXIT.usage;
}
