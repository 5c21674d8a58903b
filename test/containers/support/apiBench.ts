import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import type { TestContext } from 'node:test';
import { Audit, counters, createLog, type Permission } from '../../../src/base/index.js';
import { containerApi } from '../../../src/containers/api.js';
import type { Containers } from '../../../src/containers/index.js';
import { createHttp, type HttpOptions } from '../../../src/http/index.js';
import {
  type Call,
  encodeRecord,
  type MesosEncoding,
  mesosCodec,
  type ProcessIO,
  RecordDecoder,
  type Response,
} from '../../../src/wire/index.js';
import { scratch } from '../../http/support.js';
import { eventually } from '../../support/index.js';

export const JSON_TYPE = 'application/json';
export const PROTOBUF_TYPE = 'application/x-protobuf';
export const RECORDIO_TYPE = 'application/recordio';
export const MEDIA_TYPES: Readonly<Record<MesosEncoding, string>> = {
  json: JSON_TYPE,
  protobuf: PROTOBUF_TYPE,
};

/** A value of several lines is sent as several lines. */
export type Headers = Readonly<Record<string, string | string[]>>;

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly bytes: Buffer;
  readonly text: string;
  /** False where the connection broke before the end. */
  readonly complete: boolean;
}

export interface Ask {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Headers;
  readonly body?: string | Buffer;
}

export interface BenchOptions {
  readonly allow?: readonly Permission[];
  readonly http?: Partial<HttpOptions>;
  readonly recovering?: boolean;
}

/** A request whose body is still open, and whose answer may be. */
export interface OpenCall {
  readonly request: ClientRequest;
  /** Resolves with the head of the answer. */
  readonly response: Promise<IncomingMessage>;
  readonly answer: Promise<Answer>;
}

export interface Stream extends OpenCall {
  readonly head: IncomingMessage;
  /** Records so far. */
  readonly records: readonly ProcessIO[];
  /** All data so far of one stream. */
  text(type?: 'STDOUT' | 'STDERR'): string;
}

/** The agent API behind a listener of ours. */
export class ApiBench {
  private constructor(
    readonly port: number,
    readonly auditFile: string,
    readonly close: () => void,
  ) {}

  static async start(t: TestContext, containers: Containers, options: BenchOptions = {}): Promise<ApiBench> {
    const folder = scratch(t);
    const log = createLog({ file: `${folder}/log` });
    const audit = new Audit(`${folder}/audit`, log);
    const api = containerApi({
      containers: () => (options.recovering ? undefined : containers),
      allow: options.allow ?? ['read', 'containers'],
      version: { version: '1.2.3' },
      counters,
      log,
      audit,
    });
    const http = await createHttp({
      routes: api.routes,
      aliases: api.aliases,
      listeners: [{ kind: 'tcp', host: '127.0.0.1', port: 0, required: true }],
      trust: 'uid',
      log,
      ...options.http,
    });
    t.after(async () => {
      api.close();
      await http.close(0);
      audit.close();
    });
    const [address] = http.addresses;
    return new ApiBench(address?.kind === 'tcp' ? address.port : 0, audit.path, api.close);
  }

  /** Unless `keep`, the answer's bytes are left to who reads the response. */
  open({ method = 'POST', path = '/api/v1', headers = {} }: Ask, keep = true): OpenCall {
    const request = httpRequest({
      host: '127.0.0.1',
      port: this.port,
      method,
      path,
      headers: headers as Record<string, string | string[]>,
      agent: false,
    });
    const response = new Promise<IncomingMessage>((resolve, reject) => {
      request.on('response', resolve);
      request.on('error', reject);
    });
    const answer = response.then((one) => collect(one, keep));
    response.catch(() => {});
    answer.catch(() => {});
    return { request, response, answer };
  }

  ask(ask: Ask): Promise<Answer> {
    const { request, answer } = this.open(ask);
    request.end(ask.body);
    return answer;
  }

