// Test files run in three lanes side by side, one file at a time in each: those that signal or measure processes share
// port 9229 and the clock and stay behind one another; those of the folders below touch neither.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Folders of test/ that run beside the rest, a list a lane: those that mostly wait, and those that mostly work. */
const BESIDE = [
  [
    ...['containers', 'cli/container', 'e2e/containers', 'insight'],
    ...['diagnose/streams', 'diagnose/terminal', 'diagnose/output', 'diagnose/profiler', 'diagnose/mcp'],
  ],
  [
    ...['base', 'wire', 'http', 'client', 'store', 'meta', 'fleet', 'e2e/reach', 'e2e/trace'],
    ...['target/instruments', 'target/copies', 'target/scripts', 'diagnose/instruments', 'diagnose/inspect'],
    ...['probe', 'diagnose/expression', 'target/scopes'],
  ],
];

const REPORTER = fileURLToPath(new URL('./failedTests.cjs', import.meta.url));
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

/** One `node --test`; its closing lines are kept back as totals. */
async function runLane(files, args, options, show) {
  const folder = mkdtempSync(join(tmpdir(), 'remora-tests-'));
  const failures = join(folder, 'failed.jsonl');
  const reporters = [
    ...['--test-reporter=spec', '--test-reporter-destination=stdout'],
    ...[`--test-reporter=${REPORTER}`, `--test-reporter-destination=${failures}`],
  ];
  const child = spawn(process.execPath, [...args, ...reporters, ...files], {
    ...options,
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
  const failed = readFileSync(failures, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  rmSync(folder, { recursive: true });
  return { code, totals, failed };
}
