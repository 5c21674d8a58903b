import { getOwnPropertyDescriptor, isArray, isFiniteNumber, ownKeys, stringify } from './captured.js';

/** JSON that a function of the probe has written itself. */
export class JsonText {
  constructor(readonly text: string) {}
}

const DEPTH = 64;

/**
 * The JSON of a probe function's own result. `JSON.stringify` would call whatever `toJSON` the application has put on
 * `Object.prototype`; text is safe with it.
 */
export function jsonText(value: unknown, depth = 0): string {
  if (typeof value === 'string') return stringify(value);
  if (typeof value === 'number') return isFiniteNumber(value) ? `${value}` : 'null';
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (typeof value !== 'object' || value === null) return 'null';
  if (value instanceof JsonText) return value.text;
  if (depth > DEPTH) return 'null';
  return isArray(value) ? arrayText(value, depth) : objectText(value, depth);
}

function arrayText(value: readonly unknown[], depth: number): string {
  let text = '[';
  for (let index = 0; index < value.length; index++) {
    if (index > 0) text += ',';
    text += jsonText(value[index], depth + 1);
  }
  return `${text}]`;
}

function objectText(value: object, depth: number): string {
  let text = '';
  const keys = ownKeys(value);
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index];
    if (typeof key !== 'string') continue;
    const descriptor = getOwnPropertyDescriptor(value, key);
    if (!descriptor?.enumerable) continue;
    // Results are made of our own and of Node's objects, whose getters are Node's.
    const member = descriptor.get ? (value as Record<string, unknown>)[key] : descriptor.value;
    if (member === undefined || typeof member === 'function' || typeof member === 'symbol') continue;
    text += `${text ? ',' : ''}${stringify(key)}:${jsonText(member, depth + 1)}`;
  }
  return `{${text}}`;
}
