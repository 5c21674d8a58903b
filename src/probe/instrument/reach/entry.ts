import { apply, getPrototypeOf, isObject, ownData, type Types } from '../../main/captured.js';
import type { Hook } from '../hook.js';
import type { Holding } from './holding.js';
import type { Identity } from './identify.js';
import { propertySlot, type ScopeHandle, type Slot, variableSlot } from './slots.js';

const { getOwnPropertyDescriptor } = Reflect;
const weakSetAdd = WeakSet.prototype.add;
const weakSetHas = WeakSet.prototype.has;
/** Prototypes of `this` that are looked at. */
const CHAIN = 50;
/** Scope handles of one hook: a closure has one for each of its instances. */
const MOST_HANDLES = 50;

/** What the Worker wants of the calls of a hook's function; the condition on its first location asks. */
export interface EntryState {
  /** Calls that met the condition. */
  hits: number;
  /** Calls by somebody who still holds the original. */
  stray: number;
  /** Calls that came through a wrapper. */
  through: number;
  /** Pause at the next stray call, so that its callers can be searched. */
  asking: boolean;
  /** Messages of what went wrong in a condition. */
  readonly errors: string[];
  handles: number;
  /** Functions whose variable has a handle. */
  readonly handled: WeakSet<object>;
  /** Observers want to know how calls end that only a breakpoint has seen. */
  wantsEnds: boolean;
}

export function newEntryState(): EntryState {
  return {
    hits: 0,
    stray: 0,
    through: 0,
    asking: false,
    errors: [],
    handles: 0,
    handled: new WeakSet(),
    wantsEnds: false,
  };
}

export interface Entered {
  readonly hook: Hook;
  readonly holding: Holding;
  readonly entry: EntryState;
}

interface Tools {
  readonly types: Types;
  readonly identity: Identity;
}

/**
 * A call has reached the function's first location. `self` gives its `this` (throws before `super()`), `scope` makes a
 * handle on the variable that the function is known by.
 */
export function enter(
  of: Entered,
  isThrough: boolean,
  self: (() => unknown) | undefined,
  scope: (() => ScopeHandle) | undefined,
  tools: Tools,
): void {
  const { hook, entry } = of;
  entry.hits += 1;
  if (isThrough) entry.through += 1;
  else entry.stray += 1;
  if (scope && entry.handles < MOST_HANDLES) byVariable(scope, of, tools.identity);
  if (self && hook.spec.shape.key !== '') byChain(selfOf(self), of, tools);
}

function selfOf(self: () => unknown): unknown {
  try {
    return self();
  } catch {
    return undefined;
  }
}

function byVariable(scope: () => ScopeHandle, { hook, holding, entry }: Entered, identity: Identity): void {
  const name = bindingName(hook);
  const slot = variableSlot(scope(), name);
  const value = slot.read();
  const fn = identity.candidate(hook, value);
  // Whoever holds a wrapper of ours already has been here before.
  if (fn === undefined || fn !== value || apply(weakSetHas, entry.handled, [fn])) return;
  apply(weakSetAdd, entry.handled, [fn]);
  entry.handles += 1;
  // `X = class e {}` calls itself `e`.
  hook.knowsWrapper = ownData(fn, 'name') === name;
  holding.found(slot, fn);
}

function bindingName(hook: Hook): string {
  for (const step of hook.spec.plan) if (step.by === 'scope-entry' && step.binding) return step.binding.name;
  return '';
}

/** The property that the function is declared under, on `this` and its prototypes. */
function byChain(self: unknown, { hook, holding }: Entered, { types, identity }: Tools): void {
  const { key, kind } = hook.spec.shape;
  const half = kind === 'getter' ? 'get' : kind === 'setter' ? 'set' : 'value';
  let holder: object | null = isObject(self) ? self : null;
  for (let steps = 0; holder !== null && steps < CHAIN && !types.isProxy(holder); steps++) {
    const value = getOwnPropertyDescriptor(holder, key)?.[half] as unknown;
    const fn = identity.candidate(hook, value);
    if (fn !== undefined && fn === value) {
      const slot: Slot = propertySlot(holder, key, half, `${nameOf(holder)}.${key}`);
      holding.found(slot, fn);
    }
    holder = getPrototypeOf(holder);
  }
}

function nameOf(holder: object): string {
  const maker: unknown =
    typeof holder === 'function' ? holder : getOwnPropertyDescriptor(holder, 'constructor')?.value;
  const name: unknown =
    typeof maker === 'function' ? getOwnPropertyDescriptor(maker, 'name')?.value : undefined;
  const text =
    typeof name === 'string' && name !== '' ? apply(String.prototype.slice, name, [0, 100]) : 'an object';
  return typeof holder === 'function' ? `${text}` : `${text}.prototype`;
}
