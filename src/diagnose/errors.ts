import { RemoraError, type Risk, type Role, roleForRisk } from '../base/index.js';
import { didYouMean } from '../target/index.js';
import { CommandFailure } from './command.js';
import { NOT_APPLICABLE } from './notApplicable.js';

/** All texts of the diagnose room that say no. Texts of wire/arthas.md 2.15 and 2.16 are kept word for word. */

const LINE_ERROR = -10;

// ---- the command line: `status` -10 ----

export function argumentRequired(name: string): CommandFailure {
  return new CommandFailure(`The argument '${name}' is required`, LINE_ERROR);
}

export function optionNeedsValue(long: string): CommandFailure {
  return new CommandFailure(`The option '${long}' requires a value`, LINE_ERROR);
}

export function optionsRequired(names: readonly string[]): CommandFailure {
  const text =
    names.length === 1
      ? `The option [${names[0]}] is required`
      : `The options [${names.join(', ')}] are required`;
  return new CommandFailure(text, LINE_ERROR);
}

export function ambiguousOption(word: string, candidates: readonly string[]): CommandFailure {
  return new CommandFailure(
    `Ambiguous argument in command line: '${word}' matches [${candidates.join(', ')}]`,
    LINE_ERROR,
  );
}

/** How many of them are named. */
const MOST_STRAYS = 3;

/** A `message`, no failure: the protocol takes what it does not know for an argument. */
export function strayOptions(command: string, words: readonly string[], longs: readonly string[]): string {
  const named = words.slice(0, MOST_STRAYS).map((word) => {
    const near = didYouMean(
      word.replace(/=.*/s, ''),
      longs.map((long) => `--${long}`),
    );
    return `'${word.slice(0, 60)}' is no option of ${command} and was taken for an argument${near}`;
  });
  return `${named.join('. ')}${named.at(-1)?.endsWith('?') ? '' : '.'} 'help ${command}' lists the options`;
}

export function badOptionValue(long: string, value: string, expected: string): CommandFailure {
  return new CommandFailure(
    `Error during processing the command: bad-option-value, message:Cannot inject value for option '${long}': '${value}' is not ${expected}`,
    1,
  );
}

export function optionOutOfRange(
  long: string,
  value: string,
  min: number | undefined,
  max: number | undefined,
): CommandFailure {
  const bounds = [
    min === undefined ? undefined : `at least ${min}`,
    max === undefined ? undefined : `at most ${max}`,
  ];
  const text = bounds.filter((bound) => bound !== undefined).join(' and ');
  return new CommandFailure(`The option '${long}' must be ${text}, not ${value}`, LINE_ERROR);
}

export function badChoice(long: string, value: string, choices: readonly string[]): CommandFailure {
  return new CommandFailure(
    `The option '${long}' must be one of [${choices.join(', ')}], not '${value}'`,
    LINE_ERROR,
  );
}

// ---- a job that cannot be made: FAILED `Exec command failed:TEXT` ----

export function commandMissing(): RemoraError {
  return new RemoraError('no-command', "'command' is required");
}

export function commandEmpty(): RemoraError {
  return new RemoraError('no-command', 'the command line is empty', { hint: "'help' lists the commands" });
}

/** `known`: the names that there are, of which the nearest are told. */
export function commandNotFound(name: string, known: Iterable<string>): RemoraError {
  const why = Object.hasOwn(NOT_APPLICABLE, name) ? NOT_APPLICABLE[name] : undefined;
  const near = why ? '' : didYouMean(name, known);
  return new RemoraError('command-not-found', `${name}: command not found${near}`, { hint: why });
}

export function lineTooLong(length: number, limit: number): RemoraError {
  return new RemoraError(
    'line-too-long',
    `the command line has ${length} characters, the limit is ${limit}`,
    {
      hint: 'The limit is named command-line-length',
    },
  );
}

export function noFileAfterRedirect(): RemoraError {
  return new RemoraError('no-redirect', "nothing follows the '>'", {
    hint: 'Give a plain name; the file comes into the output folder of the agent',
  });
}

export function tooManyFiles(limit: number): RemoraError {
  return new RemoraError(
    'too-many-files',
    `The amount of async command that saving result to file can't > ${limit}`,
    { hint: "'jobs' lists them and 'kill ID' ends one; the limit is named job-files" },
  );
}

