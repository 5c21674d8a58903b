/** Hooks made by hand: what the agent's registry would send, from the parse tree of a file. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FunctionSource, HookReport, HookSpec, Step } from '../../../src/probe/index.js';
import type { Target } from '../../../src/target/index.js';
import { functionsOf } from '../../../src/target/scripts/functionsOf.js';
import { type FunctionInfo, type Place, type Script, scriptsOf } from '../../../src/target/scripts/index.js';
import { eventually, type SpawnedTarget, spawnTarget, targetsFolder } from '../../support/index.js';
import type { AgentProcess } from '../attach/agentProcess.js';
import { newTargets, type TestLike } from '../attach/attaching.js';

export interface HookOptions {
  readonly plan: readonly Step[];
  readonly lifetimeMs?: number;
}

/** What hooks need of a target; another process may hold it. */
export interface Held {
  worker<T>(fn: string, params: unknown): Promise<T>;
  scripts(): Promise<readonly Pick<Script, 'path' | 'scriptId' | 'url' | 'isModule'>[]>;
}

/** A target program that evaluates lines, attached. */
export class Subject {
  readonly process: SpawnedTarget;
  readonly #held: Held;
  readonly #target: Target | undefined;
  #scripts: Awaited<ReturnType<Held['scripts']>> = [];
  #next = 1;

  private constructor(process: SpawnedTarget, held: Held, target?: Target) {
    this.process = process;
    this.#held = held;
    this.#target = target;
  }

  static async start(t: TestLike, node: 20 | 22 | 24 | 26, file: string): Promise<Subject> {
    const process = await spawnTarget({ node, file, test: t });
    const target = await newTargets(t).attach(String(process.pid));
    await scriptsOf(target).open();
    const held: Held = {
      worker: (fn, params) => target.worker(fn, params),
      scripts: () => Promise.resolve(scriptsOf(target).all()),
    };
    const subject = new Subject(process, held, target);
    subject.#scripts = await held.scripts();
    return subject;
  }

  /** A program that an agent in another process has attached. */
  static async heldBy(agent: AgentProcess, process: SpawnedTarget): Promise<Subject> {
    const { pid } = process;
    const held: Held = {
      worker: (fn, params) => agent.ask('worker', { pid, fn, params }),
      scripts: () => agent.ask('scripts', { pid }),
    };
    const subject = new Subject(process, held);
    subject.#scripts = await held.scripts();
    return subject;
  }

  get target(): Target {
    if (!this.#target) throw new Error('it is held by another process');
    return this.#target;
  }

  #asked = 0;

  /** Evaluates in the target's main thread, as the application would. */
  async ask<T = unknown>(expression: string): Promise<T> {
    const mine = this.#asked++;
    this.process.write(expression.replace(/\s*\n\s*/g, ' '));
    return await eventually(
      () => {
        const answers = this.process
          .stdout()
          .split('\n')
          .filter((line) => line.startsWith('= '));
        const answer = answers[mine];
        return answer === undefined
          ? undefined
          : { value: answer === '= undefined' ? undefined : (JSON.parse(answer.slice(2)) as T) };
      },
      { what: `an answer to ${expression}\n${this.process.stderr()}`, intervalMs: 5 },
    ).then(({ value }) => value as T);
  }

  /** The spec of the function of this name in a file below test/targets. */
  spec(
    file: string,
    name: string,
    options: HookOptions & { readonly kind?: FunctionInfo['kind'] },
  ): HookSpec {
    const path = join(targetsFolder, file);
    const script = this.#scripts.find((each) => each.path === path);
    if (!script) throw new Error(`${path} is not loaded`);
    const text = readFileSync(path, 'utf8');
    const { functions, classes } = functionsOf(text, script.isModule);
    const info = functions.find(
      (each) => each.name === name && (!options.kind || each.kind === options.kind),
    );
    if (!info) throw new Error(`no function ${name}: ${functions.map((each) => each.name).join(', ')}`);
    const body = offsetOf(text, info.body);
    const cls =
      info.kind === 'constructor' ? classes.find((each) => each.name === info.className) : undefined;
    const source: FunctionSource = cls
      ? {
          tail: text.slice(offsetOf(text, cls.start), offsetOf(text, cls.end)),
          length: offsetOf(text, cls.end) - offsetOf(text, cls.start),
          start: zero(cls.start),
          body: zero(info.body),
          end: zero(info.end),
        }
      : {
          tail: text.slice(body, info.range[1]),
          length: info.range[1] - body,
          start: zero(info.start),
          body: zero(info.body),
          end: zero(info.end),
        };
    const key = name.replace(/^.*[.#]/s, '');
    const isKeyed =
      info.className !== '' || info.kind === 'method' || info.kind === 'getter' || info.kind === 'setter';
    return {
      hook: this.#next++,
      className: file,
      methodName: name,
      script: { scriptId: script.scriptId, url: script.url, path: script.path, isModule: script.isModule },
      source,
      shape: {
        kind: info.kind,
        isAsync: info.isAsync,
        isGenerator: info.isGenerator,
        isStatic: info.isStatic,
        isPrivate: info.isPrivate,
        key: isKeyed ? key : '',
      },
      plan: options.plan,
      lifetimeMs: options.lifetimeMs ?? 60_000,
    };
  }

  hook(spec: HookSpec): Promise<HookReport> {
    return this.#held.worker<HookReport>('instrumentHook', spec);
  }

  unhook(...hooks: number[]): Promise<{ undone: number[]; later: number[]; stallMs: number }> {
    return this.#held.worker('instrumentUnhook', { hooks });
  }

  async report(hook: number): Promise<HookReport | undefined> {
    return (await this.#hooks()).find(({ report }) => report.hook === hook)?.report;
  }

  async calls(hook: number): Promise<number> {
    return (await this.#hooks()).find(({ report }) => report.hook === hook)?.calls ?? -1;
  }

  async state(hook: number, wanted: HookReport['state']): Promise<HookReport> {
    let last: HookReport | undefined;
    return await eventually(
      async () => {
        last = await this.report(hook);
        return last?.state === wanted ? last : undefined;
      },
      { what: `hook ${hook} to be ${wanted}`, timeoutMs: 3000 },
    ).catch((error: Error) => {
      throw new Error(`${error.message}: ${JSON.stringify(last)}`);
    });
  }

  /** Calls it again and again until the hook is in that state. */
  async calling(hook: number, call: string, wanted: HookReport['state']): Promise<HookReport> {
    let last: HookReport | undefined;
    for (let round = 0; round < 40; round++) {
      await this.ask(call);
      await sleep(30);
      last = await this.report(hook);
      if (last?.state === wanted) return last;
    }
    throw new Error(`${call}: the hook is not ${wanted}: ${JSON.stringify(last)}`);
  }

  /** Waits until the hook is no longer there. */
  async gone(hook: number): Promise<void> {
    await eventually(async () => (await this.report(hook)) === undefined, {
      what: `hook ${hook} to be gone`,
    });
  }

  /** An answer that came to a line nobody waits for. */
  skipAnswer(): void {
    this.#asked += 1;
  }

  async #hooks(): Promise<{ report: HookReport; calls: number }[]> {
    const status = await this.#held.worker<{ hooks: { report: HookReport; calls: number }[] }>(
      'instrumentStatus',
      {},
    );
    return status.hooks;
  }
}

function zero({ line, column }: Place): { line: number; column: number } {
  return { line: line - 1, column: column - 1 };
}

function offsetOf(text: string, { line, column }: Place): number {
  let at = 0;
  for (let left = line - 1; left > 0; left--) at = text.indexOf('\n', at) + 1;
  return at + column - 1;
}
