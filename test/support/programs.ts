import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.js';
import { freePort } from './freePort.js';
import { installProgram } from './installProgram.js';
import { type NodeMajor, nodeMajors } from './nodes.js';
import { type SpawnedTarget, type SpawnOptions, spawnTarget } from './spawnTarget.js';

/** Programs that nobody here wrote (the apps on top are a few lines), started unprepared. */
export const programNames = ['express', 'fastify', 'node-red', 'vite', 'piscina'] as const;
export type ProgramName = (typeof programNames)[number];

interface Recipe {
  /** The script that Node runs, below the installed folder. */
  readonly script: string;
  readonly args?: (port: number) => string[];
  readonly nodes?: readonly NodeMajor[];
  /** In the first answer, to be sure who answers. */
  readonly answers: RegExp;
  readonly startMs?: number;
}

const recipes: Record<ProgramName, Recipe> = {
  express: { script: 'app.cjs', answers: /^express$/ },
  fastify: { script: 'app.mjs', answers: /"program":"fastify"/ },
  piscina: { script: 'app.mjs', answers: /"value":6765/ },
  'node-red': {
    script: 'node_modules/node-red/red.js',
    args: () => ['--settings', 'settings.cjs'],
    nodes: [22, 24, 26],
    answers: /<title>Node-RED<\/title>/,
    startMs: 60_000,
  },
  vite: {
    script: 'node_modules/vite/bin/vite.js',
    args: (port) => ['--host', '127.0.0.1', '--port', String(port), '--strictPort'],
    answers: /src="\/main\.js/,
  },
};

export interface Program {
  readonly name: ProgramName;
  readonly target: SpawnedTarget;
  readonly port: number;
  readonly url: string;
}

export interface ProgramOptions
  extends Pick<SpawnOptions, 'node' | 'nodeArgs' | 'env' | 'test' | 'deadlineMs'> {}

/** The Node majors that the program itself supports. */
export function programNodes(name: ProgramName): readonly NodeMajor[] {
  return recipes[name].nodes ?? nodeMajors;
}

/** Installs the program when it is missing, starts it on a free loopback port, waits until it answers HTTP. */
export async function startProgram(name: ProgramName, options: ProgramOptions = {}): Promise<Program> {
  const recipe = recipes[name];
  const folder = installProgram(name);
  const port = await freePort();
  const userDir = mkdtempSync(join(tmpdir(), 'remora-program-'));
  const target = await spawnTarget({
    ...options,
    file: join(folder, recipe.script),
    args: recipe.args?.(port) ?? [],
    cwd: folder,
    env: { PORT: String(port), USER_DIR: userDir, HOME: userDir, ...options.env },
    ready: null,
  });
  target.exited.then(() => rmSync(userDir, { recursive: true, force: true }));
  const url = `http://127.0.0.1:${port}/`;
  try {
    await eventually(() => answers(target, url, recipe.answers), {
      what: `${name} to answer at ${url}`,
      timeoutMs: recipe.startMs ?? 20_000,
      intervalMs: 100,
    });
  } catch (error) {
    await target.stop();
    throw new Error(`${(error as Error).message}\n${target.stdout()}${target.stderr()}`, { cause: error });
  }
  return { name, target, port, url };
}

async function answers(target: SpawnedTarget, url: string, wanted: RegExp): Promise<boolean> {
  if (target.child.exitCode !== null) throw new Error(`it ended with ${target.child.exitCode}`);
  const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
  return wanted.test(await response.text());
}
