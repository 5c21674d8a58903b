import type { ReachNews } from '../../instrument/reach/news.js';
import type { HookReport, HookSpec, InstrumentName, Step } from '../../instrumentProtocol.js';
import type { Breakpoint, Breakpoints } from './breakpoints.js';
import type { Engine, FunctionFacts, RemoteObject } from './engine.js';
import type { Pauser } from './pauser.js';
import type { Variables } from './variables.js';

export interface Tools {
  readonly engine: Engine;
  readonly pauser: Pauser;
  readonly breakpoints: Breakpoints;
  readonly variables: Variables;
}

/** After the first call that was seen: how long, and for how many calls, those who still hold the original are looked for. */
const WINDOW_MS = 60;
const WINDOW_HITS = 20;

const INSTRUMENT_OF: Partial<Record<string, InstrumentName>> = {
  accessor: 'accessor',
  static: 'static',
  prototype: 'prototype',
  property: 'property',
};

/** One hook in the target, from its plan to its undo. The keeper lets one thing happen at a time. */
export class HookRun {
  readonly spec: HookSpec;
  readonly #tools: Tools;
  #news: ReachNews | undefined;
  #instrument: InstrumentName | undefined;
  #breakpoint: Breakpoint | undefined;
  #windowSince: number | undefined;
  #placed = false;
  #removed = false;
  #stallMs = 0;
  #pauses = 0;
  readonly #notes = new Set<string>();

  constructor(spec: HookSpec, tools: Tools) {
    this.spec = spec;
    this.#tools = tools;
  }

  get isArmed(): boolean {
    return this.#breakpoint !== undefined;
  }

  get isWindowOpen(): boolean {
    return this.#windowSince !== undefined;
  }

  get report(): HookReport {
    const { found = 0, reached = 0, notes = [] } = this.#news ?? {};
    return {
      hook: this.spec.hook,
      state: this.#state(found, reached),
      instrument: this.#instrument,
      holders: { found, reached },
      notes: [...notes, ...this.#notes],
      stallMs: Math.round(this.#stallMs * 10) / 10,
      pauses: this.#pauses,
    };
  }

  #state(found: number, reached: number): HookReport['state'] {
    if (this.#removed) return 'removed';
    if (reached === 0) return this.isArmed ? 'pending' : 'cannot';
    return reached < found ? 'partial' : 'installed';
  }

  /** Runs the plan until something holds the wrapper. */
  async install(): Promise<void> {
    await this.#call('reachOpen', this.spec);
    for (const step of this.spec.plan) {
      await this.#step(step);
      if (this.#placed) break;
    }
    if (this.#placed && !this.isArmed) await this.#verify();
    if (!this.#placed && this.isArmed) this.#notes.add('waits for its next call');
    await this.#tools.engine.release();
  }

  async #step(step: Step): Promise<void> {
    const { hook } = this.spec;
    switch (step.by) {
      case 'exports':
        await this.#learnLoader();
        await this.#take(await this.#call('reachExports', { hook }), 'property');
        return;
      case 'native':
        await this.#take(
          await this.#call('reachNative', { hook, module: step.module, path: step.path }),
          'native',
        );
        return;
      case 'scope-read':
        await this.#scopeRead();
        return;
      case 'scope-entry':
        await this.#arm();
        return;
      default:
        return;
    }
  }

  /** The condition had something to tell, or the window may be over. True when the report changed. */
  async look(): Promise<boolean> {
    const before = JSON.stringify(this.report);
    await this.#take(await this.#call('reachNews', { hook: this.spec.hook }), 'scope-entry');
    const { hits = 0, errors = [] } = this.#news ?? {};
    for (const error of errors) this.#notes.add(`a condition failed: ${error}`);
    if (this.#placed && this.isArmed) {
      this.#notes.delete('waits for its next call');
      if (this.#windowSince === undefined) {
        await this.#call('reachCount', { hook: this.spec.hook });
        this.#windowSince = performance.now();
      } else if (hits >= WINDOW_HITS || performance.now() - this.#windowSince > WINDOW_MS) {
        await this.#closeWindow();
      }
    }
    await this.#tools.engine.release();
    return JSON.stringify(this.report) !== before;
  }

  async undo(): Promise<boolean> {
    this.#windowSince = undefined;
    await this.#disarm();
    const { hook } = this.spec;
    await this.#restoreConstants();
    const { clean, notes } = await this.#call<{ clean: boolean; notes: readonly string[] }>('reachUndo', {
      hook,
    });
    for (const note of notes) this.#notes.add(note);
    this.#removed = true;
    return clean;
  }

  note(text: string): void {
    this.#notes.add(text);
  }

  async #closeWindow(): Promise<void> {
    this.#windowSince = undefined;
    await this.#disarm();
  }

