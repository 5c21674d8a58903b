/** A process of test/targets/zoo, and the lines of JSON that steer it. */
import { createInterface } from 'node:readline';
import { type NodeMajor, type SpawnedTarget, type SpawnOptions, spawnTarget } from '../../support/index.js';

const FILES = {
  commonjs: 'zoo/cjs/program.cjs',
  esm: 'dist/zoo/esm/program.js',
  typescript: 'dist/zoo/typescript/program.js',
  bundled: 'dist/zoo/bundled/program.min.cjs',
} as const;
export type ZooFormat = keyof typeof FILES;
export const zooFormats = Object.keys(FILES) as ZooFormat[];

/** What an operator types for the module of the specimens. */
const MODULES: Record<ZooFormat, (name: string) => string> = {
  commonjs: (name) => (name === 'held' ? 'transpiled/held.js' : `zoo/cjs/${name}.cjs`),
  esm: (name) => `zoo/esm/${name}.js`,
  typescript: (name) => `zoo/src/${name}.ts`,
  bundled: (name) => `zoo/src/${name}.ts`,
};

export interface SpecimenName {
  readonly kind: string;
  readonly module: string;
  readonly name: string;
}

export interface ZooRound {
  readonly wrong: readonly string[];
  /** How often the body of each kind ran. */
  readonly bodies: Readonly<Record<string, number>>;
}

type Facts = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

interface Order {
  readonly kinds?: readonly string[];
  readonly times?: number;
}

export class Zoo {
  readonly target: SpawnedTarget;
  readonly format: ZooFormat;
  readonly #waiting = new Map<number, (answer: Record<string, unknown>) => void>();
  #next = 1;

  static async start(
    node: NodeMajor,
    format: ZooFormat,
    options: Pick<SpawnOptions, 'test' | 'nodeArgs' | 'deadlineMs'>,
  ): Promise<Zoo> {
    return new Zoo(await spawnTarget({ ...options, node, file: FILES[format] }), format);
  }

  private constructor(target: SpawnedTarget, format: ZooFormat) {
    this.target = target;
    this.format = format;
    createInterface({ input: target.child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      if (!line.startsWith('{')) return;
      const answer = JSON.parse(line) as { id: number };
      this.#waiting.get(answer.id)?.(answer);
      this.#waiting.delete(answer.id);
    });
  }

  async specimens(): Promise<readonly SpecimenName[]> {
    const { specimens } = (await this.#ask('specimens')) as {
      specimens: { kind: string; name: string; module?: string }[];
    };
    return specimens.map(({ kind, name, module = 'specimens' }) => ({
      kind,
      name,
      module: module === 'globalThis' || module.startsWith('node:') ? module : MODULES[this.format](module),
    }));
  }

  /** `times` calls that end well and one that throws, of each kind. */
  async round(order: Order = {}): Promise<ZooRound> {
    return (await this.#ask('round', order)) as unknown as ZooRound;
  }

  /** What is wrong with rejections that nobody handles, and with what a round does not count. */
  async unhandled(order: Order = {}): Promise<readonly string[]> {
    return (await this.#ask('unhandled', order)).wrong as string[];
  }

  async facts(): Promise<Facts> {
    return (await this.#ask('facts')).facts as Facts;
  }

  /** Nanoseconds a call, by kind; of those that answer at once. */
  async speed(order: Order): Promise<Readonly<Record<string, number>>> {
    return (await this.#ask('speed', order)).nanoseconds as Record<string, number>;
  }

  async warm(order: Order): Promise<void> {
    await this.#ask('warm', order);
  }

  async #ask(what: string, order: Order = {}): Promise<Record<string, unknown>> {
    const id = this.#next++;
    const answered = new Promise<Record<string, unknown>>((resolve) => this.#waiting.set(id, resolve));
    this.target.write(JSON.stringify({ ...order, id, do: what }));
    const gone = this.target.exited.then(({ code, signal }) => {
      throw new Error(`the zoo has ended (${signal ?? code}): ${this.target.stderr().slice(-2000)}`);
    });
    const answer = await Promise.race([answered, gone]);
    if (typeof answer.failed === 'string') throw new Error(answer.failed);
    return answer;
  }
}
