/** The Arthas HTTP API on the wire: requests, answers, times. Law: wire/arthas.md sections 1 and 2. */

import { arthasJson, type RawJson } from './arthasJson.js';

export { arthasJson, dataMap, RawJson } from './arthasJson.js';
export {
  type ArthasRequest,
  DEFAULT_EXEC_TIMEOUT_MS,
  normalAction,
  parseArthasRequest,
} from './arthasRequest.js';
export { arthasTime } from './arthasTime.js';

export type ArthasState = 'SCHEDULED' | 'SUCCEEDED' | 'FAILED' | 'REFUSED' | 'INTERRUPTED';
export type ArthasJobStatus = 'READY' | 'RUNNING' | 'STOPPED' | 'TERMINATED';
export type ArthasInputStatus = 'ALLOW_INPUT' | 'ALLOW_INTERRUPT' | 'DISABLED';

/** One answer, 1.4. Members that are undefined are left out. */
export interface ArthasResponse {
  readonly state: ArthasState;
  readonly message?: string;
  readonly requestId?: string;
  readonly sessionId?: string;
  readonly consumerId?: string;
  readonly body?: ArthasBody;
}

export interface ArthasBody {
  readonly command?: string;
  readonly jobId?: number;
  readonly jobStatus?: ArthasJobStatus;
  readonly timeExpired?: boolean;
  /** Milliseconds; only with `timeExpired: true`. */
  readonly timeout?: number;
  /** Each result was serialized when it was made. */
  readonly results?: readonly RawJson[];
  /** `session_info`: pid of the session's process, and two times in milliseconds since the epoch. */
  readonly pid?: number;
  readonly createTime?: number;
  readonly lastAccessTime?: number;
}

export const ARTHAS_CONTENT_TYPE = 'application/json; charset=utf-8';

/** The bytes of an answer, 1.9: keys in alphabetical order, no blanks. */
export function serializeArthasResponse(response: ArthasResponse): string {
  return arthasJson(response);
}
