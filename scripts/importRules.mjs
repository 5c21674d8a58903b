// Checks what no compiler checks (DESIGN 2): which room may import which, and through its door only; no file over 400
// lines without a reason; no default exports; no path of a machine and no registry host. `--root DIR` for another tree.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Room → rooms it may import. `http` is not in here: only files named api.ts may import that. */
const ALLOWED = {
  base: [],
  http: ['base'],
  wire: ['base'],
  probe: [],
  target: ['wire', 'probe', 'base'],
  diagnose: ['target', 'wire', 'base'],
  containers: ['wire', 'base'],
  collect: ['wire', 'base'],
  store: ['wire', 'base'],
  fleet: ['store', 'wire', 'base'],
  meta: ['store', 'wire', 'base'],
  insight: ['target', 'wire', 'base'],
  client: ['wire', 'base'],
};
/** Doors beside index.ts, for who wants little: what stands behind one loads nothing else of the room. */
const SIDE_DOORS = { diagnose: ['src/diagnose/render/index.ts'] };
/** These know several jobs and may import any room. */
const WIRING = ['agent.ts', 'server.ts', 'daemon.ts', 'main.ts'];
const WIRING_ROOM = 'cli';
const MAX_LINES = 400;
const REASON_WITHIN = 10;

const SOURCE = /\.(ts|tsx|mjs|cjs|js)$/;
const TEXT =
  /\.(ts|tsx|mjs|cjs|js|json|md|txt|yml|yaml|sh|html|css|npmrc)$|^run$|^(NOTICE|\.npmrc|\.gitignore)$/;
const SKIPPED = new Set(['node_modules', 'build', 'dist', '.git', '.cache']);
/** Programs that tests run, not ours to shape: a target may well have a default export. */
const FOREIGN = ['test/targets/', 'test/programs/'];