export function pipeUnknown(name: string | undefined): RemoraError {
  return new RemoraError('no-pipe', name ? `there is no pipe command '${name}'` : "nothing follows a '|'", {
    hint: 'grep, tee, wc -l and plaintext can stand after a pipe',
  });
}

export function roleTooLow(command: string, risk: Risk, role: Role): RemoraError {
  return new RemoraError(
    'role-too-low',
    `command not permitted: '${command}' needs the role ${roleForRisk(risk)}, and this caller has ${role}`,
    { hint: 'Call with credentials of that role' },
  );
}

export function aboveCeiling(command: string, risk: Risk): RemoraError {
  return new RemoraError(
    'above-ceiling',
    `command not permitted: '${command}' is of risk '${risk}', which this agent does not allow`,
    {
      hint: `Start the agent with --allow ${risk}`,
    },
  );
}

export function tooManyJobs(where: string, limit: number, limitName: string): RemoraError {
  return new RemoraError('too-many-jobs', `${where} has ${limit} running jobs, which is the limit`, {
    hint: `'jobs' lists them and 'kill ID' ends one; the limit is named ${limitName}`,
  });
}

// ---- sessions and consumers ----

export function tooManySessions(limit: number): RemoraError {
  return new RemoraError('too-many-sessions', `there are ${limit} sessions, which is the limit`, {
    hint: 'Close one with close_session, or start the agent with a higher --limit diagnose-sessions=N',
  });
}

export function agentClosing(): RemoraError {
  return new RemoraError('agent-closing', 'this agent is closing', {
    hint: 'Try again when it has started anew',
  });
}

export function tooManyConsumers(limit: number): RemoraError {
  return new RemoraError('too-many-consumers', `the session has ${limit} consumers, which is the limit`, {
    hint: 'One that does not pull for 5 minutes is dropped',
  });
}

export function unknownCompat(compat: string): RemoraError {
  return new RemoraError('unknown-compat', `unknown compat: ${compat}`, { hint: "Only 'arthas-4' is known" });
}

export const REQUIRED = {
  action: "'action' is required",
  sessionId: "'sessionId' is required",
  consumerId: "'consumerId' is required",
} as const;

export function unknownAction(action: string): string {
  return `unknown action: ${action}`;
}

/** What an answer says of a command that could not be started, without what the protocol puts before it. */
export function launchFailureText(message: string): string {
  return message.replace(/^Async exec command failed:/, '');
}

export function sessionNotFound(sessionId: string): string {
  return `session not found: ${sessionId}`;
}

/** It was closed while a command was on its way into it. */
export function sessionClosed(sessionId: string): RemoraError {
  return new RemoraError('session-not-found', sessionNotFound(sessionId));
}

export function consumerNotFound(consumerId: string): string {
  return `consumer not found: ${consumerId}`;
}

export function noConsumer(consumerId: string): RemoraError {
  return new RemoraError('consumer-not-found', consumerNotFound(consumerId), {
    hint: 'Leave consumerId out: the stream then begins with what the session remembers',
  });
}

export function noSession(sessionId: string): RemoraError {
  return new RemoraError('session-not-found', sessionNotFound(sessionId), {
    hint: 'init_session opens one',
  });
}

export function streamNeedsSession(): RemoraError {
  return new RemoraError('no-session-id', 'a stream needs the query parameter sessionId', {
    hint: 'GET /api/stream?sessionId=ID; init_session gives one',
  });
}

export function notEventStream(): RemoraError {
  return new RemoraError('not-acceptable', 'a stream of results is text/event-stream, or a WebSocket', {
    hint: "Send 'Accept: text/event-stream', or 'Upgrade: websocket'",
  });
}

export function tooManyStreams(limit: number): RemoraError {
  return new RemoraError('too-many-streams', `this agent has ${limit} open streams, which is the limit`, {
    hint: 'pull_results works without one; the limit is named diagnose-streams',
  });
}

export function tooManyTerminals(limit: number): RemoraError {
  return new RemoraError('too-many-terminals', `this agent has ${limit} open terminals, which is the limit`, {
    hint: "Leave one by 'quit'; the limit is named terminals",
  });
}