  async #verify(): Promise<void> {
    if (!this.spec.source) return;
  }

  /** Confirms what is new and lets it be placed, until nothing is left to do. */
  async #take(first: ReachNews, by: InstrumentName): Promise<void> {
    let news = first;
    for (let rounds = 0; news.fresh > 0 && rounds < 5; rounds++) {
      const good = await this.#timed(() => this.#confirm());
      news = await this.#call('reachSettle', { hook: this.spec.hook, good });
    }
    const rebound = news.constants > 0;
    if (rebound) news = await this.#setConstants();
    this.#news = news;
    if (news.cut) this.#notes.add('a limit cut the search short');
    if (news.reached > 0 && !this.#placed) {
      this.#placed = true;
      this.#instrument = this.#nameOf(news, rebound && news.reached > 0 ? 'const-rebind' : by);
    }
  }

  async #setConstants(): Promise<ReachNews> {
    const { hook } = this.spec;
    const names = await this.#call<readonly string[]>('reachConstants', { hook });
    const { pauser, variables } = this.#tools;
    const before = pauser.count;
    for (const [index, name] of names.entries()) {
      await this.#timed(() => variables.set(hook, index, name, 'constantValue', 'pauseAt'));
    }
    this.#pauses += pauser.count - before;
    return await this.#call('reachConstantsSet', { hook, done: true });
  }

  /** Puts back what only a pause can. Last first, since those that are back leave the list. */
  async #restoreConstants(): Promise<void> {
    const { hook } = this.spec;
    const names = await this.#call<readonly string[]>('reachLeft', { hook });
    for (const [index, name] of [...names.entries()].reverse()) {
      await this.#timed(() => this.#tools.variables.set(hook, index, name, 'leftValue', 'pauseLeft'));
    }
  }

  #nameOf({ kinds }: ReachNews, by: InstrumentName): InstrumentName {
    if (this.spec.shape.kind === 'constructor') return 'constructor';
    if (by !== 'property') return by;
    for (const kind of kinds) {
      const name = INSTRUMENT_OF[kind];
      if (name) return name;
    }
    return 'property';
  }

  async #confirm(): Promise<boolean[]> {
    const { engine } = this.#tools;
    const functions = await engine.elements(await engine.object('fresh', this.spec.hook));
    return await Promise.all(functions.map((fn) => this.#isTheFunction(fn)));
  }

  async #isTheFunction(fn: RemoteObject): Promise<boolean> {
    const { place } = await this.#tools.engine.facts(fn);
    return place !== undefined && this.#isHere(place);
  }

  #isHere(place: NonNullable<FunctionFacts['place']>): boolean {
    const { source, script } = this.spec;
    if (!source || place.scriptId !== script.scriptId) return false;
    const { lineNumber: line, columnNumber: column } = place;
    const { start, body } = source;
    const afterStart = line > start.line || (line === start.line && column >= start.column);
    const beforeBody = line < body.line || (line === body.line && column < body.column);
    return afterStart && beforeBody;
  }

  /** Node's own loader of ES modules, for the namespaces of what is loaded. */
  async #learnLoader(): Promise<void> {
    if (!this.spec.script.isModule) return;
    const { engine } = this.#tools;
    const register = await engine.evaluate(
      "(process.getBuiltinModule||globalThis[Symbol.for('remora.probe')].require)('node:module').register",
    );
    const { scopes } = await engine.facts(register);
    if (scopes) await engine.withObjects('learnLoader', [], [scopes]);
  }

  async #scopeRead(): Promise<void> {
    const { engine } = this.#tools;
    const { hook, script } = this.spec;
    await this.#timed(async () => {
      const neighbours = await engine.elements(await engine.object('neighbours', hook));
      const facts = await Promise.all(neighbours.map((fn) => engine.facts(fn)));
      const lists = facts
        .filter(({ place }) => place?.scriptId === script.scriptId)
        .flatMap(({ scopes }) => (scopes ? [scopes] : []));
      if (lists.length === 0) return;
      const news = JSON.parse(String(await engine.withObjects('scan', [hook], lists))) as ReachNews;
      await this.#take(news, 'scope-read');
    });
  }

  async #arm(): Promise<void> {
    if (this.isArmed) return;
    const [location] = await this.#timed(() => this.#tools.breakpoints.locations(this.spec));
    if (!location) {
      this.#notes.add('V8 knows no place to stop in it');
      return;
    }
    const { key } = await this.#call<{ key: string }>('reachArm', { hook: this.spec.hook });
    this.#breakpoint = await this.#timed(() =>
      this.#tools.breakpoints.set(location, conditionOf(this.spec, key)),
    );
  }

  async #disarm(): Promise<void> {
    const breakpoint = this.#breakpoint;
    if (!breakpoint) return;
    this.#breakpoint = undefined;
    await this.#timed(() => this.#tools.breakpoints.remove(breakpoint));
    await this.#call('reachDisarm', {});
  }

  #call<T = ReachNews>(fn: string, params: object): Promise<T> {
    return this.#timed(() => this.#tools.engine.call<T>(fn, params));
  }

  async #timed<T>(work: () => Promise<T>): Promise<T> {
    const started = performance.now();
    try {
      return await work();
    } finally {
      this.#stallMs += performance.now() - started;
    }
  }
}

/** Runs in the function's own frame: names of the module may shadow every global but the engine's key. */
function conditionOf(spec: HookSpec, key: string): string {
  const binding = spec.plan.flatMap((step) =>
    step.by === 'scope-entry' && step.binding ? [step.binding] : [],
  )[0];
  const self = spec.shape.kind === 'arrow' || spec.shape.kind === 'constructor' ? 'undefined' : '()=>this';
  const scope = binding ? `()=>(${handleOf(binding.name)})` : 'undefined';
  return `(()=>{try{return ${key}.hit(${spec.hook},${self},${scope})}catch{return false}})()`;
}

function handleOf(name: string): string {
  return `{get:()=>${name},set:$v=>{${name}=$v},pause:()=>{debugger}}`;
}
