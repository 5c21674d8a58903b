/** Media types: who sends what, who takes what (shared/wire/mesos-agent.md 1.2 rows 3 to 11, 1.3). */
import type { MesosEncoding } from '../../wire/index.js';
import { refuse } from './refusal.js';

const JSON_TYPE = 'application/json';
const PROTOBUF_TYPE = 'application/x-protobuf';
export const RECORDIO_TYPE = 'application/recordio';
const ALL = `${JSON_TYPE} or ${PROTOBUF_TYPE} or ${RECORDIO_TYPE}`;
const MESSAGES = `${JSON_TYPE} or ${PROTOBUF_TYPE}`;

const ENCODINGS: Readonly<Record<string, MesosEncoding>> = {
  [JSON_TYPE]: 'json',
  [PROTOBUF_TYPE]: 'protobuf',
};

export interface Negotiated {
  /** Of the call, or of each record of it. */
  readonly sent: MesosEncoding;
  /** The call is a stream of records. */
  readonly sendsRecords: boolean;
  /** Of the answer, or of each record of it. */
  readonly wanted: MesosEncoding;
  /** The client asked for records by their media type. */
  readonly wantsRecords: boolean;
}

/**
 * Header values by their names in lower case. Of a header that came more than once the last line counts, as in the
 * reference: mesos-go sends two `Accept` lines, which joined (as Node has them) would mean something else.
 */
export function lastHeaders(rawHeaders: readonly string[]): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    headers.set((rawHeaders[index] ?? '').toLowerCase(), rawHeaders[index + 1] ?? '');
  }
  return headers;
}

/** Does a list like `a/b;q=0.5, c/*` name one of these? The first candidate that it names decides. */
function accepts(header: string | undefined, candidates: readonly string[]): boolean {
  if (header === undefined) return true;
  const items = header
    .replace(/[ \t]/g, '')
    .toLowerCase()
    .split(',')
    .map((item) => item.split(';'));
  for (const candidate of candidates) {
    const item = items.find(([name]) => name === candidate);
    if (item) return quality(item) > 0;
  }
  return false;
}

function quality(item: readonly string[]): number {
  const weight = item.find((part) => part.startsWith('q='));
  return weight === undefined ? 1 : Number(weight.slice(2)) || 0;
}

function acceptsType(header: string | undefined, type: string): boolean {
  return accepts(header, [type, `${type.split('/', 1)[0]}/*`, '*/*']);
}

/** May a whole answer go out packed? Not where the header is absent. */
export function acceptsGzip(headers: ReadonlyMap<string, string>): boolean {
  const header = headers.get('accept-encoding');
  return header !== undefined && accepts(header, ['gzip', '*']);
}

/** Throws the refusal of the first check that fails, in the reference's order. */
export function negotiate(method: string, headers: ReadonlyMap<string, string>): Negotiated {
  if (method !== 'POST') {
    const text = `405 Method Not Allowed. Expecting one of { 'POST' }, but received '${method}'.`;
    throw refuse(405, text);
  }
  return { ...negotiateRequest(headers), ...negotiateAnswer(headers) };
}

function negotiateRequest(headers: ReadonlyMap<string, string>): Pick<Negotiated, 'sent' | 'sendsRecords'> {
  const type = headers.get('content-type');
  const messageType = headers.get('message-content-type');
  if (type === undefined) throw refuse(400, "Expecting 'Content-Type' to be present");
  if (type === RECORDIO_TYPE) {
    if (messageType === undefined) {
      throw refuse(400, "Expecting 'Message-Content-Type' to be set for streaming requests");
    }
    const sent = Object.hasOwn(ENCODINGS, messageType) ? ENCODINGS[messageType] : undefined;
    if (!sent) throw refuse(415, `Expecting 'Message-Content-Type' of ${MESSAGES}`);
    return { sent, sendsRecords: true };
  }
  const sent = Object.hasOwn(ENCODINGS, type) ? ENCODINGS[type] : undefined;
  if (!sent) throw refuse(415, `Expecting 'Content-Type' of ${ALL}`);
  if (messageType !== undefined) {
    throw refuse(415, "Expecting 'Message-Content-Type' to be not set for non-streaming requests");
  }
  return { sent, sendsRecords: false };
}

function negotiateAnswer(headers: ReadonlyMap<string, string>): Pick<Negotiated, 'wanted' | 'wantsRecords'> {
  const accept = headers.get('accept');
  const messageAccept = headers.get('message-accept');
  const whole = firstAccepted(accept);
  if (whole) {
    if (messageAccept !== undefined) {
      throw refuse(406, "Expecting 'Message-Accept' to be not set for non-streaming responses");
    }
    return { wanted: whole, wantsRecords: false };
  }
  if (!acceptsType(accept, RECORDIO_TYPE)) throw refuse(406, `Expecting 'Accept' to allow ${ALL}`);
  const wanted = firstAccepted(messageAccept);
  if (!wanted) throw refuse(406, `Expecting 'Message-Accept' to allow ${MESSAGES}`);
  return { wanted, wantsRecords: true };
}

function firstAccepted(header: string | undefined): MesosEncoding | undefined {
  const type = [JSON_TYPE, PROTOBUF_TYPE].find((candidate) => acceptsType(header, candidate));
  return type === undefined ? undefined : ENCODINGS[type];
}
