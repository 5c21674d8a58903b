import { apply, ownData } from '../../main/captured.js';
import type { AnyFunction, Hook, Recording } from '../hook.js';
import type { Slot } from './slots.js';

const weakSetAdd = WeakSet.prototype.add;
const weakSetHas = WeakSet.prototype.has;
const weakMapGet = WeakMap.prototype.get;
const weakMapSet = WeakMap.prototype.set;

/** Most places of one function that are changed. */
const MOST_SLOTS = 1000;
/** Function objects of one source whose location is asked for. */
const MOST_FUNCTIONS = 200;

/** What a slot held before, and what we put there. */
export interface Placed {
  readonly slot: Slot;
  readonly original: AnyFunction;
  readonly wrapper: AnyFunction;
}

interface Waiting {
  readonly slot: Slot;
  readonly fn: AnyFunction;
}

export interface Progress {
  /** Functions whose [[FunctionLocation]] has to be confirmed first. */
  readonly fresh: number;
  readonly found: number;
  readonly reached: number;
  /** Constants that only a pause can set. */
  readonly constants: number;
  /** Words for the kinds of places that hold the wrapper now. */
  readonly kinds: readonly string[];
  readonly notes: readonly string[];
}

/** All places of one hook: found, confirmed, changed, put back. */
export class Holding {
  readonly hook: Hook;
  readonly #recording: Recording;
  /** Confirmed to be the hook's function. */
  readonly #known = new WeakSet<object>();
  readonly #refused = new WeakSet<object>();
  /** Rebuilt bound functions by the bound function they stand for. */
  readonly #bound = new WeakMap<object, AnyFunction>();
  #fresh: AnyFunction[] = [];
  #waiting: Waiting[] = [];
  readonly #placed: Placed[] = [];
  /** Found, but not to be changed. */
  readonly #closed: Slot[] = [];
  #constants: Placed[] = [];
  #later: Waiting[] = [];
  readonly #notes = new Set<string>();
  /** A moment in which nothing of the application runs. */
  mayChangeSets = false;