// Biome keeps one form of import, so lines are enough; a parser of TypeScript for this alone would be much more.
const STATIC_IMPORT = /^(?:import|export)\b.*\bfrom '([^']+)'|^import '([^']+)'|^\} from '([^']+)'/;
const DYNAMIC_IMPORT = /\bimport\('([^']+)'\)/g;
const DEFAULT_EXPORT = /^export default\b|^export \{.*\bas default\b/;
const MACHINE_PATH =
  /(?:^|[\s'"`(=:,])(\/(?:work|root|opt\/nodes|tmp\/wt|home\/[\w.-]+|Users\/[\w.-]+)(?:\/[\w.-]+)+)/;
const REGISTRY = /\b(registry\.[a-z]+\.(?:org|com|dev)|npm\.pkg\.[a-z]+\.com)\b|"resolved": *"http/;

function* files(root, folder = '') {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    if (SKIPPED.has(entry.name)) continue;
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) yield* files(root, path);
    else if (entry.isFile()) yield path;
  }
}

/** Imports of a file as `{ line, specifier }`, comments left out. */
function importsOf(lines) {
  const found = [];
  lines.forEach((text, index) => {
    if (/^\s*(\/\/|\*|\/\*)/.test(text)) return;
    const fixed = STATIC_IMPORT.exec(text);
    if (fixed) found.push({ line: index + 1, specifier: fixed[1] ?? fixed[2] ?? fixed[3] });
    for (const match of text.matchAll(DYNAMIC_IMPORT)) found.push({ line: index + 1, specifier: match[1] });
  });
  return found;
}

/** `src/target/attach.ts` → target; `src/agent.ts` → itself; outside src → undefined. */
function roomOf(path) {
  const [top, second] = path.split('/');
  return top === 'src' ? second : undefined;
}

export function checkTree(root) {
  const problems = [];
  for (const path of files(root)) {
    const name = path.split('/').at(-1);
    if (!SOURCE.test(name) && !TEXT.test(name)) continue;
    const lines = readFileSync(join(root, path), 'utf8').split('\n');
    const report = (line, text) => problems.push(`${path}:${line}: ${text}`);
    checkAddresses(lines, report);
    if (!SOURCE.test(name) || FOREIGN.some((folder) => path.startsWith(folder))) continue;
    checkShape(lines, report);
    if (path.startsWith('src/')) checkImports(path, lines, report);
    if (path.startsWith('examples/')) checkExample(path, lines, report);
  }
  return problems;
}

function checkAddresses(lines, report) {
  lines.forEach((text, index) => {
    const path = MACHINE_PATH.exec(text);
    if (path) report(index + 1, `a path of one machine: ${path[1]}`);
    if (REGISTRY.test(text)) report(index + 1, 'an address of a package registry');
  });
}

function checkShape(lines, report) {
  const length = lines.at(-1) === '' ? lines.length - 1 : lines.length;
  const reasoned = lines.slice(0, REASON_WITHIN).some((text) => /^\s*(\/\/|\/?\*).*400 lines: \S/.test(text));
  if (length > MAX_LINES && !reasoned) {
    report(
      length,
      `${length} lines; over ${MAX_LINES} needs a reason in the head comment: "Over ${MAX_LINES} lines: WHY"`,
    );
  }
  lines.forEach((text, index) => {
    if (DEFAULT_EXPORT.test(text)) report(index + 1, 'a default export; name what you export');
  });
}

function checkImports(path, lines, report) {
  const room = roomOf(path);
  const isWiring = room === WIRING_ROOM || WIRING.includes(room);
  if (!isWiring && !(room in ALLOWED)) {
    report(1, `'${room}' is no room: the rooms stand in scripts/importRules.mjs and DESIGN 2`);
    return;
  }
  for (const { line, specifier } of importsOf(lines)) {
    if (!specifier.startsWith('.')) {
      checkPackage(room, specifier, (text) => report(line, text));
      continue;
    }
    const goal = normalize(join(dirname(path), specifier)).replace(/\.js$/, '.ts');
    const goalRoom = roomOf(goal);
    if (goalRoom === room) continue;
    if (goalRoom === undefined) {
      // package.json is how the program knows its own version.
      if (goal !== 'package.json') report(line, `src/ imports nothing outside itself: ${specifier}`);
      continue;
    }
    const refusal = isWiring ? undefined : refused(room, goalRoom, path);
    if (refusal) report(line, refusal);
    else if (goalRoom in ALLOWED && !isDoor(goalRoom, goal)) {
      report(line, `${goalRoom} is entered by its door only: import src/${goalRoom}/index.ts, not ${goal}`);
    }
  }
}

function isDoor(room, path) {
  return path === `src/${room}/index.ts` || (SIDE_DOORS[room] ?? []).includes(path);
}

function refused(room, goalRoom, path) {
  if (WIRING.includes(goalRoom) || goalRoom === WIRING_ROOM) {
    return `only ${WIRING.join(', ')} and ${WIRING_ROOM}/ import ${goalRoom}`;
  }
  if (goalRoom === 'http') {
    const isApi = path.endsWith('/api.ts') && !['base', 'wire', 'probe', 'client'].includes(room);
    return isApi ? undefined : `only a file named api.ts imports http; this is ${relative('src', path)}`;
  }
  if (ALLOWED[room].includes(goalRoom)) return undefined;
  const may = ALLOWED[room].length > 0 ? ALLOWED[room].join(', ') : 'no other room';
  return `${room} may not import ${goalRoom} (it may import ${may})`;
}

/** node: modules that reach outside the process: a codec has no use for them. */
const INPUT_OUTPUT =
  /^node:(fs|net|tls|http|https|http2|dgram|dns|child_process|worker_threads|cluster)(\/|$)/;

function checkPackage(room, specifier, report) {
  if (room === 'probe' && !specifier.startsWith('node:')) {
    report(`probe imports node: modules only, since it is text for somebody's process: ${specifier}`);
  }
  if (room === 'wire' && INPUT_OUTPUT.test(specifier)) {
    report(`wire is codecs only, no input or output: ${specifier}`);
  }
}

function checkExample(path, lines, report) {
  for (const { line, specifier } of importsOf(lines)) {
    const goal = specifier.startsWith('.') ? normalize(join(dirname(path), specifier)) : specifier;
    if (goal.startsWith('src/')) report(line, `an example knows nothing of Remora: ${specifier}`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const asked = process.argv.indexOf('--root');
  const root = asked > 0 ? process.argv[asked + 1] : dirname(dirname(fileURLToPath(import.meta.url)));
  if (!root || !existsSync(root)) {
    console.error('usage: importRules.mjs [--root DIR]');
    process.exit(2);
  }
  const problems = checkTree(root);
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) console.error(`${problems.length} broken rules`);
  process.exitCode = problems.length > 0 ? 1 : 0;
}
