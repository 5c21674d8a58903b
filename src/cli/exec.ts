import { Command, InvalidArgumentError, Option } from 'commander';
import type { AttachAnswer, ClientSession, RemoraClient } from '../client/index.js';
import { attachBy, connect } from './connect.js';
import type { CliContext } from './context.js';
import { EXIT } from './exitCode.js';
import { interruptJob } from './interrupt.js';
import { keptLine } from './keptLine.js';
import { stopWithUs } from './stopWithUs.js';

interface ExecFlags {
  readonly json?: boolean;
  readonly ndjson?: boolean;
  readonly timeout?: number;
  readonly quiet?: boolean;
}

/** The protocol wants a number; a day is the agent's own bound for a job. */
const NO_TIMEOUT_MS = 86_400_000;
const OURSELVES =
  'No agent runs beside this command: stopped for more than some seconds it loses the process, which lets go of it. `remora up` or `remora agent` would keep it.';
/** What an interrupted command gets to send its end. */
const LAST_WORDS_MS = 5000;

export function execCommand(context: CliContext): Command {
  return new Command('exec')
    .description('run one command in a process and print what it gives')
    .argument('<process>', 'pid, name, name#2 or container id')
    .argument('<command>', "the command in quotes, e.g. 'thread -n 3'")
    .addOption(new Option('--json', 'one JSON answer, as the HTTP API gives it').conflicts('ndjson'))
    .option('--ndjson', 'one JSON result a line, as they come')
    .option('--timeout <ms>', 'interrupt the command after this many milliseconds', parseTimeout)
    .option('-q, --quiet', 'no notes on standard error')
    .addHelpText(
      'after',
      "\nQuote the command, so that its options are its own: remora exec shop 'thread -n 3'",
    )
    .action(async (process: string, line: string, flags: ExecFlags) => {
      context.exitCode = await exec(context, process, line, flags);
    });
}

async function exec(context: CliContext, process: string, line: string, flags: ExecFlags): Promise<number> {
  const { life } = context;
  // Loaded when it is wanted, with all commands behind it: other subcommands start without.
  const { needsTarget } = await import('./needsTarget.js');
  const connection = await connect(context);
  let { client } = connection;
  let target = process;
  if (needsTarget(line)) {
    const found = await attachBy(context, connection, { process });
    client = found.client;
    if (!flags.quiet) sayNotices(context, found.attached);
    target = String(found.attached.process.pid);
  }
  const session = await client.openSession({ process: target });
  const leaves = connection.own && client === connection.client;
  const kept = leaves ? keptLine(line) : { line };
  if (kept.note && !flags.quiet) context.terminal.note(context.terminal.noteStyle.dim(kept.note));
  life.defer(() => session.close());
  return flags.json
    ? await printAnswer(context, client, session, kept.line, flags)
    : await printResults(context, session, kept.line, { ...flags, leaves });
}

/** `--json`: the API's own answer in one piece. */
async function printAnswer(
  context: CliContext,
  client: RemoraClient,
  session: ClientSession,
  line: string,
  flags: ExecFlags,
): Promise<number> {
  const stop = stopper(context, session, undefined);
  const answer = await client.api({
    action: 'exec',
    sessionId: session.sessionId,
    command: line,
    execTimeout: flags.timeout ?? NO_TIMEOUT_MS,
  });
  stop.done();
  await context.terminal.print(JSON.stringify(answer));
  if (stop.why === 'interrupted') return EXIT.interrupted;
  if (answer.body?.timeExpired) return EXIT.timedOut;
  if (answer.state !== 'SUCCEEDED') return EXIT.usage;
  const status = answer.body?.results?.findLast((result) => result.type === 'status');
  return status?.statusCode === 0 ? EXIT.ok : EXIT.failed;
}

/** Text or `--ndjson`: each result when it comes. */
async function printResults(
  context: CliContext,
  session: ClientSession,
  line: string,
  flags: ExecFlags & { readonly leaves: boolean },
): Promise<number> {
  const { terminal } = context;
  const { ResultPrinter } = await import('./showResults.js');
  const text = new ResultPrinter(context);
  const stop = stopper(context, session, flags.timeout);
  const forget = stopWithUs(session, () => {
    if (flags.leaves) terminal.note(terminal.noteStyle.dim(OURSELVES));
  });
  let code: number = EXIT.failed;
  try {
    for await (const result of session.run(line)) {
      const isStatus = result.type === 'status';
      if (isStatus) code = result.statusCode === 0 ? EXIT.ok : EXIT.failed;
      if (flags.ndjson) await terminal.print(JSON.stringify(result));
      else if (isStatus && code !== EXIT.ok) text.fail(result);
      else await text.show(result);
    }
  } finally {
    stop.done();
    forget();
  }
  if (stop.why === 'interrupted') return EXIT.interrupted;
  if (stop.why === 'timed-out') {
    if (!flags.quiet) terminal.note(`Interrupted after ${flags.timeout} ms.`);
    return EXIT.timedOut;
  }
  return code;
}

interface Stopper {
  readonly why: 'interrupted' | 'timed-out' | undefined;
  done(): void;
}

/** Ends the job on Ctrl-C or when the time is over, and leaves without its last words when it does not end. */
function stopper(context: CliContext, session: ClientSession, timeoutMs: number | undefined): Stopper {
  const { life } = context;
  let why: Stopper['why'];
  let done = false;
  let giveUp: NodeJS.Timeout | undefined;
  const stop = (reason: 'interrupted' | 'timed-out') => {
    if (why !== undefined) return;
    why = reason;
    void interruptJob(session, () => done);
    giveUp = setTimeout(
      () => void life.leave(reason === 'interrupted' ? EXIT.interrupted : EXIT.timedOut),
      LAST_WORDS_MS,
    );
  };
  const timer = timeoutMs === undefined ? undefined : setTimeout(() => stop('timed-out'), timeoutMs);
  life.onInterrupt = () => {
    stop('interrupted');
    return true;
  };
  return {
    get why() {
      return why;
    },
    done() {
      done = true;
      clearTimeout(timer);
      clearTimeout(giveUp);
      life.onInterrupt = undefined;
    },
  };
}

function sayNotices({ terminal }: CliContext, { notices, alreadyAttached }: AttachAnswer): void {
  if (alreadyAttached) return;
  for (const notice of notices) terminal.note(terminal.noteStyle.dim(notice));
}

function parseTimeout(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 2 ** 31 - 1) {
    throw new InvalidArgumentError('Give milliseconds, 1 to 2147483647.');
  }
  return value;
}
