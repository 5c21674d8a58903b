import type * as AsyncHooks from 'node:async_hooks';
import type * as Util from 'node:util';
import { apply, isArray, ownData, type Types } from './captured.js';
import { classNameOf } from './className.js';
import { framesHere, type RawFrame } from './framesHere.js';
import type { MainContext, MainFunction } from './functions.js';
import { type HandleFacts, handleFacts, timerFacts } from './handleFacts.js';
import { maySetTimers } from './stack.js';

/** Objects counted in one answer; a process may well have more. */
const COUNTED = 20_000;
const TYPES = 200;
const STACKS = 1000;
const STACK_FRAMES = 16;
const ALIVE = 100_000;
/** A stack costs microseconds: of a flood only so many are taken per second. */
const STACKS_PER_SECOND = 2000;
/** Made and gone by the thousand in every turn of the loop: counted, never located. */
const UNLOCATED = new Set(['TickObject', 'Microtask']);

interface TypeGroup {
  type: string;
  count: number;
  details: HandleFacts[];
}

interface MadeGroup {
  readonly type: string;
  readonly frames: readonly RawFrame[];
  made: number;
  alive: number;
  timeoutMs?: number;
}

interface HandleWatch {
  readonly groups: Map<string, MadeGroup>;
  readonly types: Map<string, { made: number; alive: number }>;
  readonly alive: Map<number, { group?: MadeGroup; type: { alive: number } }>;
  readonly endsAt: number;
  second: number;
  taken: number;
  unlocated: number;
  promises: number;
  stop(): void;
}

/** What keeps the process alive or busy: handles and requests now, and where new ones are made. */
export function handleFunctions(context: MainContext): Record<string, MainFunction> {
  const { types } = context.builtin<typeof Util>('node:util');
  const now = globalThis.performance.now.bind(globalThis.performance);
  let watch: HandleWatch | undefined;

  return {
    /** `{details}` → groups of handles and requests, details of the first few of each, resources by type. */
    handles(params) {
      const { details } = params as { details: number };
      const handles = listOf('_getActiveHandles');
      const requests = listOf('_getActiveRequests');
      return {
        handleCount: handles.length,
        requestCount: requests.length,
        handles: grouped(handles, types, details),
        requests: grouped(requests, types, details),
        resources: resourceCounts(),
      };
    },
    /** `{seconds}` → whether the hook is on; false when this moment was a bad one: ask again. */
    handlesWatchStart(params) {
      if (watch) throw new Error('handles are being watched already');
      if (!maySetTimers()) return false;
      watch = startWatch(context, types, now, (params as { seconds: number }).seconds, () => {
        watch = undefined;
      });
      return true;
    },
    /** → what was made since, and ends it. */
    handlesWatchEnd() {
      const ended = watch;
      ended?.stop();
      return ended ? report(ended) : null;
    },
  };
}

function listOf(name: '_getActiveHandles' | '_getActiveRequests' | 'getActiveResourcesInfo'): unknown[] {
  const list = ownData(process, name);
  if (typeof list !== 'function') return [];
  const values = apply(list as () => unknown, process, []);
  return isArray(values) ? values : [];
}

