import { parseJson, printJson } from './jsonForm.js';
import { type MessageType, type MessageValue, messageType } from './schema.js';
import type { Call, ProcessIO, Response } from './types.js';

export type MesosEncoding = 'json' | 'protobuf';

/** The messages that travel by themselves. */
export interface MesosMessages {
  readonly Call: Call;
  readonly Response: Response;
  readonly ProcessIO: ProcessIO;
}

/** One of the two forms of a message (shared/wire/mesos-agent.md 1.6). */
export interface MesosCodec {
  readonly encoding: MesosEncoding;
  /** `application/json` or `application/x-protobuf`. */
  readonly mediaType: string;
  /**
   * Throws RemoraError `undecodable`: its message is the reference's text. Members of type bytes may share memory with
   * the input.
   */
  parse<K extends keyof MesosMessages>(kind: K, bytes: Buffer): MesosMessages[K];
  serialize<K extends keyof MesosMessages>(kind: K, message: MesosMessages[K]): Buffer;
}

function makeCodec(
  encoding: MesosEncoding,
  mediaType: string,
  read: (type: MessageType, bytes: Buffer) => MessageValue,
  write: (type: MessageType, value: MessageValue) => Buffer,
): MesosCodec {
  return {
    encoding,
    mediaType,
    parse: (kind, bytes) => read(messageType(kind), bytes) as unknown as MesosMessages[typeof kind],
    serialize: (kind, message) => write(messageType(kind), message as unknown as MessageValue),
  };
}

/** The JSON form, at once. */
export const mesosJson: MesosCodec = makeCodec('json', 'application/json', parseJson, (type, value) =>
  Buffer.from(printJson(type, value)),
);

let protobuf: Promise<MesosCodec> | undefined;

/** The codec of a form. The protobuf form is loaded when it is first asked for: it costs 15 ms of start-up. */
export function mesosCodec(encoding: MesosEncoding): Promise<MesosCodec> {
  if (encoding === 'json') return Promise.resolve(mesosJson);
  protobuf ??= import('./protobufForm.js').then(({ parseProtobuf, writeProtobuf }) =>
    makeCodec('protobuf', 'application/x-protobuf', parseProtobuf, writeProtobuf),
  );
  return protobuf;
}
