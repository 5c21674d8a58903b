/**
 * A client written from the protocol's document alone: its paths as printed there (most with a slash at the end), its
 * methods (GET with a body), its fields numbered in the order of their tables, config_versions as map<string, string>, and
 * nothing of our own codec.
 */
import { request as httpRequest } from 'node:http';

/** Paths and methods as the document prints them. */
export const PRINTED = {
  CreateAgentGroup: 'POST /User/CreateAgentGroup',
  UpdateAgentGroup: 'PUT /User/UpdateAgentGroup',
  DeleteAgentGroup: 'DELETE /User/DeleteAgentGroup/',
  GetAgentGroup: 'GET /User/GetAgentGroup/',
  ListAgentGroups: 'GET /User/ListAgentGroups/',
  CreateConfig: 'POST /User/CreateConfig/',
  UpdateConfig: 'PUT /User/UpdateConfig/',
  DeleteConfig: 'DELETE /User/DeleteConfig/',
  GetConfig: 'GET /User/GetConfig/',
  ListConfigs: 'GET /User/ListConfigs/',
  ApplyConfigToAgentGroup: 'PUT /User/ApplyConfigToAgentGroup/',
  RemoveConfigFromAgentGroup: 'DELETE /User/RemoveConfigFromAgentGroup/',
  GetAppliedConfigsForAgentGroup: 'GET /User/GetAppliedConfigsForAgentGroup/',
  GetAppliedAgentGroups: 'GET /User/GetAppliedAgentGroups/',
  ListAgents: 'GET /User/ListAgents/',
  HeartBeat: 'POST /Agent/HeartBeat/',
  RunningStatistics: 'POST /Agent/RunningStatistics/',
  Alarm: 'POST /Agent/Alarm/',
  GetConfigList: 'POST /Agent/GetConfigList/',
} as const;

/** One field of a message that was read: text where it is some, else bytes; or a number. */
export type Read = readonly [field: number, value: Buffer | bigint];

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  do {
    bytes.push(Number(rest & 127n) | (rest > 127n ? 128 : 0));
    rest >>= 7n;
  } while (rest > 0n);
  return Buffer.from(bytes);
}

/** A field of text or of a message. */
export function field(number: number, value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([varint(BigInt(number * 8 + 2)), varint(BigInt(bytes.length)), bytes]);
}

export function numberField(number: number, value: bigint): Buffer {
  return Buffer.concat([varint(BigInt(number * 8)), varint(value)]);
}

export function floatField(number: number, value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return Buffer.concat([varint(BigInt(number * 8 + 5)), bytes]);
}

/** A map<string, string>. */
export function mapField(number: number, map: Record<string, string>): Buffer {
  return Buffer.concat(
    Object.entries(map).map(([key, value]) => field(number, Buffer.concat([field(1, key), field(2, value)]))),
  );
}

export function read(bytes: Buffer): Read[] {
  const fields: Read[] = [];
  let at = 0;
  const next = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) throw new Error('the answer ends early');
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = Number(next());
    if ((tag & 7) === 0) fields.push([tag >> 3, next()]);
    else if ((tag & 7) === 2) {
      const length = Number(next());
      fields.push([tag >> 3, bytes.subarray(at, at + length)]);
      at += length;
    } else throw new Error(`a field of wire type ${tag & 7}`);
  }
  return fields;
}

/** The texts of a field, each time that it occurs. */
export function texts(fields: readonly Read[], number: number): string[] {
  return fields.filter(([each]) => each === number).map(([, value]) => String(value));
}

export function messages(fields: readonly Read[], number: number): Read[][] {
  return fields.filter(([each]) => each === number).map(([, value]) => read(value as Buffer));
}

export interface SeedAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly id: string | undefined;
  readonly code: string | undefined;
  readonly message: string | undefined;
  readonly fields: readonly Read[];
  readonly body: Buffer;
}

export class SeedClient {
  #count = 0;

  constructor(
    readonly port: number,
    readonly headers: Record<string, string> = {},
  ) {}

  async call(name: keyof typeof PRINTED, ...body: Buffer[]): Promise<SeedAnswer> {
    const [method = '', path = ''] = PRINTED[name].split(' ');
    const id = `seed-${this.#count++}`;
    const answer = await this.send(method, path, Buffer.concat([field(1, id), ...body]));
    if (answer.id !== id)
      throw new Error(`${name} answered '${answer.id}' to ${id}: ${answer.body.toString('latin1')}`);
    return answer;
  }

  send(method: string, path: string, body: Buffer): Promise<SeedAnswer> {
    return new Promise((resolve, reject) => {
      const headers = { 'content-length': body.length, ...this.headers };
      const request = httpRequest(
        { host: '127.0.0.1', port: this.port, method, path, headers },
        (response) => {
          const parts: Buffer[] = [];
          response.on('data', (part: Buffer) => parts.push(part));
          response.on('error', reject);
          response.on('end', () => {
            const bytes = Buffer.concat(parts);
            const contentType = response.headers['content-type'] ?? '';
            const fields = contentType === 'application/x-protobuf' ? read(bytes) : [];
            resolve({
              status: response.statusCode ?? 0,
              contentType,
              id: texts(fields, 1)[0],
              code: texts(fields, 2)[0],
              message: texts(fields, 3)[0],
              fields,
              body: bytes,
            });
          });
        },
      );
      request.on('error', reject);
      request.end(body);
    });
  }
}
