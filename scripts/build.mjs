// Builds the project into build/: type-checked sources by tsc, probe scripts by esbuild. Skips what is fresh.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stampFile = join(root, 'build', '.stamp');
/** A probe script above this is refused: it is text that we put into somebody's process. */
const PROBE_LIMIT_BYTES = 64 * 1024;

function* files(dir) {
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) yield* files(path);
    else yield path;
  }
}

function fingerprint() {
  const parts = [];
  for (const dir of ['src', 'test', 'bench', 'examples'].map((name) => join(root, name)).filter(existsSync)) {
    for (const file of files(dir)) {
      const stat = statSync(file);
      parts.push(`${file}:${stat.size}:${stat.mtimeMs}`);
    }
  }
  for (const name of ['tsconfig.json', 'package-lock.json', 'scripts/build.mjs']) {
    parts.push(readFileSync(join(root, name), 'utf8').length);
  }
  return parts.sort().join('\n');
}

export async function build({ log = console.error, force = false } = {}) {
  writeCommit();
  const stamp = fingerprint();
  if (!force && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return false;
  log('building ...');
  mkdirSync(join(root, 'build'), { recursive: true });
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const result = spawnSync(process.execPath, [tsc, '-p', root], { cwd: root, stdio: 'inherit' });
  if (result.status !== 0) throw new Error('tsc failed');
  await bundleProbe(log);
  await bundleFlamePage(tsc, log);
  await bundleProgram();
  writeFileSync(stampFile, stamp);
  return true;
}

/** The commit for /version; without git the program says that it knows none. */
function writeCommit() {
  const { status, stdout } = spawnSync('git', ['rev-parse', 'HEAD'], { cwd: root, encoding: 'utf8' });
  mkdirSync(join(root, 'build', 'src'), { recursive: true });
  writeFileSync(join(root, 'build', 'src', 'gitCommit.txt'), status === 0 ? stdout : '');
}

async function bundleProbe(log) {
  const esbuild = createRequire(import.meta.url)('esbuild');
  for (const thread of [
    'boot',
    'main',
    'instrument',
    'trace',
    'tunnel',
    'inspect',
    'awaits',
    'worker',
    'look',
  ]) {
    const outfile = join(root, 'build', 'src', 'probe', `${thread}.bundle.js`);
    await esbuild.build({
      entryPoints: [join(root, 'src', 'probe', thread, `${thread}.ts`)],
      outfile,
      bundle: true,
      platform: 'node',
      format: 'iife',
      globalName: 'remoraProbe',
      target: 'node18',
      minifyWhitespace: true,
      minifySyntax: true,
      // Those that grow with every instrument; messages and names that people see are texts, not identifiers.
      minifyIdentifiers: ['instrument', 'trace', 'tunnel', 'inspect', 'awaits', 'worker'].includes(thread),
      legalComments: 'none',
      // Node prints the line of a rethrown error's last throw when it ends a process.
      lineLimit: 160,
    });
    const text = readFileSync(outfile, 'utf8');
    // A for-in meets whatever somebody has put on Object.prototype, and then defines it as an export.
    writeFileSync(
      outfile,
      text.replace(/for\(var ([\w$]+)\s+in\s+([\w$]+)\)/g, 'for(var $1 of Object.keys($2))'),
    );
    const { size } = statSync(outfile);
    if (size > PROBE_LIMIT_BYTES)
      throw new Error(`${outfile} has ${size} bytes; the limit is ${PROBE_LIMIT_BYTES}`);
    log(`probe/${thread}: ${size} bytes`);
  }
}

/** The page of flame graphs: a program for browsers, with types of its own, as one HTML file with places for the data. */
async function bundleFlamePage(tsc, log) {
  const folder = join(root, 'src', 'diagnose', 'flamePage');
  const checked = spawnSync(process.execPath, [tsc, '-p', folder], { cwd: root, stdio: 'inherit' });
  if (checked.status !== 0) throw new Error('tsc failed on the page of flame graphs');
  const esbuild = createRequire(import.meta.url)('esbuild');
  const bundle = async (entry, options) => {
    const input = join(folder, entry);
    const { outputFiles } = await esbuild.build({
      entryPoints: [input],
      bundle: true,
      write: false,
      minify: true,
      legalComments: 'none',
      // A script inside a page must not hold what ends it.
      supported: { 'inline-script': false },
      ...options,
    });
    return outputFiles[0].text.trim();
  };
  const script = await bundle('main.ts', { format: 'iife', target: 'es2022', platform: 'browser' });
  const style = await bundle('style.css', { target: 'es2022' });
  const parts = { '%STYLE%': style, '%SCRIPT%': script };
  const page = readFileSync(join(folder, 'shell.html'), 'utf8').replace(
    /%(STYLE|SCRIPT)%/g,
    (name) => parts[name],
  );
  if (page.split(/%(?:TITLE|DATA)%/).length !== 3) throw new Error('the page holds a mark twice');
  const out = join(root, 'build', 'src', 'diagnose', 'flamePage');
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, 'flamePage.html'), page);
  log(`flamePage: ${page.length} bytes`);
}

/**
 * The program in a few files, beside the hundreds of which it consists: finding and reading each of those takes Node longer than
 * all that they do, at every start of `remora`. Packages stay what they are.
 */
async function bundleProgram() {
  const esbuild = createRequire(import.meta.url)('esbuild');
  const source = join(root, 'src');
  const built = join(root, 'build', 'src');
  const outdir = join(built, 'bundle');
  rmSync(outdir, { recursive: true, force: true });
  await esbuild.build({
    entryPoints: [join(source, 'main.ts')],
    outdir,
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    sourcemap: true,
    sourcesContent: false,
    logLevel: 'warning',
    plugins: [{ name: 'places', setup: (build) => keepPlaces(build, source) }],
  });
  writeFileSync(join(built, 'main.js'), "#!/usr/bin/env node\nimport './bundle/main.js';\n");
}

/** What a module finds beside itself (a worker's script, a page, package.json) it finds from the bundle as well. */
function keepPlaces(build, source) {
  build.onLoad({ filter: /\.ts$/ }, ({ path }) => {
    const text = readFileSync(path, 'utf8');
    if (!text.includes('import.meta.url')) return undefined;
    const own = `../${relative(source, path).replace(/\.ts$/, '.js')}`;
    return {
      contents: text.replaceAll('import.meta.url', `new URL('${own}', import.meta.url).href`),
      loader: 'ts',
    };
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await build({ force: process.argv.includes('--force') });
}
