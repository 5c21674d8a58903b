import { apply, dateToIso, isArray, isFiniteNumber, isObject, stringify } from './captured.js';
import type { Runtime } from './evaluate.js';

const DEPTH = 100;
const LONGEST = 1024 * 1024;

/** `JSON.stringify` that refuses what would run `toJSON` or Proxy traps; bounded in depth, steps and length. */
export function safeJson(runtime: Runtime, value: unknown, indent: unknown): string | undefined {
  const step = typeof indent === 'number' ? ' '.repeat(Math.min(10, Math.max(0, indent))) : `${indent ?? ''}`;
  return write(runtime, value, step.slice(0, 10), '', 0);
}

function write(
  runtime: Runtime,
  value: unknown,
  step: string,
  pad: string,
  depth: number,
): string | undefined {
  runtime.t();
  if (typeof value === 'string') return stringify(value);
  if (typeof value === 'number') return isFiniteNumber(value) ? `${value}` : 'null';
  if (typeof value === 'boolean') return `${value}`;
  if (value === null) return 'null';
  if (typeof value === 'bigint') throw new TypeError('a BigInt has no JSON');
  if (!isObject(value) || typeof value === 'function') return undefined;
  runtime.own(value);
  if (runtime.types.isDate(value)) return stringify(apply(dateToIso, value, []));
  if (typeof (value as { toJSON?: unknown }).toJSON === 'function')
    throw runtime.refused('JSON', 'its own toJSON');
  if (depth >= DEPTH) throw new RangeError('too deep, or circular, for JSON');
  const text = isArray(value)
    ? list(runtime, value, step, pad, depth)
    : members(runtime, value as Record<string, unknown>, step, pad, depth);
  if (text.length > LONGEST) throw new RangeError('the JSON is too long');
  return text;
}

function list(runtime: Runtime, value: unknown[], step: string, pad: string, depth: number): string {
  const inner = pad + step;
  let text = '';
  for (let index = 0; index < value.length; index++) {
    const item = write(runtime, value[index], step, inner, depth + 1) ?? 'null';
    text += `${index > 0 ? ',' : ''}${step ? `\n${inner}` : ''}${item}`;
    if (text.length > LONGEST) throw new RangeError('the JSON is too long');
  }
  return text && step ? `[${text}\n${pad}]` : `[${text}]`;
}

function members(
  runtime: Runtime,
  value: Record<string, unknown>,
  step: string,
  pad: string,
  depth: number,
): string {
  const inner = pad + step;
  const keys = Object.keys(value);
  let text = '';
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index] as string;
    const member = write(runtime, value[key], step, inner, depth + 1);
    if (member === undefined) continue;
    const head = step ? `\n${inner}${stringify(key)}: ` : `${stringify(key)}:`;
    text += `${text ? ',' : ''}${head}${member}`;
    if (text.length > LONGEST) throw new RangeError('the JSON is too long');
  }
  return text && step ? `{${text}\n${pad}}` : `{${text}}`;
}
