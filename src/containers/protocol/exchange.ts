import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { MesosCodec, Response } from '../../wire/index.js';
import type { OutputReader } from '../containers.js';
import type { TextAnswer } from './answerOf.js';
import { Body } from './body.js';
import { disconnectSignal } from './disconnect.js';
import { acceptsGzip, lastHeaders, type Negotiated, RECORDIO_TYPE } from './negotiate.js';
import { streamOutput } from './outputStream.js';

/** Sends a whole answer, also where the body of the request has not been read to its end. */
export type SendWhole = (
  request: IncomingMessage,
  response: ServerResponse,
  answer: {
    readonly status: number;
    readonly contentType?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body: string | Buffer;
  },
) => void;

const TEXT_TYPE = 'text/plain; charset=utf-8';
/** Whole answers of this size and above are packed for who takes them (shared/wire/mesos-agent.md 1.4). */
const PACKED_FROM_BYTES = 1024;
const pack = promisify(gzip);

/** One request and its answer, as HTTP. */
export class Exchange {
  readonly headers: ReadonlyMap<string, string>;
  /** Aborted when the client goes. */
  readonly gone: AbortSignal;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #send: SendWhole;
  #body: Body | undefined;

  constructor(request: IncomingMessage, response: ServerResponse, send: SendWhole) {
    this.#request = request;
    this.#response = response;
    this.#send = send;
    this.headers = lastHeaders(request.rawHeaders);
    this.gone = disconnectSignal(request, response);
  }

  get method(): string {
    return this.#request.method ?? '';
  }

  /** Of our end, where the request came by TCP. */
  get localPort(): number | undefined {
    return this.#request.httpVersionMajor === 1 ? this.#request.socket.localPort : undefined;
  }

  body(): Body {
    this.#body ??= new Body(this.#request, this.headers.get('content-encoding')?.toLowerCase() === 'gzip');
    return this.#body;
  }

  /** 200 and 202 without data have no Content-Type: mesos-go takes one for an error. */
  sendEmpty(status: number): void {
    this.#sendWhole({ status, body: '' });
  }

  sendText({ status, text, hint }: TextAnswer): void {
    const headers: Record<string, string> = {};
    if (status === 405) headers.allow = 'POST';
    // The text is the reference's, word for word; how to go on is beside it.
    if (hint !== '') headers['x-remora-hint'] = hint.replace(/[^\x20-\x7e]/g, '?');
    this.#sendWhole({ status, contentType: TEXT_TYPE, headers, body: text });
  }

  async sendObject(codec: MesosCodec, response: Response): Promise<void> {
    const body = codec.serialize('Response', response);
    const answer = { status: 200, contentType: codec.mediaType };
    if (body.length < PACKED_FROM_BYTES || !acceptsGzip(this.headers)) {
      this.#sendWhole({ ...answer, body });
      return;
    }
    this.#sendWhole({ ...answer, headers: { 'content-encoding': 'gzip' }, body: await pack(body) });
  }

  /** The head leaves at once, and then every record when it is there. Resolves when the stream has ended or was cut. */
  async sendStream(codec: MesosCodec, { wantsRecords }: Negotiated, reader: OutputReader): Promise<void> {
    const response = this.#response;
    response.writeHead(
      200,
      wantsRecords
        ? { 'content-type': RECORDIO_TYPE, 'message-content-type': codec.mediaType }
        : { 'content-type': codec.mediaType },
    );
    response.flushHeaders();
    try {
      if (await streamOutput(response, reader, codec, this.gone)) response.end();
      else response.destroy();
    } catch (error) {
      // Without its last chunk, so that nobody takes what came for all there was.
      response.destroy();
      throw error;
    }
  }

  /** Cuts the connection. */
  destroy(): void {
    this.#response.destroy();
  }

  #sendWhole(answer: Parameters<SendWhole>[2]): void {
    this.#body?.stop();
    this.#send(this.#request, this.#response, answer);
  }
}
