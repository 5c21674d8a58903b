// Generates docs/commands/ and docs/limits.md from the command objects and the limits of the build, so that they
// cannot say what the program does not do. `--check` writes nothing and names what differs. `--record [COMMAND...]`
// first runs the examples of each command against the shop and keeps what they printed in docs/examples/COMMAND.txt, and
// writes the matrix of instruments (`--record instruments`: only that) anew.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { commandPage, commandsIndex } from './docsCommandPage.mjs';
import { instrumentsPage } from './docsInstrumentsPage.mjs';
import { limitsPage } from './docsLimitsPage.mjs';
import { log, orExplain, prepare, root } from './prepare.mjs';

const commandsFolder = join(root, 'docs', 'commands');
const examplesFolder = join(root, 'docs', 'examples');
const matrixFile = join(root, 'test', 'target', 'instruments', 'matrix.json');

function load(path) {
  return import(pathToFileURL(join(root, 'build', 'src', path)).href);
}

/** Limits register themselves when their module is loaded, and each room has such modules. */
async function limits() {
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' });
  for (const file of files.filter((name) => /(^|\/)limits\.ts$/.test(name))) {
    await load(file.replace(/\.ts$/, '.js'));
  }
  const { allLimits } = await load('base/index.js');
  return allLimits();
}

export function exampleFile(name) {
  return join(examplesFolder, `${name}.txt`);
}

function example(name) {
  return existsSync(exampleFile(name)) ? readFileSync(exampleFile(name), 'utf8').trimEnd() : undefined;
}

/** Path → text of every page that is generated. */
async function pages() {
  const { commandCatalogue } = await load('diagnose/index.js');
  const commands = [...commandCatalogue()].sort((a, b) => a.name.localeCompare(b.name));
  const { roleForRisk } = await load('base/index.js');
  return new Map([
    ...commands.map((command) => [
      join(commandsFolder, `${command.name}.md`),
      commandPage(command, { role: roleForRisk(command.risk), example: example(command.name) }),
    ]),
    [join(commandsFolder, 'README.md'), commandsIndex(commands)],
    [join(root, 'docs', 'limits.md'), limitsPage(await limits())],
    [join(root, 'docs', 'instruments.md'), instrumentsPage(JSON.parse(readFileSync(matrixFile, 'utf8')))],
  ]);
}

/** Pages and recordings of commands that are no more. */
function leftOver(wanted) {
  const stale = [];
  for (const [folder, extension] of [
    [commandsFolder, '.md'],
    [examplesFolder, '.txt'],
  ]) {
    for (const name of existsSync(folder) ? readdirSync(folder) : []) {
      const page = join(commandsFolder, name.replace(extension, '.md'));
      if (name.endsWith(extension) && !wanted.has(page)) stale.push(join(folder, name));
    }
  }
  return stale;
}

/** The test of the matrix writes what it finds, and fails where something else is wrong than the table. */
function recordMatrix() {
  log('recording the matrix of instruments ...');
  const test = join(root, 'build', 'test', 'target', 'instruments', 'matrix.test.js');
  const { status } = spawnSync(process.execPath, ['--enable-source-maps', '--test', test], {
    cwd: root,
    env: { ...process.env, REMORA_RECORD_MATRIX: '1', REMORA_TEST_LANE: 'beside' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) throw new Error("the matrix has faults: 'npm test -- instruments/matrix' names them");
}

async function main(flags) {
  const recorded = flags.includes('--record');
  if (!flags.includes('--check')) await prepare();
  if (recorded) {
    const { record } = await import('./docsRecord.mjs');
    const { commandCatalogue } = await load('diagnose/index.js');
    const names = flags.filter((word) => !word.startsWith('-'));
    if (names.length === 0 || names.includes('instruments')) recordMatrix();
    mkdirSync(examplesFolder, { recursive: true });
    await record(
      commandCatalogue().filter(({ name }) => names.length === 0 || names.includes(name)),
      exampleFile,
    );
  }
  const wanted = await pages();
  const changed = [...wanted].filter(
    ([path, text]) => !existsSync(path) || readFileSync(path, 'utf8') !== text,
  );
  const stale = leftOver(wanted);
  if (flags.includes('--check')) {
    for (const [path] of changed) log(`${relative(root, path)} is not what the program says`);
    for (const path of stale) log(`${relative(root, path)} belongs to no command`);
    if (changed.length + stale.length > 0) throw new Error("run 'npm run docs' and commit what it writes");
    return;
  }
  for (const [path, text] of changed) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  for (const path of stale) rmSync(path);
  log(`${wanted.size} pages, ${changed.length} written, ${stale.length} removed`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await orExplain(() => main(process.argv.slice(2)));
