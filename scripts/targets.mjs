// Builds those target programs that are not run as they lie: test/targets/dist/. Skips what is fresh.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const targets = join(root, 'test', 'targets');
const dist = join(targets, 'dist');
const stampFile = join(dist, '.stamp');
const MODULES = 400;

function fingerprint() {
  const sources = ['typescript', 'traced', 'zoo'].flatMap((name) => [
    ...readdirSync(join(targets, name, 'src')).map((file) => join(targets, name, 'src', file)),
    join(targets, name, 'tsconfig.json'),
  ]);
  return [...sources, fileURLToPath(import.meta.url)]
    .map((file) => `${file}:${statSync(file).size}:${statSync(file).mtimeMs}`)
    .join('\n');
}

export async function buildTargets({ log = console.error } = {}) {
  const stamp = fingerprint();
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return false;
  log('building target programs ...');
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(dist, { recursive: true });
  compile('typescript');
  compile('zoo');
  await bundles();
  await zoo();
  manyModules();
  writeFileSync(stampFile, stamp);
  return true;
}

function compile(name) {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const result = spawnSync(process.execPath, [tsc, '-p', join(targets, name)], { stdio: 'inherit' });
  if (result.status !== 0) throw new Error(`tsc failed on test/targets/${name}`);
}

/** Bundled and minified, with a map beside it. */
function minified(entry, outfile, format) {
  return createRequire(import.meta.url)('esbuild').build({
    entryPoints: [join(targets, ...entry)],
    outfile: join(dist, ...outfile),
    bundle: true,
    minify: true,
    sourcemap: true,
    platform: 'node',
    target: 'node20',
    format,
  });
}

async function bundles() {
  const typescript = (file) => ['typescript', 'src', file];
  await minified(typescript('server.ts'), ['bundled', 'server.min.cjs'], 'cjs');
  await minified(typescript('server.ts'), ['bundled', 'server.min.mjs'], 'esm');
  // Async functions that wait.
  await minified(typescript('awaiting.mts'), ['bundled', 'awaiting.min.mjs'], 'esm');
  // What a trace of minified code is tried on.
  await minified(['traced', 'src', 'service.ts'], ['traced', 'service.min.mjs'], 'esm');
}

/**
 * The zoo as ES modules without a map, and bundled and minified; and as CommonJS, of which the program written in that uses
 * all but the specimens.
 */
async function zoo() {
  const esbuild = createRequire(import.meta.url)('esbuild');
  const source = (name) => join(targets, 'zoo', 'src', `${name}.ts`);
  const entryPoints = ['checks', 'keeper', 'specimens', 'held', 'program'].map(source);
  const each = { platform: 'node', target: 'node20', entryPoints };
  await Promise.all([
    esbuild.build({ ...each, outdir: join(dist, 'zoo', 'esm'), format: 'esm' }),
    esbuild.build({ ...each, outdir: join(dist, 'zoo', 'transpiled'), format: 'cjs' }),
    minified(['zoo', 'src', 'program.ts'], ['zoo', 'bundled', 'program.min.cjs'], 'cjs'),
  ]);
  writeFileSync(join(dist, 'zoo', 'transpiled', 'package.json'), '{ "type": "commonjs" }\n');
}

/** Hundreds of modules with a few functions each; every module calls into the one before it. */
function manyModules() {
  const folder = join(dist, 'many-modules');
  mkdirSync(folder, { recursive: true });
  const name = (index) => `m${String(index).padStart(4, '0')}`;
  for (let index = 0; index < MODULES; index += 1) {
    const before = index % 10 === 0 ? 'undefined' : `require('./${name(index - 1)}.cjs')`;
    const functions = Array.from(
      { length: 8 },
      (_, i) => `function step${i}(value) {\n  return value * ${i + 2} + ${index};\n}\n`,
    );
    const sum = functions.map((_, i) => `step${i}(value)`).join(' + ');
    writeFileSync(
      join(folder, `${name(index)}.cjs`),
      `const before = ${before};\n\n${functions.join('\n')}
class Part${index} {
  #value = ${index};
  read(value) {
    return this.#value + value;
  }
}

function entry(value) {
  const sum = ${sum};
  return new Part${index}().read(before ? before.entry(value) + sum : sum);
}

module.exports = { entry, Part${index} };\n`,
    );
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildTargets();
