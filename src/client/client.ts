import { RemoraError } from '../base/index.js';
import type { ClientAddress } from './endpoint.js';
import { answerError, isRecord, placeName } from './errors.js';
import { followResults, type ReaderIds } from './followResults.js';
import { ClientSession } from './session.js';
import { type CallOptions, Transport } from './transport.js';
import type {
  AgentInfo,
  ApiAnswer,
  ApiRequest,
  AttachAnswer,
  AttachRequest,
  Completion,
  ProcessInfo,
  ProfileRequest,
  Result,
} from './types.js';

export interface ExecOptions {
  /** Container id, pid, name or `name#2`. Without it the agent's rule applies: its only target, or your only process. */
  readonly process?: string;
  /** Run in this session instead of one of its own. */
  readonly sessionId?: string;
  /** Milliseconds after which the agent interrupts the command; default 30000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** What a command gave. */
export interface ExecOutcome {
  readonly results: readonly Result[];
  /** Of the command's `status` result: 0 = success. Undefined when it has not ended. */
  readonly statusCode: number | undefined;
  readonly message?: string;
  /** The command was interrupted by the time-out; `results` holds what came before. */
  readonly timedOut: boolean;
  /** The whole answer, as the protocol has it. */
  readonly answer: ApiAnswer;
}

/** Actions that change nothing when sent twice. */
const REPEATABLE = new Set<ApiRequest['action']>(['pull_results', 'session_info', 'join_session']);

/**
 * A connection to one Remora agent. All methods reject with RemoraError; its `code` is stable, its `hint` says what to
 * do next. Connections are kept alive: call `close()` at the end.
 */
export class RemoraClient {
  readonly #transport: Transport;

  constructor(address: ClientAddress) {
    this.#transport = new Transport(address);
  }

  /** Socket path or address of the agent. */
  get place(): string {
    return placeName(this.#transport.place);
  }

  /** One request of the Arthas protocol, answered as it is: a FAILED answer is returned, not thrown. */
  async api(request: ApiRequest, options: CallOptions = {}): Promise<ApiAnswer> {
    const answer = await this.#transport.post('/api', request, REPEATABLE.has(request.action), options);
    if (!isRecord(answer) || typeof answer.state !== 'string') throw this.#notRemora('/api');
    return answer as unknown as ApiAnswer;
  }

  /**
   * Runs one command to its end.
   *
   * @throws RemoraError `command-failed`: unknown command, no such process, not allowed. A command that ran and failed
   * is an outcome with a `statusCode` other than 0, no error.
   */
  async exec(command: string, options: ExecOptions = {}): Promise<ExecOutcome> {
    const answer = await this.api(
      {
        action: 'exec',
        command,
        process: options.process,
        sessionId: options.sessionId,
        execTimeout: options.timeoutMs,
      },
      { signal: options.signal },
    );
    if (answer.state !== 'SUCCEEDED' && answer.state !== 'INTERRUPTED') {
      throw answerError(answer.state, answer.message);
    }
    const results = answer.body?.results ?? [];
    const status = results.findLast((result) => result.type === 'status');
    return {
      results,
      statusCode: typeof status?.statusCode === 'number' ? status.statusCode : undefined,
      ...(typeof status?.message === 'string' ? { message: status.message } : {}),
      timedOut: answer.body?.timeExpired === true,
      answer,
    };
  }

  /** Opens a session: commands one after another on one process, results as they come. */
  async openSession(options: { process?: string; userId?: string } = {}): Promise<ClientSession> {
    const answer = await this.api({
      action: 'init_session',
      process: options.process,
      userId: options.userId,
    });
    if (answer.state !== 'SUCCEEDED' || !answer.sessionId || !answer.consumerId) {
      throw answerError(answer.state, answer.message);
    }
    return new ClientSession(this, answer.sessionId, answer.consumerId);
  }

  /** The results of a session as they come; see `ClientSession.stream`. */
  follow(ids: ReaderIds, signal: AbortSignal): AsyncGenerator<Result, void, void> {
    return followResults((path, options) => this.#transport.events(path, options), ids, signal);
  }

  /** Every Node.js process that the agent finds. */
  async processes(options: CallOptions = {}): Promise<readonly ProcessInfo[]> {
    const answer = await this.#transport.get('/remora/processes', options);
    if (!isRecord(answer) || !Array.isArray(answer.processes)) throw this.#notRemora('/remora/processes');
    return answer.processes as ProcessInfo[];
  }

  /** Attaches, or returns the attach that is there already. */
  async attach(request: AttachRequest, options: CallOptions = {}): Promise<AttachAnswer> {
    const answer = await this.#transport.post('/remora/attach', request, true, options);
    if (!isRecord(answer) || !isRecord(answer.process)) throw this.#notRemora('/remora/attach');
    return answer as unknown as AttachAnswer;
  }

  /** Lets go now, whoever uses the target. */
  async detach(process: string, options: CallOptions = {}): Promise<void> {
    await this.#transport.post('/remora/detach', { process }, true, options);
  }

  /**
   * A profile in the format of pprof, gzipped: where the CPU time goes (`profile`), what holds memory (`heap`), what
   * allocates it (`growth`). It takes as long as it was asked for; giving the call up stops it.
   */
  async profile(request: ProfileRequest, options: CallOptions = {}): Promise<Buffer> {
    const { kind = 'profile', process, seconds } = request;
    const query = new URLSearchParams();
    if (seconds !== undefined) query.set('seconds', String(seconds));
    // A blank as %20: the endpoint takes a plus for what it is.
    const selector = process === undefined ? '' : `&process=${encodeURIComponent(process)}`;
    const body = await this.#transport.bytes(`/pprof/${kind}?${query}${selector}`, options);
    if (body[0] !== 0x1f || body[1] !== 0x8b) throw this.#notRemora(`/pprof/${kind}`);
    return body;
  }

  /** What could stand at the cursor of a command line. */
  async complete(
    request: { line: string; cursor: number; sessionId?: string; process?: string },
    options: CallOptions = {},
  ): Promise<Completion> {
    const answer = await this.#transport.post('/remora/complete', request, true, options);
    if (!isRecord(answer) || typeof answer.from !== 'number' || !Array.isArray(answer.candidates)) {
      throw this.#notRemora('/remora/complete');
    }
    return answer as unknown as Completion;
  }

  async info(options: CallOptions = {}): Promise<AgentInfo> {
    const answer = await this.#transport.get('/remora/info', options);
    if (!isRecord(answer) || typeof answer.version !== 'string') throw this.#notRemora('/remora/info');
    return answer as unknown as AgentInfo;
  }

  /** Closes the connections; calls under way reject. */
  close(): void {
    this.#transport.close();
  }

  #notRemora(path: string): RemoraError {
    return new RemoraError('bad-answer', `${this.place} gave an answer to ${path} that no agent gives`, {
      hint: 'Check that a Remora agent of the same version listens there',
    });
  }
}