  /** A whole call in one of the two encodings. */
  async call(call: Call, encoding: MesosEncoding = 'json', headers: Headers = {}): Promise<Answer> {
    const codec = await mesosCodec(encoding);
    return this.ask({
      headers: { 'content-type': codec.mediaType, accept: codec.mediaType, ...headers },
      body: codec.serialize('Call', call),
    });
  }

  /** A call whose answer is one object. */
  async object(call: Call, encoding: MesosEncoding = 'json'): Promise<Response> {
    const { status, bytes, text } = await this.call(call, encoding);
    if (status !== 200) throw new Error(`${status} ${text}`);
    return (await mesosCodec(encoding)).parse('Response', bytes);
  }

  /** A call whose answer is a stream, once its head is there. */
  async stream(call: Call, encoding: MesosEncoding = 'json', headers: Headers = {}): Promise<Stream> {
    const codec = await mesosCodec(encoding);
    const opened = this.open({
      headers: {
        'content-type': codec.mediaType,
        accept: RECORDIO_TYPE,
        'message-accept': codec.mediaType,
        ...headers,
      },
    });
    opened.request.end(codec.serialize('Call', call));
    const head = await opened.response;
    const records: ProcessIO[] = [];
    if (head.statusCode === 200) {
      const decoder = new RecordDecoder(1 << 24);
      head.on('data', (piece: Buffer) => {
        for (const record of decoder.push(piece)) records.push(codec.parse('ProcessIO', record));
      });
    }
    const text = (type = 'STDOUT'): string =>
      Buffer.concat(
        records.flatMap(({ data }) => (data?.type === type && data.data ? [data.data] : [])),
      ).toString();
    return { ...opened, head, records, text };
  }

  /** An ATTACH_CONTAINER_INPUT with these records sent, and its body still open. */
  async input(records: readonly Call[], encoding: MesosEncoding = 'json'): Promise<OpenCall> {
    const codec = await mesosCodec(encoding);
    const opened = this.open({
      headers: {
        'content-type': RECORDIO_TYPE,
        'message-content-type': codec.mediaType,
        accept: codec.mediaType,
        'transfer-encoding': 'chunked',
      },
    });
    opened.request.flushHeaders();
    for (const record of records) opened.request.write(encodeRecord(codec.serialize('Call', record)));
    return opened;
  }
}

function collect(response: IncomingMessage, keep: boolean): Promise<Answer> {
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    if (keep) response.on('data', (part: Buffer) => parts.push(part));
    response.on('error', () => {});
    response.on('close', () => {
      const bytes = Buffer.concat(parts);
      const { statusCode: status = 0, headers, complete } = response;
      resolve({ status, headers, bytes, text: bytes.toString(), complete });
    });
  });
}

/** The calls of these tests, made short. */
export const calls = {
  session: (id: Call['wait_container'], value: string, tty = false): Call => ({
    type: 'LAUNCH_NESTED_CONTAINER_SESSION',
    launch_nested_container_session: {
      ...(id as NonNullable<typeof id>),
      command: { value },
      ...(tty ? { container: { type: 'MESOS', tty_info: {} } as const } : {}),
    },
  }),
  attach: (container_id: NonNullable<Call['wait_container']>['container_id']): Call => ({
    type: 'ATTACH_CONTAINER_INPUT',
    attach_container_input: { type: 'CONTAINER_ID', container_id },
  }),
  io: (process_io: ProcessIO): Call => ({
    type: 'ATTACH_CONTAINER_INPUT',
    attach_container_input: { type: 'PROCESS_IO', process_io },
  }),
  stdin: (text: string | Buffer): Call =>
    calls.io({ type: 'DATA', data: { type: 'STDIN', data: Buffer.from(text) } }),
};

/** Waits for a condition, which says itself what is waited for. */
export async function until(condition: () => unknown, timeoutMs = 5000): Promise<void> {
  await eventually(async () => Boolean(await condition()), {
    what: condition.toString(),
    timeoutMs,
    intervalMs: 5,
  });
}
