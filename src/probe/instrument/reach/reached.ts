import type * as Util from 'node:util';
import type { HookSpec } from '../../instrumentProtocol.js';
import type { Types } from '../../main/captured.js';
import type { AnyFunction, Hook, InstrumentContext, Recording } from '../hook.js';
import { type EntryState, newEntryState } from './entry.js';
import { Holding } from './holding.js';
import { type Identity, makeIdentity } from './identify.js';
import type { ReachNews } from './news.js';
import type { Slot } from './slots.js';
import type { StrayCaller } from './strays.js';
import { type Root, walk } from './walk.js';

/** What is searched below a module's exports. */
export const WIDE = { depth: 5, objects: 20_000, ms: 12 };
/** What is searched below a scope, or in one frame of a pause. */
export const NARROW = { depth: 4, objects: 3000, ms: 8 };
/** Functions of a module whose scopes are read. */
const NEIGHBOURS = 30;

export interface Variable {
  readonly slot: Slot;
  readonly fn: AnyFunction;
}

export interface Reached {
  readonly hook: Hook;
  readonly holding: Holding;
  readonly entry: EntryState;
  /** Who called past the wrapper since the last count, and who through it. */
  callers: StrayCaller[];
  readonly clients: StrayCaller[];
  /** Functions met below the exports: the Worker picks those of the hook's own script. */
  readonly neighbours: AnyFunction[];
  /** Variables of a frame that is paused. */
  variables: Variable[];
}

/** All hooks of this thread, and what both the Worker's evaluations and its JSON calls need of them. */
export class Reach {
  readonly context: InstrumentContext;
  readonly recording: Recording;
  readonly types: Types;
  readonly identity: Identity;
  readonly now: () => number;
  readonly all = new Map<number, Reached>();

  constructor(context: InstrumentContext, recording: Recording) {
    this.context = context;
    this.recording = recording;
    this.types = context.builtin<typeof Util>('node:util').types;
    this.identity = makeIdentity(recording);
    this.now = performance.now.bind(performance);
  }

  open(spec: HookSpec): void {
    if (this.all.has(spec.hook)) throw new Error(`hook ${spec.hook} is in use`);
    const hook: Hook = { spec, inside: false, isCopying: false, undo: [] };
    this.context.hooks.set(spec.hook, hook);
    this.all.set(spec.hook, {
      hook,
      holding: new Holding(hook, this.recording),
      entry: newEntryState(),
      callers: [],
      clients: [],
      neighbours: [],
      variables: [],
    });
  }

  of(params: unknown): Reached {
    const { hook } = params as { hook: number };
    const found = this.all.get(hook);
    if (!found) throw new Error(`no hook ${hook}`);
    return found;
  }

  news(of: Reached, cut = false): ReachNews {
    const { hook, holding, entry, callers, clients } = of;
    const { hits, stray, through, errors, wantsEnds, handles } = entry;
    return {
      ...holding.progress,
      hook: hook.spec.hook,
      hits,
      stray,
      through,
      instances: handles,
      errors,
      wantsEnds,
      callers,
      clients,
      cut,
    };
  }

  /** Finds slots below the roots and hands them to the hook. Returns whether a limit cut it short. */
  search(of: Reached, roots: readonly Root[], limits: typeof WIDE): boolean {
    const { hook, holding, neighbours } = of;
    const { identity, types, now } = this;
    return walk(
      roots,
      {
        wants(fn) {
          if (neighbours.length < NEIGHBOURS) neighbours[neighbours.length] = fn as AnyFunction;
          return identity.candidate(hook, fn) !== undefined || identity.mayBind(hook, fn);
        },
        found(fn, slot) {
          const original = identity.candidate(hook, fn);
          // A wrapper of ours is there already.
          if (original === undefined || original === fn) holding.found(slot, fn as AnyFunction);
        },
      },
      limits,
      { types, now },
    );
  }

  /** Last first; steps that could not are kept. */
  undo({ hook }: Reached): boolean {
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

  forget(of: Reached): void {
    this.all.delete(of.hook.spec.hook);
    this.context.hooks.delete(of.hook.spec.hook);
    this.recording.forget(of.hook);
  }
}
