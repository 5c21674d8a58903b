import { type Caller, errorText, RemoraError } from '../base/index.js';
import { checkAccess, riskOfLine } from './access.js';
import { type Command, type CommandArguments, CommandFailure } from './command.js';
import { parseArguments } from './commandLine/parseArguments.js';
import { type ParsedLine, parseLine } from './commandLine/parseLine.js';
import {
  commandEmpty,
  commandMissing,
  commandNotFound,
  lineTooLong,
  redirectRefused,
  sessionClosed,
  tooManyJobs,
} from './errors.js';
import { Job, type JobParts } from './job.js';
import { jobLimit, lineLength, sessionJobLimit } from './limits.js';
import { buildPipeline, type Pipeline } from './pipes/index.js';
import { PIPE_WIDTH } from './pipes/lineOfPipes.js';
import type { Published } from './published.js';
import { PLAIN_STYLE } from './render/index.js';
import type { Session } from './session.js';
import type { CommandEvent, SessionStore } from './sessionStore.js';

type CommandMore = Pick<CommandEvent, 'reason' | 'statusCode' | 'process' | 'durationMs'>;

const NOTHING_MORE: CommandMore = {};

export interface LaunchWish {
  /** The command line as it was sent; undefined when the request had none. */
  readonly line: string | undefined;
  readonly caller: Caller;
  /** Its command and arguments, where the caller named each; `line` then only says how they read. */
  readonly typed?: { readonly command: Command; readonly args: CommandArguments };
  /** By which interface, where that is not the line's own. */
  readonly via?: CommandEvent['via'];
  /** Names the process for this and the session's later commands. */
  readonly process?: string;
  emit(result: Published): void;
}

/** How wide the text behind a pipe is laid out. */

/**
 * Makes a job of a command line and puts it into the session's foreground; it does not run yet. A number is used up
 * also when this fails, as in the reference (wire/arthas.md 2.8).
 *
 * @throws RemoraError when there is no such command, it may not be run, or its process is not found.
 */
export async function prepareJob(store: SessionStore, session: Session, wish: LaunchWish): Promise<Job> {
  const jobId = store.nextJobId();
  const line = wish.line ?? '';
  const { command, background, rest } = wish.typed
    ? { command: wish.typed.command, background: false, rest: { args: wish.typed.args, pipeline: undefined } }
    : readLine(store, session, wish.line);
  const risk = riskOfLine(command, rest.args);
  const report = (outcome: CommandEvent['outcome'], more: CommandMore = NOTHING_MORE): void => {
    // Written out member by member: spreading objects here took a tenth of the time of a short command.
    store.settings.onCommand?.({
      caller: wish.caller,
      line,
      command: command.name,
      via: wish.via,
      risk,
      sessionId: session.sessionId,
      jobId,
      outcome,
      reason: more.reason,
      statusCode: more.statusCode,
      process: more.process,
      durationMs: more.durationMs,
    });
  };
  try {
    checkAccess(command, risk, wish.caller, store.allow);
    if (wish.process !== undefined) await session.target.name(wish.process);
    if (store.session(session.sessionId) !== session) throw sessionClosed(session.sessionId);
    checkRoom(store, session);
  } catch (error) {
    report('refused', { reason: errorText(error) });
    throw error;
  }
  store.history.add(wish.caller.user, line);
  const startTime = store.clock.now();
  const parts: JobParts = {
    caller: wish.caller,
    line,
    risk,
    sessionId: session.sessionId,
    jobId,
    command,
    args: rest.args,
    pipeline: rest.pipeline,
    background,
    target: session.target,
    selector: session.target.selector,
    services: store.services,
    timeout: { ms: store.options.jobTimeoutMs, text: store.options.get('job-timeout')?.value ?? '' },
    startTime,
    emit: wish.emit,
    onEnd: (job) => {
      store.jobEnded(job);
      leaveForeground(session, job);
      report(job.outcome ?? 'failed', {
        statusCode: job.statusCode,
        process: job.process,
        durationMs: store.clock.now() - startTime,
      });
    },
    onFault: (error) => store.fault(error, `command ${command.name}`),
  };
  const job = new Job(parts);
  store.jobStarted(job);
  report('started');
  return job;
}

/** Runs it: the readers learn that only an interrupt makes sense now, and for a background job that it is over. */
export function startJob(session: Session, job: Job): void {
  session.foreground = job;
  session.setInput('ALLOW_INTERRUPT');
  job.start();
  if (job.parts.background) leaveForeground(session, job);
}

function leaveForeground(session: Session, job: Job): void {
  if (session.foreground !== job) return;
  session.foreground = undefined;
  session.setInput('ALLOW_INPUT');
}

function parseCommand(line: string | undefined): ParsedLine & { readonly name: string } {
  if (line === undefined) throw commandMissing();
  if (line.length > lineLength.value) throw lineTooLong(line.length, lineLength.value);
  const parsed = parseLine(line);
  if (parsed.name === undefined) throw commandEmpty();
  return { ...parsed, name: parsed.name };
}

/** A command, its arguments and pipes from a line. */
function readLine(
  store: SessionStore,
  session: Session,
  line: string | undefined,
): { command: Command; background: boolean; rest: ReturnType<typeof readRest> } {
  const parsed = parseCommand(line);
  const command = store.registry.find(parsed.name);
  if (!command) throw commandNotFound(parsed.name);
  return {
    command,
    background: parsed.background,
    rest: readRest(store, session, command, parsed, line ?? ''),
  };
}

/** Arguments and pipes. A wrong argument is the job's end (status -10), not a failure to make it. */
function readRest(
  store: SessionStore,
  session: Session,
  command: Command,
  parsed: ParsedLine,
  line: string,
): { args: CommandArguments | 'help' | CommandFailure; pipeline: Pipeline | undefined } {
  if (parsed.redirect) throw redirectRefused();
  try {
    const args = parseArguments(command, parsed.words, line);
    // The reference parses a pipe and then does nothing with it (2.17).
    const pipeline = session.likeReference
      ? undefined
      : buildPipeline(parsed.pipes, (result) => store.render(result, PLAIN_STYLE, PIPE_WIDTH));
    return { args, pipeline };
  } catch (error) {
    if (error instanceof CommandFailure) return { args: error, pipeline: undefined };
    throw error;
  }
}

function checkRoom(store: SessionStore, session: Session): void {
  if (store.runningJobs() >= jobLimit.value) throw tooManyJobs('this agent', jobLimit.value, jobLimit.name);
  if (store.runningJobs(session.sessionId) >= sessionJobLimit.value) {
    throw tooManyJobs('this session', sessionJobLimit.value, sessionJobLimit.name);
  }
}

/** What a client reads when a job cannot be made. */
export function launchFailure(error: unknown): string {
  if (error instanceof RemoraError) return error.text;
  throw error;
}
