/**
 * Where functions are held, on the main thread: finds the places, puts the wrapper in and the function back. The Worker
 * (src/probe/worker/instruments/keeper.ts) leads: it asks V8 what this thread cannot know, locations, scopes, pauses.
 */
import type * as Module from 'node:module';
import type * as Util from 'node:util';
import type { HookSpec } from '../../instrumentProtocol.js';
import { FLAG } from '../../layout.js';
import { isObject, ownData } from '../../main/captured.js';
import type { AnyFunction, Functions, Hook, InstrumentContext, Recording } from '../hook.js';
import { type EntryState, enter, newEntryState } from './entry.js';
import { Holding } from './holding.js';
import { makeIdentity } from './identify.js';
import { makeLoader } from './loader.js';
import { nativeOf } from './natives.js';
import type { ReachNews } from './news.js';
import { propertySlot, type ScopeHandle } from './slots.js';
import { noteCaller, type StrayCaller } from './strays.js';
import { type Root, walk } from './walk.js';

/** What is searched of a module's exports, and of what scopes and callers hold. */
const WIDE = { depth: 5, objects: 20_000, ms: 25 };
const NARROW = { depth: 4, objects: 5000, ms: 10 };
/** Functions of a module whose scopes are read. */
const SCOPE_SOURCES = 30;

interface Reached {
  readonly hook: Hook;
  readonly holding: Holding;
  readonly entry: EntryState;
  callers: StrayCaller[];
  /** Functions met below the exports: the Worker picks those of the hook's own script. */
  neighbours: AnyFunction[];
}

