import { RemoraError } from '../base/index.js';
import { JsonNumber, type LenientValue, lenientText, parseLenientJson } from './lenientJson.js';

/** One request body of POST /api (wire/arthas.md 1.2), with Remora's additions `process`, `compat`. */
export interface ArthasRequest {
  /** As it was sent; compare by `normalAction`. */
  readonly action?: string;
  /** Echoed as it is, also when empty. */
  readonly requestId?: string;
  /** Blank counts as absent: the reference's web page sends `""` for every unused id. */
  readonly sessionId?: string;
  readonly consumerId?: string;
  readonly command?: string;
  /** Milliseconds, 1 to 2^31-1. */
  readonly execTimeout: number;
  readonly userId?: string;
  /** Remora: container id, pid, name or `name#2` of the process that the command is for. */
  readonly process?: string;
  /** Remora: `arthas-4` brings the reference's losses back, for tests of compatibility. */
  readonly compat?: string;
}

export const DEFAULT_EXEC_TIMEOUT_MS = 30_000;
const UTF8 = new TextDecoder();
const MAX_INT32 = 2 ** 31 - 1;
const NUMERIC = /^[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?$/;
/** Far beyond what any field needs, far below what a recursive parser's stack can bear. */
const MAX_DEPTH = 64;

/**
 * Reads a request body by the rules of wire/arthas.md 2.2.
 *
 * @throws RemoraError `bad-request`: its message is the failure text of the wire.
 */
export function parseArthasRequest(body: Uint8Array): ArthasRequest {
  const text = UTF8.decode(body);
  if (text.trim() === '') throw failure('parse request failed: request body is empty');
  const fields = parseObject(text);
  const string = (name: string): string | undefined => asString(fields.get(name));
  const id = (name: string): string | undefined => {
    const value = string(name);
    return value?.trim() ? value : undefined;
  };
  return {
    action: string('action'),
    requestId: string('requestId'),
    sessionId: id('sessionId'),
    consumerId: id('consumerId'),
    command: string('command'),
    execTimeout: timeoutOf(fields.get('execTimeout')),
    userId: id('userId'),
    process: id('process'),
    compat: id('compat'),
  };
}

/** `" Exec "` → `EXEC`; undefined when missing or blank. */
export function normalAction(action: string | undefined): string | undefined {
  return action?.trim().toUpperCase() || undefined;
}

function parseObject(text: string): Map<string, LenientValue> {
  let value: LenientValue;
  try {
    value = parseLenientJson(text, MAX_DEPTH);
  } catch (error) {
    if (error instanceof RemoraError) throw failure(`parse request failed: ${error.message}`);
    throw error;
  }
  if (value === null) throw failure('the request body is null');
  if (!(value instanceof Map)) throw failure('parse request failed: the request must be a JSON object');
  return value;
}

function asString(value: LenientValue | undefined): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  return lenientText(value);
}

function timeoutOf(value: LenientValue | undefined): number {
  if (value === undefined || value === null) return DEFAULT_EXEC_TIMEOUT_MS;
  const text =
    value instanceof JsonNumber ? value.text : typeof value === 'string' ? value.trim() : undefined;
  if (text === '') return DEFAULT_EXEC_TIMEOUT_MS;
  const number = Math.trunc(Number(text));
  if (text === undefined || !NUMERIC.test(text) || !(Math.abs(number) <= MAX_INT32)) {
    throw failure(
      `parse request failed: execTimeout must be a number of milliseconds up to ${MAX_INT32}, not ${lenientText(value).slice(0, 60)}`,
    );
  }
  return number <= 0 ? DEFAULT_EXEC_TIMEOUT_MS : number;
}

function failure(text: string): RemoraError {
  return new RemoraError('bad-request', `Process request error: ${text}`);
}
