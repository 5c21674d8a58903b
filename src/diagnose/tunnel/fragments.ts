/** Kept calls as results have them (wire/arthas.md 3.8). They come from somebody's process: every field is checked. */
import { isSecretName, redactText } from '../../base/index.js';
import { fragmentFrom, type KeptFragment } from '../../target/index.js';
import { RawJson } from '../../wire/index.js';
import { millis } from '../observe/hit.js';
import { type JsonValue, redactJson, valueText } from '../values/index.js';

/** One `record` of the sheet; `settle`, `json`, `kept` are ours. */
export interface TunnelRecord {
  readonly index: number;
  readonly timestamp: Date;
  readonly cost: number;
  readonly settle?: number;
  readonly return: boolean;
  readonly throw: boolean;
  readonly object: string;
  readonly className: string;
  readonly methodName: string;
  readonly params: readonly { readonly expand: number; readonly object?: RawJson }[];
  readonly returnObj: string;
  readonly throwExp: string;
  readonly json: RawJson;
  readonly bytes: number;
  readonly kept?: false;
}

const ERROR_DATA = 'ERROR DATA!!! the value nests too deep';

export function recordOf(fragment: KeptFragment, expand: number): TunnelRecord {
  const { threw = false, params = [], returnObj, throwExp } = fragment;
  const value = shown((threw ? throwExp : returnObj) as JsonValue);
  return {
    index: fragment.index,
    timestamp: new Date(fragment.ts || Date.now()),
    cost: millis(fragment.cost) ?? 0,
    settle: millis(fragment.settle),
    return: !threw,
    throw: threw,
    object: /^0x[0-9a-f]{1,16}$/.test(fragment.object ?? '') ? String(fragment.object) : 'NULL',
    className: fragment.className ?? '',
    methodName: fragment.methodName ?? '',
    params: params.map((param) => {
      const { json } = shown(param as JsonValue);
      return param === null ? { expand } : { expand, object: json };
    }),
    returnObj: threw ? 'null' : value.text,
    throwExp: threw ? value.text : 'null',
    json: value.json,
    bytes: fragment.bytes ?? 0,
    ...(fragment.unkept === true && { kept: false as const }),
  };
}

/** Of a hit: what the record of the ring holds. */
export function fragmentOf(value: unknown): KeptFragment | undefined {
  return fragmentFrom(value);
}

/** The value of an express for one record. `name` = what it is read from. */
export function watchText({ watch, failed }: KeptFragment, name: string): string {
  if (failed !== undefined) return `ERROR DATA!!! ${redactText(failed.slice(0, 1000))}`;
  return shown(watch as JsonValue, name).text;
}

export function shown(
  value: JsonValue | undefined,
  name = '',
): { readonly text: string; readonly json: RawJson } {
  try {
    const masked = redactJson(value ?? null, isSecretName(name) ? name : '');
    return { text: valueText(masked), json: new RawJson(JSON.stringify(masked)) };
  } catch (error) {
    // Nothing that our own renderer makes nests so deep.
    if (!(error instanceof RangeError)) throw error;
    return { text: ERROR_DATA, json: new RawJson('null') };
  }
}
