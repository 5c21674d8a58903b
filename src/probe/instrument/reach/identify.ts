import { apply, ownData } from '../../main/captured.js';
import type { AnyFunction, Hook, Recording } from '../hook.js';

const toText = Function.prototype.toString;
const { endsWith, startsWith } = String.prototype;

export interface Identity {
  /**
   * The function that `value` is or wraps, when its text fits the hook's source; undefined for anything else. Text alone
   * is no proof: the Worker confirms each function's [[FunctionLocation]] before anything is replaced.
   */
  candidate(hook: Hook, value: unknown): AnyFunction | undefined;
  /** A bound function that may have the hook's function inside; only the Worker can look. */
  mayBind(hook: Hook, value: unknown): boolean;
}

export function makeIdentity(recording: Recording): Identity {
  return {
    candidate(hook, value) {
      if (typeof value !== 'function') return undefined;
      const { source } = hook.spec;
      if (source === undefined) return undefined;
      const fn = recording.originalOf(value) ?? (value as AnyFunction);
      return apply(endsWith, apply(toText, fn, []), [source.tail]) ? fn : undefined;
    },
    mayBind(hook, value) {
      if (typeof value !== 'function') return false;
      const name = ownData(value, 'name');
      if (typeof name !== 'string' || !apply(startsWith, name, ['bound '])) return false;
      const { shape, methodName, runtimeName } = hook.spec;
      if (name === 'bound ' || name === `bound ${shape.key}` || name === `bound ${runtimeName}`) return true;
      return apply(endsWith, methodName, [name.slice(6)]);
    },
  };
}
