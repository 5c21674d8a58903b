import { isArray, ownData } from './captured.js';

const { defineProperty, deleteProperty, getOwnPropertyDescriptor } = Reflect;
export const { captureStackTrace } = Error;
export const errorOfProbe = Error;

export type SiteMethods = Readonly<Record<string, (this: unknown) => unknown>>;

/** Methods of V8's CallSite as they are now; one that this version does not have is missing. */
export function siteMethodsNow(names: readonly string[]): SiteMethods {
  const methods: Record<string, (this: unknown) => unknown> = Object.create(null);
  const [site] = callSites(1, siteMethodsNow) ?? [];
  const prototype = site === undefined ? null : Reflect.getPrototypeOf(site as object);
  for (const name of names) {
    const method = prototype ? ownData(prototype, name) : undefined;
    if (typeof method === 'function') methods[name] = method as (this: unknown) => unknown;
  }
  return methods;
}

/** Replaces an own property of Error; undefined when Error does not allow it. */
function replace(name: string, value: unknown): (() => void) | undefined {
  const before = getOwnPropertyDescriptor(errorOfProbe, name);
  const fixed = before !== undefined && before.configurable !== true;
  const descriptor = fixed ? { value } : { value, writable: true, enumerable: true, configurable: true };
  if (!defineProperty(errorOfProbe, name, bare(descriptor))) return undefined;
  return () => {
    if (before === undefined) deleteProperty(errorOfProbe, name);
    else defineProperty(errorOfProbe, name, bare(before));
  };
}

/** Without a prototype: somebody may have put a `get` or a `writable` on Object.prototype. */
function bare(descriptor: PropertyDescriptor): PropertyDescriptor {
  return Object.assign(Object.create(null), descriptor);
}

/** A stack that V8 has taken, to be read by `sitesOf`; undefined when Error does not allow it. */
export interface TakenStack {
  readonly stack?: unknown;
}

/** Takes the stack below the topmost call of `above`, unread: reading costs several times as much. */
export function takeStack(limit: number, above: (...args: never[]) => unknown): TakenStack | undefined {
  const undo = replace('stackTraceLimit', limit);
  if (!undo) return undefined;
  try {
    const holder: TakenStack = Object.create(null);
    captureStackTrace(holder, above);
    return holder;
  } finally {
    undo();
  }
}

/**
 * The sites of a stack that nobody has read yet. `prepareStackTrace` is ours for this moment only, so that neither
 * source-map-support nor the application's own formatter runs.
 */
export function sitesOf(taken: TakenStack): readonly unknown[] | undefined {
  const undo = replace('prepareStackTrace', (_error: unknown, sites: unknown) => sites);
  if (!undo) return undefined;
  try {
    // Formatted when it is first read, by whatever formatter is set then.
    const { stack } = taken;
    return isArray(stack) ? stack : undefined;
  } finally {
    undo();
  }
}

/** The sites below the topmost call of `above`. */
export function callSites(
  limit: number,
  above: (...args: never[]) => unknown,
): readonly unknown[] | undefined {
  const taken = takeStack(limit, above);
  return taken && sitesOf(taken);
}