function resourceCounts(): Record<string, number> {
  const counts: Record<string, number> = Object.create(null);
  const names = listOf('getActiveResourcesInfo');
  for (let at = 0; at < names.length && at < COUNTED; at++) {
    const name = names[at] as string;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

function grouped(values: readonly unknown[], types: Types, details: number): TypeGroup[] {
  const groups = new Map<string, TypeGroup>();
  for (let at = 0; at < values.length && at < COUNTED; at++) {
    const value = values[at];
    if (typeof value !== 'object' || value === null) continue;
    const type = types.isProxy(value) ? 'Proxy' : classNameOf(value, types);
    let group = groups.get(type);
    if (!group) {
      if (groups.size >= TYPES) continue;
      group = { type, count: 0, details: [] };
      groups.set(type, group);
    }
    group.count += 1;
    if (group.details.length >= details) continue;
    try {
      group.details[group.details.length] = handleFacts(value, types);
    } catch {
      // One that cannot be read is still counted.
    }
  }
  return Array.from(groups.values());
}

function startWatch(
  context: MainContext,
  types: Types,
  now: () => number,
  seconds: number,
  onStop: () => void,
): HandleWatch {
  const { createHook } = context.builtin<typeof AsyncHooks>('node:async_hooks');
  const started = now();
  const init = (asyncId: number, name: string, _trigger: number, resource: object): void => {
    try {
      if (name === 'PROMISE') {
        watch.promises += 1;
        return;
      }
      // Nobody came to end it: the agent is in trouble, the application must not pay for that.
      if (now() > watch.endsAt) watch.stop();
      else note(watch, asyncId, name, resource, init, types, now() - started);
    } catch {
      // An error in a hook would end the process.
    }
  };
  const destroy = (asyncId: number): void => {
    try {
      const entry = watch.alive.get(asyncId);
      if (!entry) return;
      watch.alive.delete(asyncId);
      entry.type.alive -= 1;
      if (entry.group) entry.group.alive -= 1;
    } catch {
      // As above.
    }
  };
  // With `destroy` every promise costs a microsecond and a weak reference: not tracked where Node lets us (late 24, 26).
  const hooks = { init, destroy, trackPromises: false };
  const hook = createHook(hooks);
  const watch: HandleWatch = {
    groups: new Map(),
    types: new Map(),
    alive: new Map(),
    endsAt: started + seconds * 1000 + 10_000,
    second: 0,
    taken: 0,
    unlocated: 0,
    promises: 0,
    stop() {
      hook.disable();
      forget();
      onStop();
    },
  };
  const forget = context.onUndo(() => watch.stop());
  hook.enable();
  return watch;
}

function note(
  watch: HandleWatch,
  asyncId: number,
  name: string,
  resource: object,
  init: (...args: never[]) => unknown,
  types: Types,
  elapsed: number,
): void {
  let type = watch.types.get(name);
  if (!type) {
    if (watch.types.size >= TYPES) return;
    type = { made: 0, alive: 0 };
    watch.types.set(name, type);
  }
  type.made += 1;
  if (UNLOCATED.has(name)) return;
  const group = groupHere(watch, name, resource, init, types, elapsed);
  if (group) group.made += 1;
  if (watch.alive.size >= ALIVE) return;
  type.alive += 1;
  if (group) group.alive += 1;
  watch.alive.set(asyncId, { group, type });
}

function groupHere(
  watch: HandleWatch,
  name: string,
  resource: object,
  init: (...args: never[]) => unknown,
  types: Types,
  elapsed: number,
): MadeGroup | undefined {
  const second = Math.floor(elapsed / 1000);
  if (second !== watch.second) {
    watch.second = second;
    watch.taken = 0;
  }
  if (watch.taken >= STACKS_PER_SECOND) {
    watch.unlocated += 1;
    return undefined;
  }
  watch.taken += 1;
  const frames = withoutHooks(framesHere(STACK_FRAMES, init));
  let key = name;
  for (let at = 0; at < frames.length; at++) {
    const frame = frames[at];
    key += `|${frame?.url}:${frame?.line}:${frame?.column}`;
  }
  let group = watch.groups.get(key);
  if (!group) {
    if (watch.groups.size >= STACKS) {
      watch.unlocated += 1;
      return undefined;
    }
    group = { type: name, frames, made: 0, alive: 0 };
    if (name === 'Timeout' && !types.isProxy(resource)) Object.assign(group, timerFacts(resource));
    watch.groups.set(key, group);
  }
  return group;
}

/** Every stack would begin with Node's own way to this hook. */
function withoutHooks(frames: readonly RawFrame[]): RawFrame[] {
  const rest: RawFrame[] = [];
  for (let at = 0; at < frames.length; at++) {
    const frame = frames[at] as RawFrame;
    if (rest.length > 0 || frame.url !== 'node:internal/async_hooks') rest[rest.length] = frame;
  }
  return rest;
}

function report(watch: HandleWatch) {
  const types = Array.from(watch.types, ([type, { made, alive }]) => ({
    type,
    made,
    alive: UNLOCATED.has(type) ? undefined : alive,
  }));
  if (watch.promises > 0) types.push({ type: 'PROMISE', made: watch.promises, alive: undefined });
  return {
    types,
    stacks: Array.from(watch.groups.values()),
    unlocated: watch.unlocated,
  };
}
