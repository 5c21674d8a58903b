/** A breakpoint's condition at a line: what is read there for whom, and written to the ring. Never pauses. */
import type { LineName } from '../../instrumentProtocol.js';
import { FLAG, MODE, OBSERVER, SLOT } from '../../layout.js';
import { apply, create, stringify } from '../../main/captured.js';
import type { AnyFunction } from '../hook.js';
import { busy } from '../recording/busy.js';
import type { Cells } from '../recording/cells.js';
import { clock, nanosecondsSince, wallClock } from '../recording/clock.js';
import { failureText } from '../recording/failure.js';
import type { Asked, Observer } from '../recording/observer.js';
import { stackText } from '../recording/stackText.js';
import type { HookState } from '../recording/state.js';
import type { TapTools } from '../recording/tap.js';

const { defineProperty } = Reflect;

/** What the condition hands over: nothing is read yet. */
export interface LineMoment {
  readonly self: () => unknown;
  /** Absent for arrow functions. */
  readonly args: (() => ArrayLike<unknown>) | undefined;
  readonly reads: readonly (() => unknown)[];
  /** Stacks are taken below it. */
  readonly above: AnyFunction;
}

interface Read {
  readonly value?: unknown;
  /** It has no value yet, or V8 has not kept it. */
  readonly isMissing?: true;
}

const MISSING: Read = { isMissing: true };

export class LineHits {
  readonly #cells: Cells;
  readonly #tools: TapTools;

  constructor(cells: Cells, tools: TapTools) {
    this.#cells = cells;
    this.#tools = tools;
  }

  hit(state: HookState, moment: LineMoment): void {
    const { flags, cells } = this.#cells;
    if (flags[FLAG.off] !== 0 || busy.on) return;
    cells[state.base + SLOT.calls]! += 1;
    if (cells[state.base + SLOT.mode] === MODE.off) return;
    let variables: Variables | undefined;
    const { taps } = state;
    for (let at = 0; at < taps.length; at++) {
      const { observer } = taps[at] as { observer: Observer };
      if (!observer.alive) continue;
      if (!(cells[observer.base + OBSERVER.tokens]! > 0)) {
        observer.lost();
        continue;
      }
      variables ??= new Variables(state, moment, observer.spec.lines?.[state.hook.spec.hook] ?? 0);
      this.#look(state, observer, variables, moment);
    }
  }

  #look(state: HookState, observer: Observer, variables: Variables, moment: LineMoment): void {
    const { cells } = this.#cells;
    const start = clock();
    busy.on = true;
    try {
      const { late, early } = observer;
      const condition = early ?? late;
      if (condition && this.#run(observer, condition, variables) !== true) {
        cells[state.base + SLOT.filtered]! += 1;
        return;
      }
      cells[state.base + SLOT.observed]! += 1;
      const { express } = observer;
      const value = express
        ? `,"value":${observer.render(this.#run(observer, express, variables), express.name)}`
        : '';
      const { frames } = observer.spec;
      const stack = frames > 0 ? `,"frames":${stackText(frames, moment.above, state.hook, false, true)}` : '';
      this.#write(state, observer, `${value}${stack}`);
    } catch (error) {
      this.#failed(state, observer, error);
    } finally {
      busy.on = false;
      cells[state.base + SLOT.slowNs]! += nanosecondsSince(start);
    }
  }

  #run(observer: Observer, { run, fuel, variables }: Asked, values: Variables): unknown {
    observer.fill(fuel);
    const given: unknown[] = [];
    for (let at = 0; at < variables.length; at++) given[at] = values.of(variables[at] as string);
    return apply(run as AnyFunction, undefined, given);
  }

  #failed(state: HookState, observer: Observer, error: unknown): void {
    if (observer.hasFailed) return;
    observer.hasFailed = true;
    try {
      const text = failureText(this.#tools.renderFailure(error));
      this.#write(state, observer, `,"failed":${stringify(text)}`);
    } catch {
      // The stack is used up: the next failure is told instead.
      observer.hasFailed = false;
    }
  }

  #write(state: HookState, observer: Observer, body: string): void {
    const { cells } = this.#cells;
    const { ring, ended } = this.#tools;
    const head = `{"observer":${observer.id},"hook":${state.hook.spec.hook},"kind":"line","point":"AtEnter","ts":${wallClock()}`;
    const fits = body.length <= ring.capacity / 4;
    const rest = fits ? body : `,"failed":"the value has ${body.length} characters, too many for a record"`;
    if (!ring.write(`${head}${rest}}`)) {
      observer.lost();
      return;
    }
    cells[state.base + SLOT.records]! += 1;
    cells[observer.base + OBSERVER.records]! += 1;
    cells[observer.base + OBSERVER.tokens]! -= 1;
    observer.left -= 1;
    if (observer.left <= 0) ended(observer);
  }
}

