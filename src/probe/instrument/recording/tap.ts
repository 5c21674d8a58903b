/**
 * One observer at one hook: what it asks of a call, and what it writes of it. Over 400 lines: the fields that one call
 * reads stand in one object, for V8's sake.
 */
import type { Point } from '../../instrumentProtocol.js';
import { OBSERVER, SLOT } from '../../layout.js';
import { stringify, type Types } from '../../main/captured.js';
import type { Tree } from '../../trace/tree.js';
import type { Hook } from '../hook.js';
import { busy } from './busy.js';
import { clock, nanosecondsSince, wallClock } from './clock.js';
import { failureText } from './failure.js';
import { Histogram, type Summary } from './histogram.js';
import type { Asked, Observer } from './observer.js';
import { originOf } from './origins.js';
import type { RingWriter } from './ring.js';
import type { HookState } from './state.js';

const { freeze } = Object;
const { max, min } = Math;

export interface TapTools {
  readonly types: Types;
  readonly ring: RingWriter;
  readonly cells: Float64Array;
  renderFailure(error: unknown): string;
  /** JSON of the frames below the wrapper, an array; '[]' when there are none. */
  frames(limit: number, hook: Hook): string;
  /** The observer has written its last record. */
  ended(observer: Observer): void;
}

/** Nanoseconds above which every evaluation is timed, not one of several. */
const SLOW_NS = 2000;
const RAREST = 32;

export class Tap {
  readonly observer: Observer;
  readonly histogram: Histogram | undefined;
  /** The end of the call is wanted. */
  readonly wantsEnd: boolean;
  /** A throw of the original is wanted, so that it has to be caught. */
  readonly seesThrow: boolean;
  readonly #tools: TapTools;
  readonly #state: HookState;
  readonly #hook: Hook;
  readonly #clazz: object;
  readonly #method: object;
  readonly #head: string;
  readonly #atEntry: boolean;
  readonly #success: boolean;
  readonly #exception: boolean;
  readonly #finish: boolean;
  readonly #takesToken: boolean;
  readonly isStack: boolean;
  readonly isTrace: boolean;
  /** Of the call whose end is being written down. */
  #tree: Tree | undefined;
  /** Calls are kept in the process. */
  readonly keeps: boolean;
  #seenCalls: number;
  #seenDropped: number;
  /** Evaluations until the next that is timed, and for how many it stands. */
  #untilTimed = 1;
  #weight = 1;

  constructor(observer: Observer, state: HookState, tools: TapTools) {
    const { spec, id } = observer;
    const { hook } = state;
    const has = (point: Point): boolean => spec.kind === 'watch' && spec.points.includes(point);
    this.observer = observer;
    this.#tools = tools;
    this.#state = state;
    this.#hook = hook;
    this.#clazz = named(hook.spec.className);
    this.#method = named(hook.spec.methodName);
    this.#head = `{"observer":${id},"hook":${hook.spec.hook},"kind":"${spec.kind}","point":"`;
    this.isStack = spec.kind === 'stack';
    this.isTrace = spec.kind === 'trace';
    this.#success = has('success');
    this.#exception = has('exception');
    this.keeps = spec.kind === 'tt';
    this.#finish = has('finish') || this.keeps;
    this.histogram = spec.kind === 'monitor' ? new Histogram() : undefined;
    this.#seenCalls = tools.cells[state.base + SLOT.calls] as number;
    this.#seenDropped = tools.cells[state.base + SLOT.dropped] as number;
    const isLate = observer.late !== undefined;
    this.#atEntry = has('before') || (this.isStack && !isLate);
    this.seesThrow =
      this.histogram !== undefined ||
      this.isTrace ||
      this.#exception ||
      this.#finish ||
      (this.isStack && isLate);
    this.wantsEnd = this.seesThrow || this.#success;
    // With a condition that is asked later it is not known yet whether there will be a record.
    this.#takesToken = this.histogram === undefined && !isLate;
  }

  /** Whether a call may be turned away by the token alone, without a look at it. */
  get gate(): number | undefined {
    return this.#takesToken && this.observer.early === undefined
      ? this.observer.base + OBSERVER.tokens
      : undefined;
  }

  /** Promises are followed until they are settled; a stack is gone by then. */
  get followsPromises(): boolean {
    return this.wantsEnd && !this.isStack && this.observer.spec.settle !== false;
  }

