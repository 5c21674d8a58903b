/**
 * A bounded walk over what can be reached from some values by own data properties, prototypes, accessors' functions and
 * elements of arrays, Maps and Sets, breadth first. Runs no getter, no trap, no iterator but V8's own.
 */
import {
  apply,
  getOwnPropertyDescriptor,
  getPrototypeOf,
  isArray,
  isObject,
  isView,
  mapEntries,
  mapIteratorNext,
  ownKeys,
  setIteratorNext,
  setValues,
  type Types,
} from '../../main/captured.js';
import { entrySlot, memberSlot, parentSlot, propertySlot, type Slot } from './slots.js';

export interface WalkLimits {
  readonly depth: number;
  readonly objects: number;
  /** Milliseconds. */
  readonly ms: number;
}

export interface Root {
  readonly value: unknown;
  /** For people: `exports`. */
  readonly name: string;
}

/** What a walk is told about functions; `found` gets each slot that holds one it wants. */
export interface Visitor {
  wants(fn: object): boolean;
  found(fn: object, slot: Slot): void;
}

interface Node {
  readonly value: object;
  readonly depth: number;
  readonly parent: Node | undefined;
  readonly key: unknown;
}

const weakSetAdd = WeakSet.prototype.add;
const weakSetHas = WeakSet.prototype.has;
const setSize = getOwnPropertyDescriptor(Set.prototype, 'size')?.get;
/** Elements of an array, Map or Set that are looked at. */
const ELEMENTS = 1000;
/** Properties of one object that are looked at: one that has more is a table of data. */
const KEYS = 2000;
/** Objects that have more: a million keys take V8 most of a second to list, which happens once. */
const tables = new WeakSet<object>();
/** Objects between two looks at the clock. */
const LOOK = 16;
/** Prototypes that belong to the language: nothing of the application is below them. */
const common = new WeakSet<object>();
for (const each of [
  Object,
  Function,
  Array,
  Map,
  Set,
  Promise,
  Error,
  Date,
  RegExp,
  String,
  Number,
  Boolean,
]) {
  common.add(each);
  common.add(each.prototype);
}
common.add(globalThis);
common.add(process);
const functionPrototypes: object[] = [async () => {}, function* () {}, async function* () {}].map(
  (fn) => Reflect.getPrototypeOf(fn) as object,
);
for (const each of functionPrototypes) common.add(each);

/** Returns whether a limit cut it short. */
export function walk(
  roots: readonly Root[],
  visitor: Visitor,
  limits: WalkLimits,
  tools: { readonly types: Types; now(): number },
): boolean {
  const { types, now } = tools;
  const until = now() + limits.ms;
  const seen = new WeakSet<object>();
  const queue: Node[] = [];
  let cut = false;

  function push(value: unknown, parent: Node | undefined, key: unknown): void {
    if (!isObject(value) || apply(weakSetHas, common, [value]) || apply(weakSetHas, seen, [value])) return;
    const depth = parent === undefined ? 0 : parent.depth + 1;
    if (depth > limits.depth || types.isProxy(value)) return;
    if (queue.length >= limits.objects) {
      cut = true;
      return;
    }
    apply(weakSetAdd, seen, [value]);
    queue[queue.length] = { value, depth, parent, key };
  }

  function held(value: unknown, node: Node, key: unknown, slot: (where: string) => Slot): void {
    if (typeof value === 'function' && !types.isProxy(value) && visitor.wants(value)) {
      visitor.found(value, slot(path(node, key)));
    }
    push(value, node, key);
  }

  function property(node: Node, key: PropertyKey): void {
    const descriptor = getOwnPropertyDescriptor(node.value, key);
    if (descriptor === undefined) return;
    const { value, get, set } = descriptor;
    if (get !== undefined) held(get, node, key, (where) => propertySlot(node.value, key, 'get', where));
    if (set !== undefined) held(set, node, key, (where) => propertySlot(node.value, key, 'set', where));
    // `prototype.constructor` names a class, nobody calls it by that; a namespace only shows the module's own variables.
    if (key === 'constructor' || types.isModuleNamespaceObject(node.value)) push(value, node, key);
    else held(value, node, key, (where) => propertySlot(node.value, key, 'value', where));
  }

  function members(node: Node): void {
    const { value } = node;
    if (types.isMap(value)) {
      const iterator = apply(mapEntries, value, []);
      for (let count = 0; count < ELEMENTS; count++) {
        const { done, value: entry } = apply(mapIteratorNext, iterator, []) as IteratorResult<
          [unknown, unknown]
        >;
        if (done) break;
        const [key, each] = [entry[0], entry[1]];
        held(each, node, 'an entry', (where) => entrySlot(value, key, where));
        push(key, node, 'a key');
      }
    } else if (types.isSet(value)) {
      const iterator = apply(setValues, value, []);
      const small = setSize !== undefined && (apply(setSize, value, []) as number) <= ELEMENTS;
      for (let count = 0; count < ELEMENTS; count++) {
        const { done, value: each } = apply(setIteratorNext, iterator, []) as IteratorResult<unknown>;
        if (done) break;
        if (small) held(each, node, 'a member', (where) => memberSlot(value, each, where));
        else push(each, node, 'a member');
      }
    }
  }

  function visit(node: Node): void {
    const { value } = node;
    if (isView(value) || types.isAnyArrayBuffer(value) || apply(weakSetHas, tables, [value])) return;
    members(node);
    if (isArray(value)) {
      const length = getOwnPropertyDescriptor(value, 'length')?.value as number;
      for (let index = 0; index < length && index < ELEMENTS; index++) property(node, `${index}`);
    } else {
      const keys = ownKeys(value);
      if (keys.length > KEYS) {
        apply(weakSetAdd, tables, [value]);
        cut = true;
      }
      for (let index = 0; index < keys.length && index < KEYS; index++) {
        property(node, keys[index] as PropertyKey);
      }
    }
    const parent = getPrototypeOf(value);
    if (typeof value === 'function' && typeof parent === 'function') {
      held(parent, node, '__proto__', (where) => parentSlot(value, where));
    } else {
      push(parent, node, '__proto__');
    }
  }

  for (let index = 0; index < roots.length; index++) {
    const root = roots[index] as Root;
    push(root.value, undefined, root.name);
  }
  for (let at = 0; at < queue.length; at++) {
    if (at % LOOK === LOOK - 1 && now() > until) return true;
    try {
      visit(queue[at] as Node);
    } catch {
      // A binding of a module namespace that is not initialised yet, an exotic object of the host.
    }
  }
  return cut;
}

function path(node: Node | undefined, key: unknown): string {
  const text = typeof key === 'string' ? key : typeof key === 'symbol' ? '[symbol]' : '';
  if (node === undefined) return text;
  const before = path(node.parent, node.key);
  return `${before}.${text}`.slice(-200);
}