export function reachFunctions(
  context: InstrumentContext,
  recording: Recording,
): { engine: object; functions: Functions } {
  const { types } = context.builtin<typeof Util>('node:util');
  const now = performance.now.bind(performance);
  const identity = makeIdentity(recording);
  const loader = makeLoader(context.builtin<typeof Module>('node:module'), types);
  const all = new Map<number, Reached>();
  let key = '';
  let armed = 0;

  function reached(params: unknown): Reached {
    const { hook } = params as { hook: number };
    const found = all.get(hook);
    if (!found) throw new Error(`no hook ${hook}`);
    return found;
  }

  function news(of: Reached, cut = false): ReachNews {
    const { hook, holding, entry, callers } = of;
    const { hits, stray, through, errors } = entry;
    return { ...holding.progress, hook: hook.spec.hook, hits, stray, through, errors, callers, cut };
  }

  function search(of: Reached, roots: readonly Root[], limits = WIDE): boolean {
    const { hook, holding } = of;
    return walk(
      roots,
      {
        wants(fn) {
          if (of.neighbours.length < SCOPE_SOURCES && fn !== undefined) of.neighbours.push(fn as AnyFunction);
          return identity.candidate(hook, fn) !== undefined;
        },
        found(fn, slot) {
          const original = identity.candidate(hook, fn);
          if (original !== undefined && original === fn) holding.found(slot, original);
        },
      },
      limits,
      { types, now },
    );
  }

  function exportsOf(of: Reached): boolean {
    const { path, url, isModule } = of.hook.spec.script;
    if (isModule) {
      const namespace = loader.namespace(url);
      return namespace === undefined ? false : search(of, [{ value: namespace, name: 'exports' }]);
    }
    const entry = loader.commonJs(path);
    if (entry === undefined) return false;
    const value = ownData(entry, 'exports');
    const fn = identity.candidate(of.hook, value);
    if (fn !== undefined && fn === value)
      of.holding.found(propertySlot(entry, 'exports', 'value', 'module.exports'), fn);
    return search(of, [{ value, name: 'exports' }]);
  }

  function forget(of: Reached): void {
    all.delete(of.hook.spec.hook);
    context.hooks.delete(of.hook.spec.hook);
    recording.forget(of.hook);
  }

  /** Last first; steps that could not are kept. */
  function undo({ hook }: Reached): boolean {
    const left: (() => boolean)[] = [];
    for (const step of hook.undo.splice(0).reverse()) {
      try {
        if (!step()) left.push(step);
      } catch {
        left.push(step);
      }
    }
    hook.undo.push(...left.reverse());
    return left.length === 0;
  }

  function dropKey(): void {
    if (key !== '') Reflect.deleteProperty(globalThis, key);
    key = '';
  }

  context.onUndo(() => {
    for (const each of [...all.values()]) {
      undo(each);
      forget(each);
    }
    dropKey();
  });

  const engine = {
    /** The candidates whose locations are wanted. */
    fresh: (hook: number) => reached({ hook }).holding.fresh,
    neighbours: (hook: number) => reached({ hook }).neighbours,
    /** Given the scopes of a function of Node.js that has the loader of ES modules in them. */
    learnLoader: (scopes: readonly { readonly object?: unknown }[]) => loader.learn(scopes),
    /** Roots from scopes that the Worker has read: [[Scopes]] of a neighbour. */
    scan(hook: number, ...lists: readonly (readonly { readonly object?: unknown }[])[]): string {
      const of = reached({ hook });
      const roots: Root[] = [];
      for (const scopes of lists) {
        for (let index = 0; index < scopes.length && index < 50; index++) {
          const scope = ownData(scopes[index] as object, 'object');
          if (!isObject(scope) || scope === globalThis || types.isProxy(scope)) continue;
          for (const name of Reflect.ownKeys(scope)) {
            if (typeof name === 'string') roots.push({ value: ownData(scope, name), name });
          }
        }
      }
      const cut = search(of, roots, NARROW);
      return JSON.stringify(news(of, cut));
    },
    /** From the condition on the function's first location; never throws. */
    hit(hook: number, self?: () => unknown, scope?: () => ScopeHandle): boolean {
      try {
        const of = all.get(hook);
        if (of === undefined) return false;
        return enter({ hook: of.hook, holding: of.holding, state: of.entry }, self, scope, {
          types,
          identity,
          stray: () => noteCaller(of.callers, engine.hit),
          news: () => void Atomics.store(context.flags, FLAG.reach, 1),
        });
      } catch (error) {
        engine.failed(hook, error);
        return false;
      }
    },
    failed(hook: number, error: unknown): void {
      const errors = all.get(hook)?.entry.errors;
      if (errors && errors.length < 5) errors.push(messageOf(error));
      Atomics.store(context.flags, FLAG.reach, 1);
    },
    /** A constant that waits for its pause: what it shall hold. */
    constantValue: (hook: number, index: number) => reached({ hook }).holding.constant(index)?.wrapper,
    pauseAt: (hook: number, index: number) => reached({ hook }).holding.constant(index)?.slot.pause?.(),
    leftValue: (hook: number, index: number) => reached({ hook }).holding.leftInConstants()[index]?.original,
    pauseLeft: (hook: number, index: number) =>
      reached({ hook }).holding.leftInConstants()[index]?.slot.pause?.(),
  };

  const functions: Functions = {
    /** HookSpec → `{}`. */
    reachOpen(params) {
      const spec = params as HookSpec;
      if (all.has(spec.hook)) throw new Error(`hook ${spec.hook} is in use`);
      const hook: Hook = { spec, inside: false, undo: [] };
      context.hooks.set(spec.hook, hook);
      all.set(spec.hook, {
        hook,
        holding: new Holding(hook, recording),
        entry: newEntryState(),
        callers: [],
        neighbours: [],
      });
      return {};
    },
    reachExports(params) {
      const of = reached(params);
      return news(of, exportsOf(of));
    },
    /** `{hook, module, path}` → ReachNews; the function is what stands there, whatever its text. */
    reachNative(params) {
      const of = reached(params);
      const { module, path } = params as { module: string; path: string[] };
      const { slots, fn, notes } = nativeOf(context.builtin, module, path, types);
      for (const note of notes) of.holding.note(note);
      if (fn !== undefined) {
        for (const slot of slots) of.holding.found(slot, fn);
        of.holding.settle(of.holding.fresh.map(() => true));
      }
      return news(of);
    },
    /** `{hook, good}` → ReachNews: which of `engine.fresh` are the function. */
    reachSettle(params) {
      const of = reached(params);
      of.holding.settle((params as { good: boolean[] }).good);
      return news(of);
    },
    /** `{hook}` → ReachNews. Empties the list of callers. */
    reachNews(params) {
      const of = reached(params);
      const told = news(of);
      of.callers = [];
      return told;
    },
    /** `{hook}` → the name, on `globalThis`, by which conditions find the engine. */
    reachArm(params) {
      const of = reached(params);
      of.hook.inside = false;
      armed += 1;
      if (key === '') {
        key = `$remora${Math.random().toString(36).slice(2, 12)}`;
        Object.defineProperty(globalThis, key, { value: engine, configurable: true, enumerable: false });
      }
      return { key };
    },
    reachDisarm() {
      armed -= 1;
      if (armed <= 0) dropKey();
      return {};
    },
    /** `{hook, stray?, through?}`: forgets what was counted. */
    reachCount(params) {
      const { entry } = reached(params);
      Object.assign(entry, { hits: 0, stray: 0, through: 0 });
      return {};
    },
    /** `{hook, asking}` */
    reachAsk(params) {
      reached(params).entry.asking = (params as { asking: boolean }).asking;
      return {};
    },
    /** `{hook}` → names of constants that wait for a pause, by index. */
    reachConstants(params) {
      const { holding } = reached(params);
      const names: string[] = [];
      for (let index = 0; ; index++) {
        const entry = holding.constant(index);
        if (!entry) return names;
        names.push(entry.name);
      }
    },
    /** `{hook, done}`: pauses are over; `done` false gives up those that could not be set. */
    reachConstantsSet(params) {
      const of = reached(params);
      of.holding.settleConstants();
      if ((params as { done: boolean }).done) of.holding.giveUpConstants();
      return news(of);
    },
    /** `{hook}` → constants that still hold the wrapper, by index of `leftValue`: they need a pause each. */
    reachLeft: (params) =>
      reached(params)
        .holding.leftInConstants()
        .map(({ name }) => name),
    /** `{hook}` → `{clean, notes}`; a hook that is clean is forgotten. */
    reachUndo(params) {
      const of = reached(params);
      const clean = undo(of);
      const { notes } = of.holding.progress;
      if (clean || (params as { final?: boolean }).final) forget(of);
      return { clean, notes };
    },
  };
  return { engine, functions };
}

function messageOf(error: unknown): string {
  const message = isObject(error) ? ownData(error, 'message') : error;
  return typeof message === 'string' ? message.slice(0, 200) : 'unknown';
}
