/** The functions of one target that are looked into, for all who trace: one copy each, and what was called at its sites. */
import { errorText } from '../../base/index.js';
import type { InstrumentCalls, TraceCallee as SeenCallee } from '../../probe/index.js';
import { type FoundFunction, type ScriptList, ScriptSearch } from '../scripts/index.js';
import type { TracedCopy } from '../trace/tracedCopy.js';
import { calleesFrom } from './checked.js';
import { observable } from './find.js';
import { keyOf } from './hookTable.js';
import { type PlaceOf, Rewrites } from './rewrites.js';
import type { Copy, CopyRequest, ObservableFunction, TraceCallee } from './types.js';

/** Between two looks at what was called, while calls are recorded. */
const LOOK_MS = 200;
/** Looks that find nothing new, after which they become rare until a new record comes: a condition may say no to all. */
const IDLE_LOOKS = 3;
const RARE_LOOK_MS = 1000;

export interface TraceHost {
  open(fn: ObservableFunction, request: CopyRequest): Promise<Copy>;
  drop(copy: Copy): Promise<void>;
  inTurn<T>(work: () => Promise<T>): Promise<T>;
  settle(): Promise<void>;
  isGone(): boolean;
  call<K extends keyof InstrumentCalls>(name: K, params: Parameters<InstrumentCalls[K]>[0]): Promise<unknown>;
}

/** Somebody who traces. */
export interface TraceUser {
  readonly skipInternal: boolean;
  /** It looks into what is called, too. */
  readonly isDeep: boolean;
  readonly force: boolean;
  /** Wants nothing for now. */
  readonly isResting: boolean;
  /** `callee` was called by `caller`; or may be, as far as it is known before it is. */
  called(caller: Traced, callee: ObservableFunction, isCalled: boolean): void;
  changed(): void;
}

/** A function that is looked into, or shall be. */
export interface Traced {
  readonly of: ObservableFunction;
  readonly key: string;
  state: 'traced' | 'waits' | 'cannot';
  why?: string;
  /** Milliseconds since the epoch: it was not looked into before. */
  since?: number;
  slot?: number;
  copy?: TracedCopy;
  place?: PlaceOf;
  held?: Copy;
  readonly users: Set<TraceUser>;
  /** By number of their site: the first that was seen. */
  readonly callees: Map<number, SeenAt>;
}

export interface SeenAt {
  readonly callee: Omit<TraceCallee, 'isTraced' | 'why'>;
  /** Of a function that could be traced as well. */
  readonly key?: string;
}

export class TracedFunctions {
  readonly rewrites: Rewrites;
  readonly #host: TraceHost;
  readonly #list: ScriptList;
  readonly #byKey = new Map<string, Traced>();
  /** Also those that are gone: records of theirs may still be on their way. */
  readonly #bySlot = new Map<number, Traced>();
  readonly #located = new Map<string, Promise<ReadonlyMap<string, FoundFunction>>>();
  #timer: NodeJS.Timeout | undefined;
  #idle = 0;
  #looking: Promise<void> | undefined;
  /** Sites, as `hook:site`, that nothing was found at, though it was asked. */
  readonly #unknown = new Set<string>();

  constructor(list: ScriptList, host: TraceHost) {
    this.#list = list;
    this.#host = host;
    this.rewrites = new Rewrites(list);
  }

  inTurn<T>(work: () => Promise<T>): Promise<T> {
    return this.#host.inTurn(work);
  }

  at(slot: number): Traced | undefined {
    return this.#bySlot.get(slot);
  }

  of(key: string): Traced | undefined {
    return this.#byKey.get(key);
  }

  /** Runs in the registry's turn. `slot`: of a root, which is hooked already. */
  async add(of: ObservableFunction, user: TraceUser, slot?: number): Promise<Traced> {
    const key = keyOf(of);
    const known = this.#byKey.get(key);
    if (known && known.state !== 'cannot') {
      known.users.add(user);
      await this.#host.settle();
      if (!user.skipInternal) await this.#learn(known);
      return known;
    }
    const traced: Traced = { of, key, state: 'waits', users: new Set([user]), callees: new Map() };
    if (slot !== undefined) this.#remember(traced, slot);
    this.#byKey.set(key, traced);
    try {
      await this.#open(traced);
    } catch (error) {
      traced.state = 'cannot';
      traced.why = errorText(error).replace(/^.*? cannot run another text: /, '');
    }
    this.#lookOn();
    return traced;
  }

