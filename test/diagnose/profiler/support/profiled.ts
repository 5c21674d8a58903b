import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Risk } from '../../../../src/base/index.js';
import { OutputFolder } from '../../../../src/diagnose/index.js';
import type { Targets } from '../../../../src/target/index.js';
import type { NodeMajor, SpawnOptions } from '../../../support/index.js';
import {
  newTargets,
  type Subject,
  subject,
  type TestLike,
  temporaryFolder,
} from '../../../target/attach/attaching.js';
import { Bench, type WireResult } from '../../support/bench.js';

/** A real process, and somebody who may profile it. */
export interface Profiled {
  readonly process: Subject;
  readonly targets: Targets;
  readonly bench: Bench;
  /** Results of a line, the status last. */
  exec(command: string): Promise<WireResult[]>;
  /** The same; rejects unless it ended by status 0. */
  ok(command: string): Promise<WireResult>;
  /** The text of a status that is not 0. */
  fails(command: string): Promise<string>;
  /** A file in the output folder, as text. */
  read(name: string): string;
  bytes(name: string): Buffer;
  /** All files there, unfinished ones too. */
  files(): string[];
}

export const ALL: readonly Risk[] = ['read', 'observe', 'change'];

export async function profiled(
  t: TestLike,
  node: NodeMajor,
  options: Partial<SpawnOptions> = {},
): Promise<Profiled> {
  const process = await subject(t, node, { file: 'dist/typescript/hog.js', ...options });
  const targets = newTargets(t);
  const place = join(temporaryFolder(t, 'state'), 'output');
  const bench = await Bench.start({ targets, allow: ALL, output: new OutputFolder(() => place) });
  t.after(() => bench.close());
  const exec = async (command: string): Promise<WireResult[]> => {
    const answer = await bench.exec(command, { process: String(process.pid), execTimeout: 60_000 });
    return answer.body?.results ?? [];
  };
  const pathOf = (name: string): string => {
    for (const risk of ALL) if (readdirSync(join(place, risk)).includes(name)) return join(place, risk, name);
    throw new Error(`no file ${name}`);
  };
  return {
    process,
    targets,
    bench,
    exec,
    async ok(command) {
      const results = await exec(command);
      const status = results.at(-1);
      if (status?.statusCode !== 0) throw new Error(`${command}: ${JSON.stringify(results)}`);
      return results.findLast(({ type }) => type === 'profiler' || type === 'heapdump') ?? status;
    },
    async fails(command) {
      const status = (await exec(command)).at(-1);
      if (status?.statusCode === 0) throw new Error(`${command} did not fail`);
      return `${status?.statusCode} ${String(status?.message)}`;
    },
    read: (name) => readFileSync(pathOf(name), 'utf8'),
    bytes: (name) => readFileSync(pathOf(name)),
    files: () => ALL.flatMap((risk) => readdirSync(join(place, risk))).sort(),
  };
}
