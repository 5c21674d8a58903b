import { RemoraError } from '../../base/index.js';

/** Texts of shared/wire/mesos-agent.md 1.5, word for word. */
function undecodable(text: string, cause?: unknown): RemoraError {
  return new RemoraError('undecodable', text, { cause });
}

export type JsonKind = 'string' | 'number' | 'boolean' | 'object' | 'array';

export const decodeErrors = {
  syntax: (why: string) => undecodable(`Failed to parse body into JSON: ${why}`),
  noObject: () => undecodable('Expecting a JSON object'),
  missing: (names: readonly string[]) => undecodable(`Missing required fields: ${names.join(', ')}`),
  wrongKind: (kind: JsonKind, field: string) =>
    undecodable(`Not expecting a JSON ${kind} for field '${field}'`),
  base64: (field: string, character: string) =>
    undecodable(`Failed to base64 decode bytes field '${field}': Invalid character '${character}'`),
  unknownEnum: (name: string) => undecodable(`Failed to find enum for '${name}'`),
  notANumber: (text: string, field: string) =>
    undecodable(`Failed to parse '${text}' as a JSON number for field '${field}'`),
  notABoolean: (text: string, field: string) =>
    undecodable(`Failed to parse '${text}' as a JSON boolean for field '${field}'`),
  tooDeep: (limit: number) =>
    undecodable(`Failed to parse body into JSON: messages are nested more than ${limit} deep`),
  protobuf: (cause?: unknown) => undecodable('Failed to parse body into a protobuf object', cause),
} as const;