  /** Runs in the registry's turn. */
  async leave(user: TraceUser): Promise<void> {
    for (const traced of [...this.#byKey.values()]) {
      if (!traced.users.delete(user) || traced.users.size > 0) continue;
      this.#byKey.delete(traced.key);
      if (traced.held && !this.#host.isGone()) await this.#host.drop(traced.held).catch(() => undefined);
    }
    if (this.#byKey.size === 0) this.stop();
  }

  /** A record came: there may be news. */
  recorded(): void {
    if (this.#idle > IDLE_LOOKS) this.stop();
    this.#idle = 0;
    this.#lookOn();
  }

  /** Who rests has changed. */
  settle(): void {
    if (this.#isWanted) this.#lookOn();
    else this.stop();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #open(traced: Traced): Promise<void> {
    const { of } = traced;
    if (of.found) traced.place = await this.rewrites.placesOf(of.found.script);
    const rewritten = await this.rewrites.of(of);
    if ('why' in rewritten) {
      traced.state = 'cannot';
      traced.why = rewritten.why;
      return;
    }
    const { text, isStrict, usesSuper } = rewritten.copy;
    traced.copy = rewritten.copy;
    traced.held = await this.#host.open(of, {
      ...{ text, isStrict, usesSuper, when: 'observed', holder: 'trace' },
      force: [...traced.users].some(({ force }) => force),
      rests: () => areResting(traced.users),
      changed: (report) => {
        traced.state =
          report.state === 'in-force' ? 'traced' : report.state === 'failed' ? 'cannot' : 'waits';
        if (traced.state === 'traced') {
          traced.since ??= Date.now();
          // What it calls is known already, mostly.
          if ([...traced.users].some(({ isDeep }) => isDeep)) void this.look();
        }
        if (report.why) traced.why = report.why;
        this.#tell(traced);
      },
      gone: (why) => {
        traced.state = 'cannot';
        traced.why = why;
        this.#byKey.delete(traced.key);
        this.#tell(traced);
      },
    });
    const { report } = traced.held;
    if (report.state === 'in-force') {
      traced.state = 'traced';
      traced.since ??= Date.now();
    }
    this.#remember(traced, report.hook);
    await this.#learn(traced);
  }

  #remember(traced: Traced, slot: number): void {
    traced.slot = slot;
    for (const key of this.#unknown) if (key.startsWith(`${slot}:`)) this.#unknown.delete(key);
    this.#bySlot.set(slot, traced);
  }

  async #learn({ slot, copy, users }: Traced): Promise<void> {
    if (slot === undefined || !copy) return;
    const paths = copy.sites.map(({ path, isGlobal = false }) => (path ? { names: path, isGlobal } : null));
    const foresees = [...users].some(({ isDeep }) => isDeep);
    const skipsNatives = [...users].every(({ skipInternal }) => skipInternal);
    await this.#host.call('instrumentTrace', { hook: slot, paths, skipsNatives, foresees });
  }

  #tell(traced: Traced): void {
    for (const user of traced.users) user.changed();
  }

  // What was called.

  get #isWanted(): boolean {
    return [...this.#byKey.values()].some(({ users }) => !areResting(users));
  }

  #lookOn(): void {
    if (this.#timer || !this.#isWanted) return;
    this.#timer = setInterval(() => void this.look(), this.#idle > IDLE_LOOKS ? RARE_LOOK_MS : LOOK_MS);
    this.#timer.unref();
  }

  /** Nothing is known of what is called there, and names lead to it. */
  isUnknown(hook: number, site: number): boolean {
    const traced = this.#bySlot.get(hook);
    if (!traced?.copy?.sites[site]?.path || traced.callees.has(site)) return false;
    return !this.#unknown.has(`${hook}:${site}`);
  }

  /** Asks at once what was called at these sites; once for each. Never rejects. */
  async lookNow(sites: readonly (readonly [hook: number, site: number])[]): Promise<void> {
    // One that is under way may have asked before the call.
    await this.#looking;
    await this.look();
    for (const [hook, site] of sites) {
      if (this.isUnknown(hook, site)) this.#unknown.add(`${hook}:${site}`);
    }
  }

  /** Asks what was called since the last time. */
  look(): Promise<void> {
    if (this.#host.isGone()) this.stop();
    else this.#looking ??= this.#look();
    return this.#looking ?? Promise.resolve();
  }

  async #look(): Promise<void> {
    try {
      const seen = calleesFrom(await this.#host.call('instrumentCallees', {}));
      this.#idle = seen.length > 0 ? 0 : this.#idle + 1;
      if (this.#idle === IDLE_LOOKS + 1) {
        this.stop();
        this.#lookOn();
      }
      for (const each of seen) await this.#see(each);
    } catch {
      // The next look asks again; what is gone has its own way of saying so.
    } finally {
      this.#looking = undefined;
    }
  }

  async #see({ hook, site, name, isNative, isCalled, place }: SeenCallee): Promise<void> {
    const caller = this.#bySlot.get(hook);
    if (!caller) return;
    if (isNative || !place) {
      if (!caller.callees.has(site)) {
        caller.callees.set(site, { callee: { className: '', methodName: name, isInternal: isNative } });
      }
      return;
    }
    const script = this.#list.byId(place.scriptId);
    const found = script && !script.isInternal ? await this.#locate(place) : undefined;
    if (!script || !found) {
      const isInternal = script === undefined || script.isInternal;
      const className = script?.name ?? '';
      const at = {
        ...place,
        url: script?.url ?? '',
        line: place.lineNumber + 1,
        column: place.columnNumber + 1,
      };
      const { scriptId, url, line, column } = at;
      const callee = { className, methodName: name, at: { scriptId, url, line, column }, isInternal };
      if (!caller.callees.has(site)) caller.callees.set(site, { callee });
      if (isInternal) this.#skip(caller, hook, site);
      return;
    }
    const of = observable(found);
    const { className, methodName } = of;
    const placeOf = await this.rewrites.placesOf(script);
    const callee = { className, methodName, at: placeOf(found.info.range[0]), isInternal: false };
    const key = keyOf(of);
    const before = caller.callees.get(site);
    if (!before || before.callee.isInternal) caller.callees.set(site, { callee, key });
    for (const user of [...caller.users]) user.called(caller, of, isCalled);
  }

  #skip(caller: Traced, hook: number, site: number): void {
    if (![...caller.users].every(({ skipInternal }) => skipInternal)) return;
    void this.#host.call('instrumentSkip', { hook, sites: [site] }).catch(() => undefined);
  }

  /** The function that V8 has at this place. */
  async #locate({
    scriptId,
    lineNumber,
    columnNumber,
  }: NonNullable<SeenCallee['place']>): Promise<FoundFunction | undefined> {
    let located = this.#located.get(scriptId);
    if (!located) {
      located = this.#locations(scriptId);
      this.#located.set(scriptId, located);
      located.catch(() => this.#located.delete(scriptId));
    }
    return (await located).get(`${lineNumber}:${columnNumber}`);
  }

  async #locations(scriptId: string): Promise<ReadonlyMap<string, FoundFunction>> {
    const byPlace = new Map<string, FoundFunction>();
    const script = this.#list.byId(scriptId);
    if (!script) return byPlace;
    const lines = await this.rewrites.lines(script);
    for (const found of await new ScriptSearch(this.#list).functionsOf(script)) {
      const { line, column } = lines.place(found.info.facts.location);
      byPlace.set(`${line}:${column}`, found);
    }
    return byPlace;
  }
}

function areResting(users: ReadonlySet<TraceUser>): boolean {
  return [...users].every(({ isResting }) => isResting);
}
