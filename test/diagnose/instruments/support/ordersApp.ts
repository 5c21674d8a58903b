/** test/targets/copies/src, compiled in each of the ways that programs are. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { projectRoot, targetsFolder } from '../../../support/index.js';
import type { TestLike } from '../../../target/attach/attaching.js';

export const FORMATS = [
  'tsc as ESM',
  'tsc as CommonJS',
  'a minified bundle, CommonJS',
  'a minified bundle, ESM',
] as const;
export type Format = (typeof FORMATS)[number];

export const sources = join(targetsFolder, 'copies', 'src');

export interface BuiltApp {
  /** To be run. */
  readonly file: string;
  /** The folder of the TypeScript files; a test may write there. */
  readonly sources: string;
}

export async function buildOrders(t: TestLike, format: Format): Promise<BuiltApp> {
  const folder = mkdtempSync(join(tmpdir(), 'remora-orders-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const own = join(folder, 'src');
  const out = join(folder, 'dist');
  mkdirSync(own);
  mkdirSync(out);
  for (const file of readdirSync(sources)) writeFileSync(join(own, file), readFileSync(join(sources, file)));
  if (format.startsWith('tsc')) {
    compile(folder, format === 'tsc as ESM');
    return { file: join(out, 'program.js'), sources: own };
  }
  const isEsm = format.endsWith('ESM');
  const file = join(out, isEsm ? 'program.mjs' : 'program.cjs');
  await build({
    entryPoints: [join(own, 'program.ts')],
    outfile: file,
    bundle: true,
    minify: true,
    sourcemap: true,
    platform: 'node',
    target: 'node20',
    format: isEsm ? 'esm' : 'cjs',
  });
  return { file, sources: own };
}

function compile(folder: string, isEsm: boolean): void {
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: isEsm ? 'module' : 'commonjs' }));
  const compilerOptions = {
    ...{
      target: 'es2022',
      module: 'nodenext',
      rootDir: 'src',
      outDir: 'dist',
      strict: true,
      skipLibCheck: true,
    },
    ...{ types: ['node'], typeRoots: [join(projectRoot, 'node_modules', '@types')], sourceMap: true },
    // One of the two has in its maps what was compiled; of the other that is asked of what runs.
    inlineSources: isEsm,
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['src'] }));
  const tsc = join(projectRoot, 'node_modules', 'typescript', 'bin', 'tsc');
  const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stdout);
}
