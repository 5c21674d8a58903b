import { redactArgv, redactText } from '../../base/index.js';

/**
 * A rendered value, as `src/probe/main/render.ts` describes it: JSON where JSON can say it, else an object with members
 * that begin with `@`.
 */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [member: string]: JsonValue;
}

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const COMMAND_LINES = new Set(['argv', 'execArgv', 'spawnargs']);

/** Masks what is secret by its own shape: passwords in URLs, bearer tokens, keys. Names were masked in the target. */
export function redactJson(value: JsonValue, name = ''): JsonValue {
  if (typeof value === 'string') return redactText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const texts = value.every((item) => typeof item === 'string');
    if (texts && COMMAND_LINES.has(name)) return redactArgv(value as string[]);
    return value.map((item) => redactJson(item as JsonValue));
  }
  const copy: Record<string, JsonValue> = Object.create(null);
  for (const [key, member] of Object.entries(value as JsonObject)) copy[key] = redactJson(member, key);
  return copy;
}
