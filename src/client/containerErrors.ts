import type { IncomingMessage } from 'node:http';
import { RemoraError } from '../base/index.js';
import { connectionError, type Place, placeName, statusError } from './errors.js';

const VALIDATION = /^Failed to validate agent::Call: /;
/** How agents say that a container has no attachable streams, or has ended meanwhile. */
const NOT_ATTACHABLE = /^I\/O switchboard server was disabled/;
const ENDED = /^(?:Unknown container|Container not found|I\/O switchboard has shutdown)/;

/**
 * What an agent's refusal of a container call means. The protocol's answers are plain text; what comes from Remora's
 * listener itself is JSON and keeps its own code and hint.
 */
export function containerError(
  { statusCode: status = 0, headers }: IncomingMessage,
  text: string,
  place: Place,
): RemoraError {
  if (text.startsWith('{')) return jsonError(status, text, place);
  const told = headers['x-remora-hint'];
  const said = text.trim().replace(VALIDATION, '');
  const make = (code: string, message: string, hint: string) =>
    new RemoraError(code, message || `the agent answered with HTTP status ${status}`, {
      hint,
      details: { status, answer: said },
    });
  switch (status) {
    case 400:
      return make('bad-container', said, '');
    case 401:
      return make(
        'not-signed-in',
        `the agent at ${placeName(place)} wants credentials`,
        'Give a token of that agent',
      );
    case 403:
      return make('containers-not-allowed', notAllowed(told ? String(told) : said, place), ALLOW_HINT);
    case 404:
      return make('container-not-found', said, 'See `remora container ps -a` for those that there are');
    case 409:
      return make(
        'input-taken',
        'another client is writing to its input',
        'Attach to its output only by --no-stdin, or end the other client',
      );
    case 503:
      return make('busy', said, 'Try again in a moment');
    default:
      return internalError(said, make);
  }
}

/** An error of the socket layer. Where no agent runs, the one to start must be allowed to have containers. */
export function connectionFailed(error: unknown, place: Place): RemoraError {
  if (error instanceof RemoraError) return error;
  const found = connectionError(error as NodeJS.ErrnoException, place);
  if (found.code !== 'no-agent') return found;
  return new RemoraError(found.code, found.message, {
    hint: START_HINT,
    cause: error,
    details: found.details,
  });
}

const START_HINT =
  'Start one by `remora up`, or by `remora agent --allow read,observe,containers`; containers need one that stays';
const ALLOW_HINT =
  'Start it by `remora up`, or with --allow read,observe,containers; and call it as somebody who may';

function notAllowed(said: string, place: Place): string {
  const why = /^403 Forbidden\.?$/.test(said) ? '' : `: ${said}`;
  return `the agent at ${placeName(place)} does not let you use containers${why}`;
}

function internalError(
  said: string,
  make: (code: string, message: string, hint: string) => RemoraError,
): RemoraError {
  if (NOT_ATTACHABLE.test(said)) {
    return make('not-attachable', 'this container was started without streams to attach to', '');
  }
  if (ENDED.test(said)) return make('container-ended', 'the container has ended', '');
  if (/has not terminated yet$/.test(said)) {
    return make('container-running', 'the container is still running', 'Stop it first, or use rm -f');
  }
  return make('agent-failed', said, "See the agent's log for the cause");
}

/** Remora's own listener: no such path where the agent was told not to serve containers. */
function jsonError(status: number, text: string, place: Place): RemoraError {
  const error = statusError(status, text, place);
  if (status !== 404 && status !== 403) return error;
  return new RemoraError('containers-not-allowed', notAllowed(error.message, place), {
    hint: ALLOW_HINT,
    details: error.details,
    cause: error,
  });
}
