import { type Caller, errorText, RemoraError, type Risk } from '../base/index.js';
import { checkAccess, riskOfLine } from './access.js';
import { type Command, type CommandArguments, CommandFailure } from './command.js';
import { parseArguments } from './commandLine/parseArguments.js';
import { type ParsedLine, parseLine } from './commandLine/parseLine.js';
import {
  commandEmpty,
  commandMissing,
  commandNotFound,
  lineTooLong,
  NOTHING_TO_SUSPEND,
  sessionClosed,
  suspendedText,
  suspensionRefused,
  tooManyFiles,
  tooManyJobs,
} from './errors.js';
import { Job } from './job.js';
import type { JobParts } from './jobParts.js';
import { jobFiles, jobLimit, lineLength, sessionJobLimit, suspendedJob } from './limits.js';
import { outputOf } from './output/index.js';
import { buildPipeline, LineFile, type Pipeline } from './pipes/index.js';
import { PIPE_WIDTH } from './pipes/lineOfPipes.js';
import { type Published, publish } from './published.js';
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

/**
 * Makes a job of a command line and puts it into the session's foreground; it does not run yet. A number is used up
 * also when this fails, as in the reference (wire/arthas.md 2.8).
 *
 * @throws RemoraError when there is no such command, it may not be run, or its process is not found.
 */
export async function prepareJob(store: SessionStore, session: Session, wish: LaunchWish): Promise<Job> {
  const jobId = store.nextJobId();
  const text = wish.line ?? '';
  const { command, background, rest } = wish.typed
    ? typedCommand(wish.typed)
    : readLine(store, session, wish.line, jobId);
  const caller = session.callerOf(wish.caller);
  // The arguments of some commands are nobody else's business.
  const line = command.isSecret ? hidden(command) : text;
  const { risk } = rest;
  const report = (outcome: CommandEvent['outcome'], more: CommandMore = NOTHING_MORE): void => {
    // Written out member by member: spreading objects here took a tenth of the time of a short command.
    store.settings.onCommand?.({
      caller,
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
    checkAccess(command, risk, caller, store.allow);
    if (wish.process !== undefined) await session.target.name(wish.process);
    if (store.session(session.sessionId) !== session) throw sessionClosed(session.sessionId);
    checkRoom(store, session, rest.pipeline);
  } catch (error) {
    report('refused', { reason: errorText(error) });
    throw error;
  }
  store.history.add(caller.user, line);
  const startTime = store.clock.now();
  const parts: JobParts = {
    caller,
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

/** What others may see of a line: the arguments of some commands are secrets. */
export function shownLine(store: SessionStore, line: string): string {
  // Nearly no line is of such a command: that is seen without taking it apart.
  const bare = line.replace(/["'\\\s]/g, '');
  if (!store.registry.secret.some(({ name }) => bare.startsWith(name))) return line;
  const { name = '' } = parseLine(line);
  const command = store.registry.find(name);
  return command?.isSecret ? hidden(command) : line;
}

function hidden(command: Command): string {
  return `${command.name} ***`;
}

/** Ctrl-Z: the foreground job stops, and input is allowed again; or why not. */
export function suspendForeground(session: Session): Job | { readonly why: string } {
  const job = session.foreground;
  const tell = (message: string) => {
    if (job) session.publish(publish(job.jobId, { type: 'message', message }));
    return message;
  };
  if (job?.refusesSuspension) {
    return { why: tell(suspensionRefused(job.jobId, job.parts.line, job.refusesSuspension)) };
  }
  if (!job?.suspend()) return { why: NOTHING_TO_SUSPEND };
  tell(suspendedText(job.jobId, job.parts.line, suspendedJob.value));
  leaveForeground(session, job);
  return job;
}

/** `fg`: what comes of the job is again what the session waits for. */
export function toForeground(session: Session, job: Job): void {
  job.background = false;
  session.foreground = job;
  session.setInput('ALLOW_INTERRUPT');
  job.resume();
}

/** `bg`. */
export function toBackground(session: Session, job: Job): void {
  job.background = true;
  job.resume();
  leaveForeground(session, job);
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

interface Told {
  readonly command: Command;
  readonly background: boolean;
  readonly rest: Rest;
}

function typedCommand({ command, args }: NonNullable<LaunchWish['typed']>): Told {
  return { command, background: false, rest: { args, pipeline: undefined, risk: riskOfLine(command, args) } };
}

/** A command, its arguments and pipes from a line. */
function readLine(store: SessionStore, session: Session, text: string | undefined, jobId: number): Told {
  const parsed = parseCommand(text);
  const command = store.registry.find(parsed.name);
  if (!command) throw commandNotFound(parsed.name, store.registry.names);
  const rest = readRest(store, session, command, parsed, { line: text ?? '', jobId });
  return { command, background: parsed.background, rest };
}

interface Rest {
  readonly args: CommandArguments | 'help' | CommandFailure;
  readonly pipeline: Pipeline | undefined;
  readonly risk: Risk;
}

/** Arguments and pipes. A wrong argument is the job's end (status -10), not a failure to make it. */
function readRest(
  store: SessionStore,
  session: Session,
  command: Command,
  parsed: ParsedLine,
  { line, jobId }: { readonly line: string; readonly jobId: number },
): Rest {
  try {
    const args = parseArguments(command, parsed.words, line);
    const own = riskOfLine(command, args);
    // A file is somebody's to read and takes room: not for those who may only look.
    const fileRisk = own === 'read' ? 'observe' : own;
    // The reference parses a pipe and then does nothing with it (2.17).
    const pipeline = session.likeReference
      ? undefined
      : buildPipeline(
          parsed,
          (result) => store.render(result, PLAIN_STYLE, PIPE_WIDTH),
          ({ name, append, anyName }) =>
            new LineFile(() => outputOf(store.services), {
              name: anyName ? `job-${jobId}.txt` : name,
              append,
              risk: fileRisk,
            }),
        );
    return { args, pipeline, risk: pipeline?.writes ? fileRisk : own };
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    return { args: error, pipeline: undefined, risk: riskOfLine(command, error) };
  }
}

function checkRoom(store: SessionStore, session: Session, pipeline: Pipeline | undefined): void {
  if (pipeline?.writes && store.writingJobs() >= jobFiles.value) throw tooManyFiles(jobFiles.value);
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