  /**
   * What a monitor has seen since the last time. While the governor samples, calls are still counted, so that what the
   * others would have added can be reckoned.
   */
  takeSummary(): (Summary & { readonly isSampled?: boolean }) | undefined {
    const { histogram } = this;
    if (histogram === undefined) return undefined;
    const { cells } = this.#tools;
    const calls = cells[this.#state.base + SLOT.calls] as number;
    const dropped = cells[this.#state.base + SLOT.dropped] as number;
    const passed = dropped - this.#seenDropped;
    const looked = calls - this.#seenCalls - passed;
    this.#seenCalls = calls;
    this.#seenDropped = dropped;
    const summary = histogram.take();
    if (!(passed > 0) || !(looked > 0)) return summary;
    const scale = (looked + passed) / looked;
    const total = Math.round(summary.total * scale);
    const failed = Math.round(summary.failed * scale);
    return {
      ...summary,
      total,
      failed,
      success: total - failed,
      cost: summary.cost * scale,
      isSampled: true,
    };
  }

  /** A call begins. False = nothing more of it is wanted. */
  enter(self: unknown, params: unknown[]): boolean {
    const { observer } = this;
    if (!observer.alive) return false;
    const { cells } = this.#tools;
    const { early } = observer;
    if (
      early !== undefined &&
      !this.#asks(early, params, self, undefined, undefined, true, false, false, 0)
    ) {
      cells[this.#state.base + SLOT.filtered]! += 1;
      return false;
    }
    if (this.#takesToken && !(cells[observer.base + OBSERVER.tokens]! > 0)) {
      observer.lost();
      return false;
    }
    cells[this.#state.base + SLOT.observed]! += 1;
    if (this.#atEntry) this.#entry(self, params);
    return this.wantsEnd;
  }

  /**
   * A call is over. `nanos` is its synchronous part, `settle` the time until its promise settled (or its iterator
   * ended), -1 when it gave none.
   */
  end(self: unknown, params: unknown[], value: unknown, threw: boolean, nanos: number, settle: number): void {
    const { observer, histogram } = this;
    if (!observer.alive) return;
    const { late } = observer;
    const returned = threw ? undefined : value;
    const thrown = threw ? value : undefined;
    const cost = nanos / 1e6;
    const whole = settle >= 0 ? settle / 1e6 : cost;
    if (late !== undefined && !this.#asks(late, params, self, returned, thrown, false, threw, !threw, whole))
      return;
    if (histogram !== undefined) {
      histogram.add(settle >= 0 ? settle : nanos, threw);
      return;
    }
    const point = threw ? 'AtExceptionExit' : 'AtExit';
    if (threw ? this.#exception : this.#success)
      this.#record(point, self, params, returned, thrown, cost, settle);
    if (this.#finish || this.isStack || this.isTrace)
      this.#record(point, self, params, returned, thrown, cost, settle);
  }

  /** The same of a call that is the root of a tree. */
  endTraced(
    tree: Tree,
    self: unknown,
    params: unknown[],
    value: unknown,
    threw: boolean,
    nanos: number,
    settle: number,
  ): void {
    this.#tree = tree;
    this.end(self, params, value, threw, nanos, settle);
    this.#tree = undefined;
  }

  /** A tree that no call's end stands behind: it was cut short, or a callback came later. Nothing is asked of it. */
  endTree(tree: Tree, nanos: number, settle: number): void {
    this.#tree = tree;
    this.#record('AtExit', undefined, [], undefined, undefined, nanos / 1e6, settle);
    this.#tree = undefined;
  }

  #entry(self: unknown, params: unknown[]): void {
    const { late } = this.observer;
    if (late !== undefined && !this.#asks(late, params, self, undefined, undefined, true, false, false, 0))
      return;
    this.#record('AtEnter', self, params, undefined, undefined, -1, -1);
  }

  #asks(
    asked: Asked,
    params: unknown[],
    self: unknown,
    returned: unknown,
    thrown: unknown,
    isBefore: boolean,
    isThrow: boolean,
    isReturn: boolean,
    cost: number,
  ): boolean {
    this.#untilTimed -= 1;
    if (this.#untilTimed > 0) {
      return this.#evaluate(asked, params, self, returned, thrown, isBefore, isThrow, isReturn, cost);
    }
    const start = clock();
    const answer = this.#evaluate(asked, params, self, returned, thrown, isBefore, isThrow, isReturn, cost);
    this.#timed(nanosecondsSince(start));
    return answer;
  }

  /** Small, so that V8 takes it into the wrapper. */
  #evaluate(
    { run, fuel }: Asked,
    params: unknown[],
    self: unknown,
    returned: unknown,
    thrown: unknown,
    isBefore: boolean,
    isThrow: boolean,
    isReturn: boolean,
    cost: number,
  ): boolean {
    let answer: unknown;
    busy.on = true;
    try {
      this.observer.fill(fuel);
      answer = run(
        params,
        self,
        returned,
        thrown,
        this.#clazz,
        this.#method,
        isBefore,
        isThrow,
        isReturn,
        cost,
      );
    } catch (error) {
      this.#failedOnce(isBefore ? 'AtEnter' : isThrow ? 'AtExceptionExit' : 'AtExit', error);
    }
    busy.on = false;
    return answer === true;
  }

  /**
   * Few of many quick evaluations are timed and stand for the others; each slow one is. A first slow one stands for itself
   * alone: the thread may just have been put aside.
   */
  #timed(nanos: number): void {
    const isSlow = nanos > SLOW_NS;
    this.#tools.cells[this.#state.base + SLOT.slowNs]! += isSlow ? nanos : nanos * this.#weight;
    this.#weight = isSlow ? 1 : min(RAREST, this.#weight * 2);
    this.#untilTimed = this.#weight;
  }

  #failedOnce(point: string, error: unknown): void {
    const { observer } = this;
    if (observer.hasFailed) return;
    observer.hasFailed = true;
    try {
      const text = `the condition failed: ${failureText(this.#tools.renderFailure(error))}`;
      if (!this.#tools.ring.write(`${this.#headOf(point, -1, -1)},"failed":${stringify(text)}}`)) {
        observer.lost();
      }
    } catch {
      // The stack is used up: the next failure is told instead.
      observer.hasFailed = false;
    }
  }

  #record(
    point: string,
    self: unknown,
    params: unknown[],
    returned: unknown,
    thrown: unknown,
    cost: number,
    settle: number,
  ): void {
    const { observer } = this;
    const { cells, ring, ended } = this.#tools;
    if (!observer.alive) return;
    if (!(cells[observer.base + OBSERVER.tokens]! > 0)) {
      observer.lost();
      return;
    }
    const start = clock();
    busy.on = true;
    try {
      const head = this.#headOf(point, cost, settle);
      const body = this.isStack
        ? `,"frames":${this.#tools.frames(observer.spec.frames, this.#hook)}`
        : this.isTrace
          ? `,"tree":${this.#tree?.text() ?? 'null'}`
          : this.keeps
            ? this.#fragment(self, params, returned, thrown, point === 'AtExceptionExit', cost, settle)
            : this.#value(point, self, params, returned, thrown, settle >= 0 ? settle / 1e6 : max(0, cost));
      if (ring.write(fitting(head, body, ring.capacity))) this.#written(ended);
      else observer.lost();
    } catch {
      // The stack is used up, or memory: the call is more important than its record.
      observer.lost();
    } finally {
      busy.on = false;
      cells[this.#state.base + SLOT.slowNs]! += nanosecondsSince(start);
    }
  }

  #written(ended: (observer: Observer) => void): void {
    const { observer } = this;
    const { cells } = this.#tools;
    cells[this.#state.base + SLOT.records]! += 1;
    cells[observer.base + OBSERVER.records]! += 1;
    cells[observer.base + OBSERVER.tokens]! -= 1;
    observer.left -= 1;
    if (observer.left <= 0) ended(observer);
  }

  #headOf(point: string, cost: number, settle: number): string {
    const costs = `${cost >= 0 ? `,"cost":${cost}` : ''}${settle >= 0 ? `,"settle":${settle / 1e6}` : ''}`;
    return `${this.#head}${point}","ts":${wallClock()}${costs}`;
  }

  #fragment(
    self: unknown,
    params: unknown[],
    returned: unknown,
    thrown: unknown,
    threw: boolean,
    cost: number,
    settle: number,
  ): string {
    const { observer } = this;
    const call = {
      ...{ hook: this.#hook.spec, clazz: this.#clazz, method: this.#method, origin: originOf(params) },
      ...{ ts: wallClock(), self, params, returned, thrown, threw, cost, settle },
    };
    return `,"value":${observer.keep?.(call, observer.spec) ?? 'null'}`;
  }

  #value(
    point: string,
    self: unknown,
    params: unknown[],
    returned: unknown,
    thrown: unknown,
    cost: number,
  ): string {
    const { observer } = this;
    const { express } = observer;
    if (express === undefined) return '';
    let value: unknown;
    try {
      observer.fill(express.fuel);
      const { run } = express;
      const isThrow = point === 'AtExceptionExit';
      const isReturn = point === 'AtExit';
      value = run(
        params,
        self,
        returned,
        thrown,
        this.#clazz,
        this.#method,
        point === 'AtEnter',
        isThrow,
        isReturn,
        cost,
      );
    } catch (error) {
      return `,"failed":${stringify(failureText(this.#tools.renderFailure(error)))}`;
    }
    return `,"value":${observer.render(value, express.name)}`;
  }
}

/** A record that never finds room would be lost each time without a word. */
function fitting(head: string, body: string, capacity: number): string {
  if (body.length <= capacity / 4) return `${head}${body}}`;
  return `${head},"failed":"the value has ${body.length} characters, too many for the room that records have here"}`;
}

function named(name: string): object {
  return freeze({ name });
}