export function terminalNeedsUpgrade(): RemoraError {
  return new RemoraError('upgrade-required', '/ws is a WebSocket: the terminal of a browser', {
    hint: 'Connect with a WebSocket client; POST /api is for programs',
  });
}

export const ANOTHER_STARTING = 'Another command is executing.';
export const ANOTHER_RUNNING = 'Another job is running.';
export const NOTHING_RUNNING = 'no foreground job is running';
export const TIME_EXPIRED = 'The job is exceeded time limit, force interrupt';
export const ALL_UNHEALTHY = 'all consumers are unhealthy, current job was interrupted.';

// ---- how a job ends ----

const INTERRUPTED = 'job-interrupted';

/** The reason of a job's signal. */
export function jobStopped(kind: 'interrupt' | 'kill' | 'shutdown' | 'timeout' | 'target'): RemoraError {
  const code = kind === 'interrupt' ? INTERRUPTED : 'job-stopped';
  return new RemoraError(code, `the job was stopped (${kind})`);
}

/** Who asked for it is still there, and wants what there is (Ctrl-C); not where it was killed or ran out of time. */
export function isInterrupted({ reason }: AbortSignal): boolean {
  return reason instanceof RemoraError && reason.code === INTERRUPTED;
}

export function jobTimedOut(text: string): string {
  return `the job ran for ${text}, the limit that 'options job-timeout' sets`;
}

export function suspendedTooLong(seconds: number): string {
  return `the job was suspended for ${seconds} s and nobody continued it: the limit job-suspended`;
}

export function suspendedText(jobId: number, line: string, seconds: number): string {
  return `[${jobId}] stopped: ${line}\n'fg ${jobId}' or 'bg ${jobId}' continues it, 'kill ${jobId}' ends it; it ends by itself in ${seconds} s`;
}

export function suspensionRefused(jobId: number, line: string, why: string): string {
  return `[${jobId}] goes on, it cannot be stopped: ${line}\n${why}; Ctrl-C ends it`;
}

export function cannotRest(why: string): string {
  return `what it has in the process could not be put to rest, or woken, so the job was ended: ${why}`;
}

export const NOTHING_TO_SUSPEND = 'no foreground job is running that can be suspended';

export function targetGone(process: string, reason: string): string {
  return `${process} was let go while the command ran: ${reason}`;
}

export function notStopped(command: string, graceMs: number): string {
  return `'${command}' did not stop within ${graceMs} ms; what it began may go on for a while`;
}

export function commandFault(name: string, text: string): string {
  return `Error during processing the command: ${name}, message:${text}`;
}

// ---- single commands ----

export function noSuchJob(id: string): CommandFailure {
  return new CommandFailure(`${id} : no such job`);
}

export function jobOfOther(id: number): CommandFailure {
  return new CommandFailure(`job ${id} doesn't belong to this session; the role operator may kill it`);
}

/** Texts of wire/arthas.md 3.10. */
export function notYours(id: number, word: string): CommandFailure {
  return new CommandFailure(`job ${id} doesn't belong to this session, so can not ${word} it`);
}

export function alreadyRunning(id: number): CommandFailure {
  return new CommandFailure(`job ${id} is already running`);
}

export function noCurrentJob(word: string): CommandFailure {
  return new CommandFailure(`${word}: there is no job of this session to continue; 'jobs' lists them`);
}

export function terminalOnly(command: string): CommandFailure {
  return new CommandFailure(`Command '${command}' is only support tty session.`);
}

export const KILL_USAGE = 'kill: usage: kill job_id';

export function optionNotFound(name: string): RemoraError {
  return new RemoraError('option-not-found', `options[${name}] not found.`);
}

export function badGlobalOption(value: string, type: string, name: string, why: string): RemoraError {
  return new RemoraError('bad-option-value', `Cannot cast option value[${value}] to type[${type}].`, {
    hint: `${name} takes ${why}`,
  });
}

export function pipeHelp(name: string): CommandFailure {
  return new CommandFailure(`help for a pipe stands alone: type 'help ${name}'`, LINE_ERROR);
}

/** The texts of the sheet; that of grep with its newline. */
export const GREP_ALONE = "The grep command only for pipes. See 'grep --help'\n";

export function pipeAlone(name: string): CommandFailure {
  return new CommandFailure(`The ${name} command only for pipes. See '${name} --help'`);
}
