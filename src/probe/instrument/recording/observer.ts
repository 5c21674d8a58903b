/** One observer on the main thread: its texts made functions, its limits, what it has left. */
import type { CompiledText, ObserverSpec } from '../../instrumentProtocol.js';
import { OBSERVER } from '../../layout.js';
import type { Runtime } from '../../main/evaluate.js';
import type { RenderLimits } from '../../main/render.js';
import type { KeptCall } from '../../tunnel/fragment.js';
import { type Cells, observerBase } from './cells.js';

/** The variables of an expression, in the order of VARIABLES. */
export type Evaluate = (
  params: unknown,
  target: unknown,
  returnObj: unknown,
  throwExp: unknown,
  clazz: object,
  method: object,
  isBefore: boolean,
  isThrow: boolean,
  isReturn: boolean,
  cost: number,
) => unknown;

/** What the Worker evaluates a text to: code from strings is not always allowed here, and a debugger's always is. */
export type Factory = (runtime: Runtime, files: readonly string[]) => Evaluate;

export interface Factories {
  readonly condition?: Factory;
  readonly express?: Factory;
}

export interface Tools {
  readonly runtime?: (limits: { readonly fuel: number; readonly untimed?: boolean }) => Runtime;
  readonly renderer: (limits: RenderLimits) => (value: unknown, name?: string) => string;
  /** Keeps a call and renders it; there when the tunnel script is. */
  readonly keep?: (call: KeptCall, spec: ObserverSpec) => string;
}

/** A text of the observer that can be run. */
export interface Asked {
  readonly run: Evaluate;
  readonly fuel: number;
  readonly name: string;
  /** Of a line: what it is given, in its order. */
  readonly variables: readonly string[];
}

export class Observer {
  readonly id: number;
  readonly spec: ObserverSpec;
  /** Index of its slot among the cells. */
  readonly base: number;
  readonly cells: Float64Array;
  readonly runtime: Runtime | undefined;
  /** Asked before the call. */
  readonly early: Asked | undefined;
  /** Asked when the call is over. */
  readonly late: Asked | undefined;
  readonly express: Asked | undefined;
  readonly render: (value: unknown, name?: string) => string;
  readonly keep: Tools['keep'];
  /** The texts make things that the runtime remembers until it is told to forget. */
  readonly makes: boolean;
  alive = true;
  /** Records that it may still write. */
  left: number;
  /** Its condition has thrown, which is told once. */
  hasFailed = false;

  constructor(
    spec: ObserverSpec,
    slot: number,
    { cells }: Cells,
    limits: RenderLimits,
    tools: Pick<Tools, 'runtime' | 'renderer' | 'keep'>,
    factories: Factories,
  ) {
    this.id = spec.observer;
    this.spec = spec;
    this.base = observerBase(slot);
    this.cells = cells;
    this.left = spec.hits > 0 ? spec.hits : Number.POSITIVE_INFINITY;
    const { condition, express } = spec;
    this.runtime = condition || express ? tools.runtime?.({ fuel: 0, untimed: true }) : undefined;
    const asked = this.#asked(condition, factories.condition);
    const isEarly =
      condition !== undefined && (condition.atEntry || (spec.kind === 'monitor' && spec.before === true));
    this.early = isEarly ? asked : undefined;
    this.late = isEarly ? undefined : asked;
    this.express = this.#asked(express, factories.express);
    this.makes = makesThings(condition) || makesThings(express);
    this.render = tools.renderer(limits);
    this.keep = spec.kind === 'tt' ? tools.keep : undefined;
    if (spec.kind === 'tt' && !this.keep) throw new Error('the tunnel is not there');
    for (let field = 0; field < 8; field++) cells[this.base + field] = 0;
    cells[this.base + OBSERVER.tokens] = firstTokens(spec.rate);
  }

  #asked(text: CompiledText | undefined, factory: Factory | undefined): Asked | undefined {
    if (!text) return undefined;
    if (!factory || !this.runtime) throw new Error('the expression was not handed in');
    const { files, fuel, name, variables = [] } = text;
    return { run: factory(this.runtime, files), fuel, name, variables };
  }

  /** Fresh for the next evaluation. */
  fill(fuel: number): void {
    const { runtime } = this;
    if (runtime === undefined) return;
    runtime.fuel = fuel;
    if (this.makes) runtime.made.clear();
  }

  /** A record that could not be written. */
  lost(): void {
    this.cells[this.base + OBSERVER.dropped]! += 1;
  }
}

function makesThings(text: CompiledText | undefined): boolean {
  return text?.source.includes('_$r.w(') === true;
}

/** The Worker's tick fills them up; until then there are some for a tenth of a second. */
function firstTokens(rate: number): number {
  return rate > 0 ? Math.max(1, rate / 10) : Number.POSITIVE_INFINITY;
}
