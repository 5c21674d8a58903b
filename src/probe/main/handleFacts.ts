import type { Types } from './captured.js';
import { apply, create, getOwnPropertyDescriptor, getPrototypeOf, ownData, ownKeys } from './captured.js';
import { classNameOf } from './className.js';

/** What is told of one handle or request; members that do not apply are absent. */
export interface HandleFacts {
  /** The class of the object, an application's subclass by its own name. */
  readonly type: string;
  readonly local?: string;
  readonly remote?: string;
  readonly fd?: number;
  readonly pid?: number;
  readonly command?: string;
  readonly connections?: number;
  readonly timeoutMs?: number;
  readonly repeatMs?: number;
  readonly host?: string;
}

const functionText = Function.prototype.toString;
const KEYS = 200;

/** Only own data properties are read, and only functions that are Node's own native code are called. */
export function handleFacts(value: object, types: Types): HandleFacts {
  if (types.isProxy(value)) return { type: 'Proxy' };
  const type = classNameOf(value, types);
  const handle = nativeHandle(value, types);
  const facts = {
    type,
    local: address(handle, 'getsockname', types),
    remote: address(handle, 'getpeername', types),
    fd: handle ? descriptorOf(handle, types) : undefined,
    pid: positive(ownData(value, 'pid')),
    command: text(ownData(value, 'spawnfile')),
    connections: type === 'Socket' ? undefined : count(ownData(value, '_connections')),
    ...timerFacts(value),
    host: text(ownData(value, 'hostname')),
  };
  return facts;
}

/** Of a Timeout; its list of Node is not reachable, the object itself is (async_hooks). */
export function timerFacts(value: object): { timeoutMs?: number; repeatMs?: number } {
  const timeoutMs = positive(ownData(value, '_idleTimeout'));
  const repeatMs = positive(ownData(value, '_repeat'));
  return { timeoutMs, repeatMs };
}

/** The object that Node's C++ stands behind: `_handle`, or where newer classes keep it. */
function nativeHandle(value: object, types: Types): object | undefined {
  const plain = asObject(ownData(value, '_handle'), types);
  if (plain) return plain;
  const keys = ownKeys(value);
  for (let at = 0; at < keys.length && at < KEYS; at++) {
    const key = keys[at];
    if (typeof key !== 'symbol') continue;
    const { description } = key;
    if (description === 'kHandle') return asObject(ownData(value, key), types);
    if (description !== 'state symbol') continue;
    const state = asObject(ownData(value, key), types);
    if (state) return asObject(ownData(state, 'handle'), types);
  }
  return undefined;
}

function asObject(value: unknown, types: Types): object | undefined {
  return typeof value === 'object' && value !== null && !types.isProxy(value) ? value : undefined;
}

function address(handle: object | undefined, method: string, types: Types): string | undefined {
  const fn = handle && findOnChain(handle, method, types)?.value;
  if (typeof fn !== 'function' || types.isProxy(fn)) return undefined;
  // Not the application's, and not one that it has bound.
  if (apply(functionText, fn, []) !== `function ${method}() { [native code] }`) return undefined;
  try {
    const out = create(null) as { address?: unknown; port?: unknown };
    if (apply(fn, handle, [out]) !== 0 || typeof out.address !== 'string') return undefined;
    return out.port === undefined ? out.address : `${out.address}:${String(out.port)}`;
  } catch {
    return undefined;
  }
}

function descriptorOf(handle: object, types: Types): number | undefined {
  const getter = findOnChain(handle, 'fd', types)?.get;
  if (!getter || types.isProxy(getter)) return undefined;
  if (!/^function [\w ]*\(\) \{ \[native code\] \}$/.test(apply(functionText, getter, []))) return undefined;
  try {
    return count(apply(getter, handle, []));
  } catch {
    return undefined;
  }
}

function findOnChain(value: object, key: string, types: Types): PropertyDescriptor | undefined {
  let holder: object | null = value;
  for (let steps = 0; holder !== null && steps < 10; steps++) {
    if (types.isProxy(holder)) return undefined;
    const descriptor = getOwnPropertyDescriptor(holder, key);
    if (descriptor) return descriptor;
    holder = getPrototypeOf(holder);
  }
  return undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value.slice(0, 200) : undefined;
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 ? value : undefined;
}

function positive(value: unknown): number | undefined {
  return typeof value === 'number' && value > 0 ? value : undefined;
}
