// Test files run in three lanes side by side, one file at a time in each: those that signal or measure processes share
// port 9229 and the clock and stay behind one another; those of the folders below touch neither.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/**
 * Folders of test/ that run beside the rest, a list a lane: what Remora serves, and what it does inside of processes. With
 * the rest each is to take as much CPU as the others: the end of a run tells which files take it.
 */
const BESIDE = [
  [
    ...['base', 'wire', 'http', 'client', 'store', 'meta', 'fleet', 'insight'],
    ...['containers', 'cli/container', 'e2e/containers'],
    ...['diagnose/streams', 'diagnose/terminal', 'diagnose/output', 'diagnose/profiler', 'diagnose/mcp'],
  ],
  [
    ...['target/instruments', 'target/copies', 'target/scripts', 'target/scopes', 'probe'],
    ...['diagnose/instruments', 'diagnose/inspect', 'diagnose/expression', 'e2e/reach', 'e2e/trace'],
  ],
];

const REPORTER = fileURLToPath(new URL('./failedTests.cjs', import.meta.url));
const COST = fileURLToPath(new URL('./testCost.cjs', import.meta.url));
/** So many files are named for what they cost. */
const DEAREST = 10;
/** More failed files than this are no accident of timing. */
const MOST_RERUN = 8;

/** The closing lines of Node's spec reporter, which CI counts. */
const CLOSING = ['tests', 'suites', 'pass', 'fail', 'cancelled', 'skipped', 'todo', 'duration_ms'];
const LINE = new RegExp(`^ℹ (${CLOSING.join('|')}) ([\\d.]+)$`);

/** What ends us ends the tests; Ctrl-C on a terminal has reached them already. */
const SIGNALS = ['SIGTERM', 'SIGHUP'];

/** Files by lane; a lane may be empty. Paths begin with `build/test/`. */
export function lanesOf(files) {
  const laneOf = (file) =>
    BESIDE.findIndex((folders) => folders.some((folder) => file.startsWith(`build/test/${folder}/`)));
  return [-1, ...BESIDE.keys()].map((lane) => files.filter((file) => laneOf(file) === lane));
}

/**
 * Runs `node --test` once a lane. The first lane's output is shown as it comes, the others' after it. Files that failed are
 * then run once more, one after the other with nothing beside them, and it is said that they were: this tells a fault
 * from a busy machine. At the end stand the failures, whole, and the closing lines of all as one. Resolves with the
 * exit code.
 */
export async function runLanes(lanes, args, options) {
  const started = performance.now();
  const [shown, ...others] = lanes.filter((files) => files.length > 0);
  const env = { ...process.env, REMORA_TEST_LANE: 'beside' };
  const waiting = others.map((files) => {
    const lines = [];
    return { lines, done: runLane(files, args, { ...options, env }, (line) => lines.push(line)) };
  });
  const results = [await runLane(shown, args, options, (line) => console.log(line))];
  for (const { lines, done } of waiting) {
    results.push(await done);
    for (const line of lines) console.log(line);
  }
  const totals = sum(results);
  const failed = results.flatMap((result) => result.failed);
  const files = [...new Set(failed.map(({ file }) => builtFile(relative(options.cwd, file))))];
  let code = results.find((result) => result.code !== 0)?.code ?? 0;
  let last = failed;
  const canBeRun = files.length > 0 && files.every((file) => lanes.some((lane) => lane.includes(file)));
  if (code !== 0 && canBeRun && files.length <= MOST_RERUN) {
    console.log(`\nrun once more, alone: ${files.join(', ')}`);
    const again = await runLane(files, args, options, (line) => console.log(line));
    code = again.code;
    last = again.failed;
    replaceFailures(totals, again.totals);
    showFailures('↻ failed the first time', failed);
  }
  showFailures('✖ failed', last);
  showCosts(results.flatMap((result) => result.costs));
  for (const name of CLOSING) {
    console.log(`ℹ ${name} ${name === 'duration_ms' ? performance.now() - started : totals[name]}`);
  }
  return code;
}

/** Reports name the source that a map leads to. */
function builtFile(file) {
  return file.startsWith('build/') ? file : join('build', file).replace(/\.ts$/, '.js');
}

function sum(results) {
  return Object.fromEntries(
    CLOSING.map((name) => [name, results.reduce((total, { totals }) => total + (totals[name] ?? 0), 0)]),
  );
}

/** What failed or was cancelled the first time counts as the second run has it. */
function replaceFailures(totals, again) {
  totals.fail = again.fail ?? 0;
  totals.cancelled = again.cancelled ?? 0;
  totals.pass = totals.tests - totals.fail - totals.cancelled - totals.skipped - totals.todo;
}

function showFailures(what, failures) {
  for (const { file, name, error } of failures) console.log(`\n${what}: ${name}\n  in ${file}\n${error}`);
}

/** Where the time went, since the next second to save is in one of these. */
function showCosts(costs) {
  const sum = (name) => costs.reduce((total, cost) => total + cost[name], 0).toFixed(0);
  console.log(`\n${costs.length} files, ${sum('cpu')} s of CPU; those with the most (CPU s, wall s):`);
  for (const { file, cpu, wall } of costs.sort((a, b) => b.cpu - a.cpu).slice(0, DEAREST)) {
    console.log(
      `${cpu.toFixed(1).padStart(7)} ${wall.toFixed(1).padStart(7)}  ${file.replace(/^.*build\/test\//, '')}`,
    );
  }
}

/** One `node --test`; its closing lines are kept back as totals. */
async function runLane(files, args, options, show) {
  const folder = mkdtempSync(join(tmpdir(), 'remora-tests-'));
  const failures = join(folder, 'failed.jsonl');
  const costs = join(folder, 'costs.jsonl');
  const reporters = [
    ...['--test-reporter=spec', '--test-reporter-destination=stdout'],
    ...[`--test-reporter=${REPORTER}`, `--test-reporter-destination=${failures}`],
  ];
  const child = spawn(process.execPath, ['--require', COST, ...args, ...reporters, ...files], {
    ...options,
    env: { ...(options.env ?? process.env), REMORA_TEST_COSTS: costs },
    stdio: ['inherit', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
  const forward = (signal) => child.kill(signal);
  for (const signal of SIGNALS) process.on(signal, forward);
  const totals = {};
  for await (const line of createInterface({ input: child.stdout })) {
    const [, name, value] = LINE.exec(line) ?? [];
    if (name === undefined) show(line);
    else totals[name] = Number(value);
  }
  const code = await ended;
  for (const signal of SIGNALS) process.off(signal, forward);
  const answer = { code, totals, failed: jsonLines(failures), costs: jsonLines(costs) };
  rmSync(folder, { recursive: true });
  return answer;
}

function jsonLines(file) {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}
