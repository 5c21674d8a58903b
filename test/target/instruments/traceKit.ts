/** A program that evaluates lines, and traces of its functions. */
import { createInterface } from 'node:readline';
import {
  instrumentsOf,
  type ObservableFunction,
  type Observation,
  type ObservationEvent,
  type ObserveRequest,
  type Target,
  type TargetInstruments,
  type TraceNode,
  type TraceReach,
  type TraceRequest,
  type TraceTree,
} from '../../../src/target/index.js';
import { eventually, type NodeMajor, type SpawnedTarget, spawnTarget } from '../../support/index.js';
import { newTargets, type TestLike } from '../attach/attaching.js';

const LIMITS = { depth: 2, items: 10, string: 100, bytes: 4000, time: 20 };

export class Program {
  readonly process: SpawnedTarget;
  readonly #waiting: ((line: string) => void)[] = [];
  #target: Target | undefined;

  static async start(t: TestLike, node: NodeMajor, file: string): Promise<Program> {
    const program = new Program(await spawnTarget({ node, file, test: t }));
    program.#target = await newTargets(t).attach(String(program.process.pid));
    const lease = program.#target.lease('test');
    t.after(() => lease.release());
    return program;
  }

  /** A program that an agent in another process has attached. */
  static of(process: SpawnedTarget): Program {
    return new Program(process);
  }

  private constructor(process: SpawnedTarget) {
    this.process = process;
    createInterface({ input: process.child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      if (line.startsWith('= ')) this.#waiting.shift()?.(line.slice(2));
    });
  }

  get target(): Target {
    if (!this.#target) throw new Error('not attached');
    return this.#target;
  }

  get instruments(): TargetInstruments {
    return instrumentsOf(this.target);
  }

  /** What a line evaluates to, as the application's own code would. */
  async ask<T = unknown>(line: string): Promise<T> {
    const answered = new Promise<string>((resolve) => this.#waiting.push(resolve));
    this.process.write(line.replace(/\s*\n\s*/g, ' '));
    const { value, error } = JSON.parse(await answered) as { value: T; error?: string };
    if (error !== undefined) throw new Error(error);
    return value;
  }

  async find(module: string, ...names: string[]): Promise<ObservableFunction[]> {
    const found: ObservableFunction[] = [];
    for (const name of names) {
      const [of] = await this.instruments.find({ module, name, regex: false }, { most: 10 });
      if (!of) throw new Error(`no ${name} in ${module}`);
      found.push(of);
    }
    return found;
  }

  async trace(
    functions: readonly ObservableFunction[],
    trace: Partial<TraceRequest> = {},
    request: Partial<ObserveRequest> = {},
  ): Promise<Trace> {
    const observation = await this.instruments.observe(functions, {
      ...{ kind: 'trace', points: ['finish'], limits: LIMITS, hits: 1000, holder: 'test' },
      trace: { depth: 1, acrossCallbacks: false, skipInternal: true, ...trace },
      ...request,
    });
    return new Trace(observation);
  }
}

export class Trace {
  readonly observation: Observation;
  readonly trees: TraceTree[] = [];
  readonly events: ObservationEvent[] = [];
  #taken = 0;

  constructor(observation: Observation) {
    this.observation = observation;
    void this.#read();
  }

  get reach(): TraceReach {
    const reach = this.observation.reach();
    if (!reach) throw new Error('it is no trace');
    return reach;
  }

  async #read(): Promise<void> {
    for await (const event of this.observation.events) {
      this.events.push(event);
      if (event.kind === 'record' && event.tree) this.trees.push(event.tree);
    }
  }

  /** The next tree that was not taken yet. */
  async next(): Promise<TraceTree> {
    const at = this.#taken;
    this.#taken += 1;
    return await eventually(() => this.trees[at], { what: `tree ${at} to come` });
  }

  /** Calls until every function that is looked into is. */
  async ready(call: () => Promise<unknown>, count = 1): Promise<void> {
    await eventually(
      async () => {
        await call();
        const { functions } = this.reach;
        return functions.length >= count && functions.every(({ state }) => state !== 'waits');
      },
      { what: `${count} functions to be looked into`, intervalMs: 60 },
    ).catch((error: Error) => {
      throw new Error(`${error.message}: ${JSON.stringify(this.reach)}`);
    });
    await eventually(() => this.trees.length > 0, { what: 'records' });
    await new Promise((done) => setTimeout(done, 150));
    this.#taken = this.trees.length;
  }
}

/** `text×count` of every node, indented; without times. */
export function outline(node: TraceNode, depth = 0): string {
  const threw = node.threw > 0 ? `!${node.threw}` : '';
  const line = `${'  '.repeat(depth)}${node.kind === 'call' ? '' : `${node.kind} `}${node.text}×${node.count}${threw}`;
  return [line, ...node.children.map((child) => outline(child, depth + 1))].join('\n');
}

export function nodeAt(node: TraceNode, ...texts: readonly string[]): TraceNode {
  let at = node;
  for (const text of texts) {
    const next = at.children.find((child) => child.text === text);
    if (!next) throw new Error(`no ${text} below ${at.text}:\n${outline(node)}`);
    at = next;
  }
  return at;
}
