import { StringDecoder } from 'node:string_decoder';
import type { ClientSession, ProcessInfo, Result } from '../client/index.js';
import { Shell, type ShellEnd, visible } from '../diagnose/index.js';
import type { CliContext } from './context.js';
import { EXIT } from './exitCode.js';
import { HistoryFile } from './history.js';

/** The prompt at a terminal. Resolves with the exit code when the person leaves, or the agent is gone. */
export async function runRepl(
  context: CliContext,
  session: ClientSession,
  target: ProcessInfo,
): Promise<number> {
  const { terminal, life } = context;
  const prompt = promptText(context, target);
  const shell = new Shell({
    session: {
      results: (signal) => session.stream({ signal }),
      start: (line) => session.start(line),
      interrupt: () => session.interrupt(),
      suspend: () => session.suspend(),
      complete: async (line) => {
        const { from, candidates } = await session.complete(line);
        return { from, candidates: candidates.map(({ text, summary = '' }) => ({ text, summary })) };
      },
    },
    screen: {
      output: process.stdout,
      style: terminal.style,
      get width() {
        return terminal.width;
      },
    },
    history: new HistoryFile(),
    prompt: () => prompt,
    shows: (result) => !isGreeting(result),
    stop: () => stopOurselves(() => shell.redraw()),
  });
  const keys = new StringDecoder('utf8');
  const typed = (bytes: Buffer) => shell.type(keys.write(bytes));
  const hungUp = () => shell.leave();
  process.stdin.setRawMode(true);
  process.stdin.on('data', typed);
  process.stdin.once('end', hungUp);
  // Whoever asked something before has paused it.
  process.stdin.resume();
  const forget = life.lastResort(() => process.stdin.setRawMode(false));
  life.onInterrupt = () => {
    shell.interrupt();
    return true;
  };
  try {
    return codeOf(context, await shell.run());
  } finally {
    process.stdin.off('data', typed);
    process.stdin.off('end', hungUp);
    process.stdin.pause();
    process.stdin.setRawMode(false);
    life.onInterrupt = undefined;
    forget();
  }
}

function codeOf({ terminal }: CliContext, end: ShellEnd): number {
  switch (end.kind) {
    case 'forced':
      // What does not end is not waited for.
      return process.exit(EXIT.interrupted);
    case 'lost':
      terminal.note(terminal.noteStyle.red(end.error.text));
      return EXIT.usage;
    default:
      return EXIT.ok;
  }
}

/** Ctrl-Z at the prompt, as in any program: the shell that started us has its terminal, until `fg`. */
function stopOurselves(back: () => void): void {
  process.stdin.setRawMode(false);
  process.once('SIGCONT', () => {
    process.stdin.setRawMode(true);
    back();
  });
  process.kill(process.pid, 'SIGTSTP');
}

/** Our own banner says the same. */
function isGreeting(result: Result): boolean {
  return result.jobId === 0 && (result.type === 'welcome' || result.type === 'message');
}

function promptText(context: CliContext, target: ProcessInfo): string {
  const { green, bold } = context.terminal.style;
  return `${bold('[')}${green(visible(`remora@${target.name}`))} ${target.pid}${bold(']')}$ `;
}
