/** test/targets/hot.cjs and what benches do to it: orders by lines of JSON, an observation of `price`. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { compileCallExpression, forCalls } from '../../src/diagnose/expression/index.js';
import {
  instrumentsOf,
  type ObservableFunction,
  type Observation,
  type ObservationEvent,
  type ObserveRequest,
  type Target,
  type TargetInstruments,
  Targets,
} from '../../src/target/index.js';
import {
  eventually,
  type NodeMajor,
  type SpawnedTarget,
  spawnTarget,
  targetsFolder,
} from '../../test/support/index.js';

export const NO_BUDGET = { share: 0, overMs: 5000, burstShare: 0, burstMs: 1000 };
export const LIMITS = { depth: 1, items: 10, string: 100, bytes: 2000, time: 20 };

/** The line of `price`, from 1. */
export function lineOfPrice(): number {
  const lines = readFileSync(join(targetsFolder, 'hot.cjs'), 'utf8').split('\n');
  return lines.findIndex((line) => line.includes('return net * count')) + 1;
}

export function nodeOfArguments(): NodeMajor {
  const at = process.argv.indexOf('--node');
  const major = Number(process.argv[at + 1]);
  return major === 20 || major === 24 || major === 26 ? major : 22;
}

export class HotTarget {
  readonly spawned: SpawnedTarget;
  readonly #waiting = new Map<number, (answer: object) => void>();
  #next = 1;

  static async start(node: NodeMajor = nodeOfArguments()): Promise<HotTarget> {
    const options = { node, file: 'hot.cjs', nodeArgs: ['--inspect-port=0'], deadlineMs: 900_000 } as const;
    return new HotTarget(await spawnTarget(options));
  }

  private constructor(spawned: SpawnedTarget) {
    this.spawned = spawned;
    createInterface({ input: spawned.child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      if (!line.startsWith('{')) return;
      const answer = JSON.parse(line) as { id: number };
      this.#waiting.get(answer.id)?.(answer);
      this.#waiting.delete(answer.id);
    });
  }

  ask<T extends object>(order: { readonly do: string; readonly [name: string]: unknown }): Promise<T> {
    const id = this.#next++;
    this.spawned.write(JSON.stringify({ ...order, id }));
    return new Promise((resolve) => this.#waiting.set(id, (answer) => resolve(answer as T)));
  }

  /** Nanoseconds a call of `price`. */
  async price(times: number): Promise<number> {
    return (await this.ask<{ nanoseconds: number }>({ do: 'measure', times })).nanoseconds;
  }

  /** The same in time of the processor: nobody else's work counts, but only of some milliseconds it says anything. */
  async ownPrice(times: number): Promise<number> {
    return (await this.ask<{ own: number }>({ do: 'measure', times })).own;
  }

  /** The same of another of its functions. */
  async priceOf(of: string, times: number): Promise<number> {
    return (await this.ask<{ nanoseconds: number }>({ do: 'measureOf', times, of })).nanoseconds;
  }
}

export interface HotRequest extends Partial<Omit<ObserveRequest, 'condition' | 'express'>> {
  readonly condition?: string;
  readonly express?: string;
}

/** An agent on a hot target, with `price` found. */
export class HotBench {
  readonly hot: HotTarget;
  readonly target: Target;
  readonly instruments: TargetInstruments;
  readonly price: ObservableFunction;
  readonly #targets: Targets;
  readonly #folder: string;

  static async open(hot: HotTarget): Promise<HotBench> {
    const folder = mkdtempSync(join(tmpdir(), 'remora-bench-'));
    const targets = new Targets({ owner: 'bench', folder });
    const target = await targets.attach(String(hot.spawned.pid));
    target.lease('bench');
    const instruments = instrumentsOf(target);
    const pattern = { module: 'hot.cjs', name: 'price', regex: false };
    const [price] = await instruments.find(pattern, { most: 10 });
    if (!price) throw new Error('price was not found');
    return new HotBench(hot, target, instruments, price, targets, folder);
  }

  private constructor(
    hot: HotTarget,
    target: Target,
    instruments: TargetInstruments,
    price: ObservableFunction,
    targets: Targets,
    folder: string,
  ) {
    this.hot = hot;
    this.target = target;
    this.instruments = instruments;
    this.price = price;
    this.#targets = targets;
    this.#folder = folder;
  }

  /** Another of its functions. */
  async find(name: string): Promise<ObservableFunction> {
    const [found] = await this.instruments.find({ module: 'hot.cjs', name, regex: false }, { most: 10 });
    if (!found) throw new Error(`${name} was not found`);
    return found;
  }

  /** Observes `price`, or another; `take` is given what happens. */
  async start(
    request: HotRequest,
    take: (event: ObservationEvent) => void,
    of: ObservableFunction = this.price,
  ): Promise<Observation> {
    const compiled = (text?: string) =>
      text === undefined ? undefined : forCalls(compileCallExpression(text), []);
    const observation = await this.instruments.observe([of], {
      kind: 'watch',
      points: ['success', 'exception'],
      limits: LIMITS,
      hits: 0,
      holder: 'bench',
      ...request,
      condition: compiled(request.condition),
      express: compiled(request.express),
    });
    void (async () => {
      for await (const event of observation.events) take(event);
    })();
    return observation;
  }

  /** The same, and waits until it is reached. */
  async observe(
    request: HotRequest,
    take: (event: ObservationEvent) => void = () => undefined,
  ): Promise<Observation> {
    const observation = await this.start(request, take);
    await eventually(
      async () => {
        await this.hot.price(10);
        const status = await this.instruments.status();
        return status?.hooks.some(({ report }) => report.state === 'installed');
      },
      { what: 'price to be reached', intervalMs: 50 },
    );
    return observation;
  }

  /** Ends and waits until nothing is left. */
  async end(observation: Observation): Promise<void> {
    await observation.end();
    await eventually(async () => ((await this.instruments.status())?.hooks.length ?? 0) === 0, {
      what: 'price to be put back',
      intervalMs: 10,
    });
  }

  async close(): Promise<void> {
    await this.#targets.close('the bench is over');
    await this.hot.spawned.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
