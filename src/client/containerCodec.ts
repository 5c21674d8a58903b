import { RemoraError } from '../base/index.js';
import {
  type Call,
  type ContainerID,
  encodeRecord,
  inputRecord,
  type MesosCodec,
  mesosCodec,
  outputRecord,
  type ProcessIO,
  RecordDecoder,
  type Response,
  type WindowSize,
} from '../wire/index.js';
import type { ContainerEncoding } from './containerTypes.js';
import { recordBytes } from './limits.js';

export const RECORDIO = 'application/recordio';

const NANOSECONDS = 1_000_000;
const INPUT = 'ATTACH_CONTAINER_INPUT';

/** How calls, answers and the records of streams are written and read in one encoding. */
export class ContainerCodec {
  readonly mediaType: string;
  readonly #codec: MesosCodec;

  private constructor(codec: MesosCodec) {
    this.#codec = codec;
    this.mediaType = codec.mediaType;
  }

  static async load(encoding: ContainerEncoding): Promise<ContainerCodec> {
    return new ContainerCodec(await mesosCodec(encoding));
  }

  call(call: Call): Buffer {
    return this.#codec.serialize('Call', call);
  }

  response(body: Buffer): Response {
    return this.#codec.parse('Response', body);
  }

  /** Messages of a stream, whatever pieces it comes in. */
  outputDecoder(): (piece: Buffer) => Iterable<ProcessIO> {
    const records = new RecordDecoder(recordBytes.value);
    const codec = this.#codec;
    const quick = codec.encoding === 'json' ? outputRecord : () => undefined;
    return function* messages(piece) {
      for (const record of records.push(piece)) yield quick(record) ?? codec.parse('ProcessIO', record);
      if (records.fault) throw badStream(records.fault);
    };
  }

  /** The record that says whose input this is. */
  inputOf(container_id: ContainerID): Buffer {
    return this.#record({ type: INPUT, attach_container_input: { type: 'CONTAINER_ID', container_id } });
  }

  /** In pieces, so that the payload need not be copied. Empty = the end of input. */
  data(payload: Buffer): readonly Buffer[] {
    return inputRecord(payload, this.#codec.encoding);
  }

  resize(window_size: WindowSize): Buffer {
    return this.#control({ type: 'TTY_INFO', tty_info: { window_size } });
  }

  heartbeat(intervalMs: number): Buffer {
    const interval = { nanoseconds: intervalMs * NANOSECONDS };
    return this.#control({ type: 'HEARTBEAT', heartbeat: { interval } });
  }

  #control(control: ProcessIO['control']): Buffer {
    return this.#record({
      type: INPUT,
      attach_container_input: { type: 'PROCESS_IO', process_io: { type: 'CONTROL', control } },
    });
  }

  #record(call: Call): Buffer {
    return encodeRecord(this.#codec.serialize('Call', call));
  }
}

function badStream(cause: RemoraError): RemoraError {
  return new RemoraError('bad-answer', `the agent's stream cannot be read: ${cause.message}`, {
    hint: 'Check that an agent of this protocol listens there',
    cause,
  });
}
