// `npm test`: installs, builds and fetches what is missing, checks the sources, runs the tests.
// `npm test -- target http/listener` runs only the test files whose path holds one of the words, and no checks.
import { existsSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { run } from './child.mjs';
import { fetchNodes } from './nodes.mjs';
import { log, orExplain, prepare, root } from './prepare.mjs';
import { ensureSystemParts } from './systemParts.mjs';
import { buildTargets } from './targets.mjs';
import { lanesOf, runLanes } from './testLanes.mjs';

/** A file that hangs must not hang the run. The slowest ones soak a target for minutes. */
const FILE_TIMEOUT_MS = 10 * 60 * 1000;
const filters = process.argv.slice(2).filter((word) => !word.startsWith('-'));
const flags = process.argv.slice(2).filter((word) => word.startsWith('-'));

await orExplain(async () => {
  await prepare();
  await buildTargets({ log });
  fetchNodes();
  ensureSystemParts();
});

if (filters.length === 0) {
  const biome = join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
  for (const [what, script, ...args] of [
    ['sources (Biome)', biome, 'check', '.'],
    ['import rules', join(root, 'scripts', 'importRules.mjs')],
  ]) {
    log(`checking ${what} ...`);
    const code = await run(process.execPath, [script, ...args], { cwd: root });
    if (code !== 0) process.exit(code);
  }
}

const files = testFiles();
if (files.length === 0) {
  log(`no test file matches ${filters.join(' ')}`);
  process.exit(1);
}
log(`running ${files.length} test files ...`);
process.exitCode = await runLanes(
  lanesOf(files),
  ['--enable-source-maps', '--test', '--test-concurrency=1', `--test-timeout=${FILE_TIMEOUT_MS}`, ...flags],
  { cwd: root },
);

function testFiles() {
  const folder = join(root, 'build', 'test');
  return (
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.test.js'))
      .map((name) => join(folder, name))
      // tsc leaves the output of a source that is gone.
      .filter((file) => existsSync(join(root, relative(join(root, 'build'), file).replace(/\.js$/, '.ts'))))
      .map((file) => relative(root, file))
      .filter((file) => filters.length === 0 || filters.some((word) => file.includes(word)))
      .sort()
  );
}
