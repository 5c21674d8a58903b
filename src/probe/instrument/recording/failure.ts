import { isObject, type Types } from '../../main/captured.js';
import { classNameOf } from '../../main/className.js';
import { errorMembers } from '../../main/exotic.js';

const LONGEST = 500;

/** What an expression threw, as text; nothing of the application runs for it. */
export function failureText(types: Types, error: unknown): string {
  const text = isObject(error) ? ofObject(types, error) : `threw ${typeof error}: ${primitiveText(error)}`;
  return text.length > LONGEST ? text.slice(0, LONGEST) : text;
}

function ofObject(types: Types, error: object): string {
  if (types.isProxy(error)) return 'threw a Proxy';
  if (!types.isNativeError(error)) return `threw an object of ${classNameOf(error, types)}`;
  const { name, message } = errorMembers(error, types);
  return `${name}: ${message}`;
}

function primitiveText(value: unknown): string {
  return typeof value === 'symbol' ? 'symbol' : `${value as string}`;
}
