import type { Field, MessageType, MessageValue } from '../../../src/wire/mesos/schema.js';

/** What is below is fuzzed as a message of its own. */
const DEPTH = 2;

/** A message with every field set, down to some depth, and with two items in each list. */
export function fullMessage(type: MessageType, depth = 0): MessageValue {
  const value: Record<string, unknown> = {};
  for (const field of type.fields) {
    if (field.kind === 'message' && depth >= DEPTH && field.label !== 'required') continue;
    const one = sample(field, depth);
    if (field.label === 'repeated') value[field.name] = [one, one];
    else if (field.label === 'map') value[field.name] = { cpus: one, mem: one };
    else value[field.name] = one;
  }
  return value;
}

function sample(field: Field, depth: number): unknown {
  switch (field.kind) {
    case 'message':
      return fullMessage(field.type(), depth + 1);
    case 'enum':
      return [...field.type.numbers.keys()].at(-1);
    case 'string':
      return `${field.name} ü`;
    case 'bytes':
      return Buffer.from([0, 1, 0xff, field.number]);
    case 'bool':
      return false;
    case 'int32':
      return -field.number;
    case 'int64':
      return -30_000_000_000 - field.number;
    case 'uint32':
      return 4_000_000_000 + field.number;
    case 'uint64':
      return 2 ** 52 + field.number;
    case 'double':
    case 'float':
      return field.number + 0.5;
  }
}