  constructor(hook: Hook, recording: Recording) {
    this.hook = hook;
    this.#recording = recording;
    hook.undo.push(() => this.#undoAll());
  }

  /** The confirmed function is called by whoever still holds it. */
  isKnown(fn: object): boolean {
    return apply(weakSetHas, this.#known, [fn]) as boolean;
  }

  /** A slot that holds a candidate; it is changed at once when the function is confirmed already. */
  found(slot: Slot, fn: AnyFunction): void {
    if (apply(weakSetHas, this.#refused, [fn]) || this.#has(slot)) return;
    if (this.isKnown(fn)) {
      this.#place(slot, fn);
      return;
    }
    if (this.#waiting.length >= MOST_SLOTS) return;
    this.#waiting.push({ slot, fn });
    if (!this.#fresh.includes(fn) && this.#fresh.length < MOST_FUNCTIONS) this.#fresh.push(fn);
  }

  /** A fresh array: the Worker reads it through the inspector. */
  get fresh(): readonly AnyFunction[] {
    return [...this.#fresh];
  }

  /** The Worker has looked: which of `fresh` are the hook's function. */
  settle(good: readonly boolean[]): void {
    const fresh = this.#fresh;
    this.#fresh = [];
    for (let index = 0; index < fresh.length; index++) {
      const fn = fresh[index] as AnyFunction;
      apply(weakSetAdd, good[index] === true ? this.#known : this.#refused, [fn]);
    }
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { slot, fn } of waiting) {
      if (this.isKnown(fn) && !this.#has(slot)) this.#place(slot, fn);
    }
  }

  /** `bound` binds a function that is the hook's: slots that hold it get one that binds the wrapper. */
  rebuild(bound: AnyFunction, target: AnyFunction, self: unknown, args: readonly unknown[]): void {
    const wrapper = this.#recording.wrap(this.hook, target);
    const again = apply(bind, wrapper, [self, ...args]) as AnyFunction;
    copyOwn(bound, again);
    apply(weakMapSet, this.#bound, [bound, again]);
  }

  /** What a slot that holds `fn` shall hold. */
  standIn(fn: AnyFunction): AnyFunction {
    const bound = apply(weakMapGet, this.#bound, [fn]) as AnyFunction | undefined;
    return bound ?? this.#recording.wrap(this.hook, fn);
  }

  /** A pause has set the variable: counts as placed if its handle, which outlives the pause, sees the wrapper. */
  adopt(slot: Slot, fn: AnyFunction): boolean {
    const wrapper = this.standIn(fn);
    if (slot.read() !== wrapper) return false;
    if (!this.#has(slot)) this.#placed.push({ slot, original: fn, wrapper });
    this.#recording.moved();
    return true;
  }

  /** The object that holds it under the name it is declared by: what a method belongs to. */
  homeOf(original: AnyFunction): object | undefined {
    const { key } = this.hook.spec.shape;
    for (const { slot, original: held } of this.#placed) {
      const isProperty = slot.half === 'value' || slot.half === 'get' || slot.half === 'set';
      if (isProperty && held === original && slot.key === key) return slot.holder;
    }
    return undefined;
  }

  note(text: string): void {
    if (this.#notes.size < 20) this.#notes.add(text);
  }

  get progress(): Progress {
    return {
      fresh: this.#fresh.length,
      found: this.#placed.length + this.#closed.length + this.#constants.length + this.#later.length,
      reached: this.#placed.length,
      constants: this.#constants.length,
      kinds: [...new Set(this.#placed.map(({ slot }) => kindOf(slot)))],
      notes: [...this.#notes],
    };
  }

  /** Constants that a pause has to set. */
  get constants(): readonly Placed[] {
    return this.#constants;
  }

  constant(index: number): Placed | undefined {
    return this.#constants[index];
  }

  /** After their pauses: those that hold the wrapper now count as placed; the others are given up, or kept for later. */
  settleConstants(keep: boolean): void {
    const left: Placed[] = [];
    for (const entry of this.#constants) {
      if (entry.slot.read() === entry.wrapper) this.#placed.push(entry);
      else if (keep) left.push(entry);
      else this.#refuse(entry.slot, 'is constant and could not be set');
    }
    this.#constants = left;
    this.#recording.moved();
  }

  /** Members of Sets wait for a moment in which nothing of the application runs: it might be iterating. */
  settleLater(isIdle: boolean): void {
    if (!isIdle || this.#later.length === 0) return;
    this.mayChangeSets = true;
    for (const { slot, fn } of this.#later.splice(0)) this.#place(slot, fn);
    this.mayChangeSets = false;
  }

  /** Wrappers that a plain write could not take out again: constants. Those that are out are dropped from the list. */
  leftInConstants(): readonly { name: string; slot: Slot; original: AnyFunction }[] {
    return this.#placed
      .filter(({ slot, wrapper }) => slot.pause !== undefined && slot.read() === wrapper)
      .map(({ slot, original }) => ({ name: String(slot.key), slot, original }));
  }

  #place(slot: Slot, fn: AnyFunction): void {
    if (this.#placed.length >= MOST_SLOTS) {
      this.note(`more than ${MOST_SLOTS} places hold it`);
      return;
    }
    const original = fn;
    const wrapper = this.standIn(fn);
    if (wrapper === fn) return;
    if (slot.read() !== fn) return;
    if (slot.half === 'member' && !this.mayChangeSets) {
      this.#later.push({ slot, fn });
      return;
    }
    if (slot.write(wrapper)) {
      this.#placed.push({ slot, original, wrapper });
      this.#recording.moved();
    } else if (slot.pause) this.#constants.push({ slot, original, wrapper });
    else this.#refuse(slot, 'can be neither changed nor redefined');
  }

  #refuse(slot: Slot, why: string): void {
    this.#closed.push(slot);
    this.note(`${slot.where} ${why}`);
  }

  #has({ holder, key, half }: Slot): boolean {
    const same = (slot: Slot): boolean => slot.holder === holder && slot.key === key && slot.half === half;
    const isSame = ({ slot }: { slot: Slot }): boolean => same(slot);
    return (
      this.#placed.some(isSame) ||
      this.#later.some(isSame) ||
      this.#constants.some(isSame) ||
      this.#closed.some(same)
    );
  }

  /** What the application has put into a slot meanwhile stays there. */
  #undoAll(): boolean {
    const left: Placed[] = [];
    for (const entry of this.#placed.splice(0).reverse()) {
      const { slot, original, wrapper } = entry;
      try {
        const held = slot.read();
        if (held === wrapper) {
          const waits = slot.half === 'member' && !this.mayChangeSets;
          if (waits || !slot.write(original)) left.push(entry);
        } else if (held !== original)
          this.note(`${slot.where} holds something else by now, which was left there`);
      } catch {
        left.push(entry);
      }
    }
    this.#placed.push(...left.reverse());
    this.#recording.moved();
    return left.length === 0;
  }
}

const { bind } = Function.prototype;

/** Words of `InstrumentName` for places below an object; `entry`, `member`, `parent`, `variable` for the others. */
function kindOf({ half, holder }: Slot): string {
  if (half === 'get' || half === 'set') return 'accessor';
  if (half !== 'value') return half;
  if (typeof holder === 'function') return 'static';
  return typeof ownData(holder, 'constructor') === 'function' ? 'prototype' : 'property';
}

/** Own properties that an application has put on a bound function. */
function copyOwn(from: object, to: object): void {
  for (const key of Reflect.ownKeys(from)) {
    const descriptor = Reflect.getOwnPropertyDescriptor(from, key);
    if (descriptor) Reflect.defineProperty(to, key, Object.assign(Object.create(null), descriptor));
  }
}
