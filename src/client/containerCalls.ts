import type { ClientRequest, IncomingMessage } from 'node:http';
import { RemoraError } from '../base/index.js';
import type { Call, ContainerID, Response } from '../wire/index.js';
import { ContainerCodec, RECORDIO } from './containerCodec.js';
import { connectionFailed, containerError } from './containerErrors.js';
import { ContainerInput } from './containerInput.js';
import { ContainerOutput } from './containerOutput.js';
import type { ContainerEncoding } from './containerTypes.js';
import { type ClientAddress, type Endpoint, endpointOf } from './endpoint.js';
import { type Place, placeName } from './errors.js';
import type { CallOptions } from './transport.js';

const PATH = '/api/v1';
/** An answer above this is refused, so that a broken peer cannot fill our memory. */
const ANSWER_LIMIT_BYTES = 64 * 1024 * 1024;
/** A peer that has gone without a word (a network that broke) is found out in about twice this. */
const KEEP_ALIVE_MS = 20_000;

/** The three kinds of calls of the agent API v1: one answer, a streamed answer, a streamed request. */
export class ContainerCalls {
  readonly place: Place;
  readonly #endpoint: Endpoint;
  readonly #encoding: ContainerEncoding;
  #loading: Promise<ContainerCodec> | undefined;

  constructor(address: ClientAddress, encoding: ContainerEncoding) {
    this.place = address;
    this.#endpoint = endpointOf(address);
    this.#encoding = encoding;
  }

  /** A call that has an answer. */
  async ask(call: Call, options: CallOptions = {}): Promise<Response> {
    const { body } = await this.#send(call, options);
    return (await this.#codec()).response(body);
  }

  /** A call that only does something; false = there was nothing to do (202). */
  async tell(call: Call, options: CallOptions = {}): Promise<boolean> {
    const { status } = await this.#send(call, options);
    return status === 200;
  }

  async #send(call: Call, options: CallOptions): Promise<{ status: number; body: Buffer }> {
    const codec = await this.#codec();
    const { mediaType } = codec;
    const request = this.#open({ 'content-type': mediaType, accept: mediaType }, options.signal, true);
    const answered = this.#answer(request, options);
    request.end(codec.call(call));
    const response = await answered;
    const body = await readAll(response).catch((error: NodeJS.ErrnoException) => {
      throw connectionFailed(error, this.place);
    });
    const status = response.statusCode ?? 0;
    if (status !== 200 && status !== 202) throw this.#refused(response, body);
    return { status, body };
  }

  /** GET of one of Remora's own endpoints; undefined where the agent has none. */
  async get(path: string, options: CallOptions = {}): Promise<unknown> {
    const request = this.#open({ accept: 'application/json' }, options.signal, true, 'GET', path);
    const answered = this.#answer(request, options);
    request.end();
    const response = await answered;
    const text = (await readAll(response)).toString('utf8');
    if (response.statusCode === 404) return undefined;
    if (response.statusCode !== 200) throw this.#refused(response, text);
    return parse(text, this.place);
  }

  /** `undefined` = 202, what was to be started is there already. */
  async openOutput(call: Call, options: CallOptions = {}): Promise<ContainerOutput | undefined> {
    const codec = await this.#codec();
    const { mediaType } = codec;
    const headers = { 'content-type': mediaType, accept: RECORDIO, 'message-accept': mediaType };
    const request = this.#open(headers, options.signal, false);
    const answered = this.#answer(request, options);
    request.end(codec.call(call));
    const response = await answered;
    const status = response.statusCode ?? 0;
    if (status === 200) return new ContainerOutput(response, codec.outputDecoder(), this.place);
    const text = (await readAll(response)).toString('utf8');
    if (status === 202) return undefined;
    throw this.#refused(response, text);
  }

  async openInput(id: ContainerID): Promise<ContainerInput> {
    const codec = await this.#codec();
    const { mediaType } = codec;
    const headers = {
      'content-type': RECORDIO,
      'message-content-type': mediaType,
      accept: mediaType,
      'transfer-encoding': 'chunked',
    };
    const request = this.#open(headers, undefined, false);
    return new ContainerInput(request, id, codec, this.place);
  }

  #codec(): Promise<ContainerCodec> {
    this.#loading ??= ContainerCodec.load(this.#encoding);
    return this.#loading;
  }

  #refused(response: IncomingMessage, text: string | Buffer): RemoraError {
    return containerError(response, text.toString(), this.place);
  }

  close(): void {
    this.#endpoint.agent.destroy();
  }

  #open(
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal | undefined,
    shared: boolean,
    method = 'POST',
    path = PATH,
  ): ClientRequest {
    const { request, agent, base, prefix, headers: own } = this.#endpoint;
    const made = request({
      ...base,
      agent: shared ? agent : false,
      method,
      path: prefix + path,
      headers: { ...own, ...headers },
      signal,
    });
    made.setSocketKeepAlive(true, KEEP_ALIVE_MS);
    return made;
  }

  #answer(request: ClientRequest, { signal, timeoutMs }: CallOptions): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const timer =
        timeoutMs === undefined
          ? undefined
          : setTimeout(() => {
              const text = `${placeName(this.place)} did not answer within ${timeoutMs} ms`;
              request.destroy(new RemoraError('timed-out', text, { hint: 'Try again with more time' }));
            }, timeoutMs);
      request.on('response', (response) => {
        clearTimeout(timer);
        resolve(response);
      });
      request.on('error', (error: NodeJS.ErrnoException) => {
        clearTimeout(timer);
        if (error instanceof RemoraError) reject(error);
        else if (signal?.aborted) {
          reject(new RemoraError('aborted', 'the call was given up', { cause: error }));
        } else reject(connectionFailed(error, this.place));
      });
    });
  }
}

async function readAll(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > ANSWER_LIMIT_BYTES) {
      response.destroy();
      throw new RemoraError('answer-too-large', `the answer has more than ${ANSWER_LIMIT_BYTES} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parse(text: string, place: Place): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new RemoraError('bad-answer', `${placeName(place)} did not answer in JSON`, {
      hint: 'Check that a Remora agent listens there',
      cause,
    });
  }
}
