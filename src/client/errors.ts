import { RemoraError } from '../base/index.js';

/** Where an agent is, as a person would say it. */
export type Place = { readonly socketPath: string } | { readonly url: string };

export function placeName(place: Place): string {
  return 'url' in place ? place.url : place.socketPath;
}

/** Maps an error of the socket layer to one that says what to do. */
export function connectionError(error: NodeJS.ErrnoException, place: Place): RemoraError {
  const name = placeName(place);
  const options = (hint: string) => ({ hint, cause: error, details: { cause: error.code } });
  if ('socketPath' in place) {
    switch (error.code) {
      case 'ENOENT':
      case 'ECONNREFUSED':
        return new RemoraError(
          'no-agent',
          `no agent is running (nobody listens on ${name})`,
          options('Start one by `remora up` or `remora agent`'),
        );
      case 'EACCES':
      case 'EPERM':
        return new RemoraError(
          'not-allowed',
          `this user may not use the agent at ${name}`,
          options('Run as the user who started that agent, or start your own by `remora up`'),
        );
    }
  }
  switch (error.code) {
    case 'ECONNREFUSED':
      return new RemoraError(
        'connection-refused',
        `nothing listens at ${name}`,
        options('Check host and port; `remora agent --listen HOST:PORT` starts an agent there'),
      );
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new RemoraError(
        'host-not-found',
        `the host of ${name} has no address`,
        options('Check its name'),
      );
    case 'ECONNRESET':
    case 'EPIPE':
      return new RemoraError(
        'connection-lost',
        `the agent at ${name} closed the connection`,
        options('See whether it is still running, then try again'),
      );
    default:
      return new RemoraError(
        'connection-failed',
        `the agent at ${name} cannot be reached: ${error.message}`,
        options('Check that it runs and that this machine may reach it'),
      );
  }
}

/** An answer whose HTTP status is not 2xx. Takes code, message and hint from the agent where it gave them. */
export function statusError(status: number, text: string, place: Place): RemoraError {
  const given = givenError(text);
  const details = { status, ...(given?.requestId ? { requestId: given.requestId } : {}) };
  const make = (code: string, message: string, hint: string) =>
    new RemoraError(given?.code ?? code, given?.message ?? message, { hint: given?.hint ?? hint, details });
  const name = placeName(place);
  switch (status) {
    case 401:
      return make('not-signed-in', `the agent at ${name} wants credentials`, 'Give a token of that agent');
    case 403:
      return make(
        'forbidden',
        `the agent at ${name} does not allow this call`,
        'Use a token with a higher role, or start the agent with a wider --allow',
      );
    case 404:
      return make('not-found', `${name} has no such endpoint`, 'Check that a Remora agent listens there');
    case 413:
      return make('too-large', `the request is too large for the agent at ${name}`, 'Send less at once');
    case 429:
    case 503:
      return make('busy', `the agent at ${name} is busy`, 'Try again in a moment');
    default:
      return make(
        'bad-answer',
        `the agent at ${name} answered with HTTP status ${status}`,
        "See the agent's log for the cause",
      );
  }
}

interface GivenError {
  readonly code?: string;
  readonly message?: string;
  readonly hint?: string;
  readonly requestId?: string;
}

function givenError(text: string): GivenError | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return plainError(text);
  }
  if (!isRecord(value)) return undefined;
  const error = isRecord(value.error) ? value.error : value;
  if (typeof error.message !== 'string') return undefined;
  return {
    message: error.message,
    ...(typeof error.code === 'string' ? { code: error.code } : {}),
    ...(typeof error.hint === 'string' ? { hint: error.hint } : {}),
    ...(typeof value.requestId === 'string' ? { requestId: value.requestId } : {}),
  };
}

const LONGEST_PLAIN = 2000;

/** Some endpoints tell an error as one line of text. */
function plainError(text: string): GivenError | undefined {
  const line = text.trim();
  if (line === '' || line.length > LONGEST_PLAIN || /[\n<]/.test(line)) return undefined;
  return { message: line, hint: '' };
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Prefixes that the protocol puts before a failure's own text; they mean nothing to a person. */
const NOISE =
  /^(?:(?:Async exec|Exec) command failed:|process http api request failed: |Process request error: )/;

/** The agent answered, and could not do what was asked (`FAILED`, `REFUSED`). */
export function answerError(state: string, message: string | undefined): RemoraError {
  const text = (message ?? `the agent answered ${state}`).replace(NOISE, '').replace(/^java\.[\w.]+: ?/, '');
  if (/^session not found/.test(text)) {
    return new RemoraError('session-ended', 'the session has ended', { hint: 'Open a new one' });
  }
  if (/^consumer not found/.test(text)) return new RemoraError('consumer-expired', text);
  if (state === 'REFUSED') {
    return new RemoraError('busy', text, { hint: 'Interrupt the running job or wait for its end' });
  }
  return new RemoraError('command-failed', text);
}
