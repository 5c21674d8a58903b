/**
 * Where functions are held, on the main thread: finds the places, puts the wrapper in and the function back. The Worker
 * (src/probe/worker/instruments/keeper.ts) leads: it asks V8 what this thread cannot know, locations, scopes, pauses.
 */
import type * as Module from 'node:module';
import type { HookSpec } from '../../instrumentProtocol.js';
import { ownData } from '../../main/captured.js';
import { interruptedStack } from '../framesTool.js';
import type { AnyFunction, Functions, InstrumentContext, Recording } from '../hook.js';
import { makeEngine } from './engine.js';
import { type Loader, makeLoader } from './loader.js';
import { nativeOf } from './natives.js';
import { Reach, type Reached, WIDE } from './reached.js';
import { propertySlot } from './slots.js';

export function reachFunctions(
  context: InstrumentContext,
  recording: Recording,
): { engine: object; functions: Functions } {
  const reach = new Reach(context, recording);
  const loader = makeLoader(context.builtin<typeof Module>('node:module'), reach.types);
  const engine = makeEngine(reach, loader);
  let key = '';
  let armed = 0;

  function dropKey(): void {
    if (key !== '') Reflect.deleteProperty(globalThis, key);
    key = '';
  }

  context.onUndo(() => {
    for (const each of [...reach.all.values()]) {
      reach.undo(each);
      reach.forget(each);
    }
    dropKey();
  });

  const functions: Functions = {
    /** HookSpec → `{}`. */
    reachOpen(params) {
      reach.open(params as HookSpec);
      return {};
    },
    /** `{hook}` → ReachNews. */
    reachExports(params) {
      const of = reach.of(params);
      return reach.news(of, exportsOf(reach, loader, of));
    },
    /** `{hook, module, path}` → ReachNews; the function is what stands there, whatever its text. */
    reachNative(params) {
      const of = reach.of(params);
      const { module, path } = params as { module: string; path: string[] };
      const { slots, fn, notes } = nativeOf(context.builtin, module, path, reach.types);
      for (const note of notes) of.holding.note(note);
      if (fn !== undefined) {
        for (const slot of slots) of.holding.found(slot, fn);
        of.holding.settle(of.holding.fresh.map(() => true));
      }
      return reach.news(of);
    },
    /** `{hook, good}` → ReachNews: which of `engine.fresh` are the function. */
    reachSettle(params) {
      const of = reach.of(params);
      of.holding.settle((params as { good: boolean[] }).good);
      return reach.news(of);
    },
    /** `{hook}` → ReachNews. */
    reachNews(params) {
      const of = reach.of(params);
      of.holding.settleLater(interruptedStack(1).length === 0);
      return reach.news(of);
    },
    /** `{hook}` → the name, on `globalThis`, by which conditions find the engine. */
    reachArm(params) {
      reach.of(params).hook.inside = false;
      if (key === '') {
        if (!Object.isExtensible(globalThis))
          throw new Error('globalThis is frozen: no condition could find the probe');
        key = `$remora${Math.random().toString(36).slice(2, 12)}`;
        Object.defineProperty(globalThis, key, { value: engine, configurable: true, enumerable: false });
      }
      armed += 1;
      return { key };
    },
    reachDisarm() {
      armed -= 1;
      if (armed <= 0) dropKey();
      return {};
    },
    /**
     * `{hook, asking?}`: forgets what was counted, who called, and the variables of the last pause. The next stray call
     * pauses, if that is asked for.
     */
    reachCount(params) {
      const of = reach.of(params);
      const { asking = false } = params as { asking?: boolean };
      Object.assign(of.entry, { hits: 0, stray: 0, through: 0, asking });
      of.callers = [];
      of.variables = [];
      return {};
    },
    /** `{hook}` → names of constants that wait for a pause, by index. */
    reachConstants: (params) => reach.of(params).holding.constants.map(({ slot }) => String(slot.key)),
    /** `{hook, keep}` → ReachNews: the pauses are over; constants that do not hold the wrapper are kept, or given up. */
    reachConstantsSet(params) {
      const of = reach.of(params);
      of.holding.settleConstants((params as { keep?: boolean }).keep === true);
      return reach.news(of);
    },
    /** `{hook}` → constants that still hold the wrapper, by index of `leftValue`: they need a pause each. */
    reachLeft: (params) =>
      reach
        .of(params)
        .holding.leftInConstants()
        .map(({ name }) => name),
    /** `{hook}` → `{clean, notes}`; a hook that is clean is forgotten. */
    reachUndo(params) {
      const of = reach.of(params);
      of.holding.mayChangeSets = interruptedStack(1).length === 0;
      const clean = reach.undo(of);
      const { notes } = of.holding.progress;
      if (clean) reach.forget(of);
      return { clean, notes };
    },
  };
  return { engine, functions };
}

function exportsOf(reach: Reach, loader: Loader, of: Reached): boolean {
  const { path, url, isModule } = of.hook.spec.script;
  if (isModule) {
    const namespace = loader.namespace(url);
    return namespace !== undefined && reach.search(of, [{ value: namespace, name: 'exports' }], WIDE);
  }
  const entry = loader.commonJs(path);
  if (entry === undefined) return false;
  const value = ownData(entry, 'exports');
  if (value !== undefined && reach.identity.candidate(of.hook, value) === value) {
    of.holding.found(propertySlot(entry, 'exports', 'value', 'module.exports'), value as AnyFunction);
  }
  return reach.search(of, [{ value, name: 'exports' }], WIDE);
}