/** What expressions may name at one hit, read when it is. */
class Variables {
  readonly #state: HookState;
  readonly #moment: LineMoment;
  readonly #names: readonly LineName[];
  readonly #read: (Read | undefined)[] = [];
  readonly #line: number;

  constructor(state: HookState, moment: LineMoment, line: number) {
    this.#state = state;
    this.#moment = moment;
    this.#names = state.hook.spec.line?.names ?? [];
    this.#line = line;
  }

  of(name: string): unknown {
    const { className, methodName } = this.#state.hook.spec;
    switch (name) {
      case 'params':
        return this.#params();
      case 'target':
      case 'ƭhis':
        return this.#self();
      case 'clazz':
        return { name: className };
      case 'method':
        return { name: methodName };
      case 'lineNumber':
        return this.#line;
      case 'isLine':
        return true;
      case 'argNames':
        return this.#list((each) => (each.isParameter ? each.name : undefined));
      case 'localVarNames':
        return this.#list((each, at) => (isLocal(each) && !this.#at(at).isMissing ? each.name : undefined));
      case 'localVars':
        return this.#values();
      case 'localVarMap':
      case 'locals':
        return this.#map(isLocal);
      case 'varMap':
        return this.#map(() => true);
      default:
        return this.#named(name);
    }
  }

  #self(): unknown {
    try {
      return this.#moment.self();
    } catch {
      // Before `super()`, or in an arrow function that does not use it.
      return undefined;
    }
  }

  #params(): unknown[] {
    const list: unknown[] = [];
    const { args } = this.#moment;
    if (args === undefined) {
      for (let at = 0; at < this.#names.length; at++) {
        if (this.#names[at]?.isParameter) list[list.length] = this.#shown(at);
      }
      return list;
    }
    const given = args();
    const secret = this.#state.hook.spec.line?.secretParams ?? [];
    for (let at = 0; at < given.length; at++) list[at] = given[at];
    for (let at = 0; at < secret.length; at++) {
      const index = secret[at] as number;
      if (index < list.length) list[index] = masked(list[index]);
    }
    return list;
  }

  #named(name: string): unknown {
    for (let at = 0; at < this.#names.length; at++) {
      if (this.#names[at]?.name === name) return this.#at(at).value;
    }
    return undefined;
  }

  /** In a list nothing says what it was called. */
  #shown(index: number): unknown {
    const { value } = this.#at(index);
    return this.#names[index]?.isSecret ? masked(value) : value;
  }

  #at(index: number): Read {
    let read = this.#read[index];
    if (read === undefined) {
      try {
        read = { value: (this.#moment.reads[index] as () => unknown)() };
      } catch {
        read = MISSING;
      }
      this.#read[index] = read;
    }
    return read;
  }

  #list(of: (name: LineName, at: number) => string | undefined): string[] {
    const list: string[] = [];
    for (let at = 0; at < this.#names.length; at++) {
      const value = of(this.#names[at] as LineName, at);
      if (value !== undefined) list[list.length] = value;
    }
    return list;
  }

  #values(): unknown[] {
    const list: unknown[] = [];
    for (let at = 0; at < this.#names.length; at++) {
      const read = isLocal(this.#names[at] as LineName) ? this.#at(at) : MISSING;
      if (!read.isMissing) list[list.length] = this.#shown(at);
    }
    return list;
  }

  #map(wants: (name: LineName) => boolean): object {
    const map = {};
    for (let at = 0; at < this.#names.length; at++) {
      const name = this.#names[at] as LineName;
      const read = wants(name) ? this.#at(at) : MISSING;
      if (read.isMissing) continue;
      const descriptor = create(null) as PropertyDescriptor;
      descriptor.value = read.value;
      descriptor.enumerable = true;
      descriptor.writable = true;
      descriptor.configurable = true;
      defineProperty(map, name.name, descriptor);
    }
    return map;
  }
}

function masked(value: unknown): unknown {
  const isHarmless = value === null || value === undefined || value === '' || typeof value === 'boolean';
  return isHarmless ? value : '***';
}

function isLocal({ where }: LineName): boolean {
  return where !== 'module';
}
