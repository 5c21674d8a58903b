// Test files run in two lanes side by side, one file at a time in each: those that signal or measure processes share
// port 9229 and the clock and stay behind one another; those of the folders below touch neither.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** Folders of test/ that run beside the rest. */
const BESIDE = [
  'base',
  'wire',
  'store',
  'meta',
  'fleet',
  'containers',
  'cli/container',
  'e2e/containers',
  'e2e/reach',
  'insight',
  'target/instruments',
  'diagnose/instruments',
];

/** The closing lines of Node's spec reporter, which CI counts. */
const CLOSING = ['tests', 'suites', 'pass', 'fail', 'cancelled', 'skipped', 'todo', 'duration_ms'];
const LINE = new RegExp(`^ℹ (${CLOSING.join('|')}) ([\\d.]+)$`);

/** What ends us ends the tests; Ctrl-C on a terminal has reached them already. */
const SIGNALS = ['SIGTERM', 'SIGHUP'];

/** Files by lane; a lane may be empty. Paths begin with `build/test/`. */
export function lanesOf(files) {
  const isBeside = (file) => BESIDE.some((folder) => file.startsWith(`build/test/${folder}/`));
  return [files.filter((file) => !isBeside(file)), files.filter(isBeside)];
}

/**
 * Runs `node --test` once a lane. The first lane's output is shown as it comes, the others' after it, and then the closing
 * lines of all as one. Resolves with the exit code.
 */
export async function runLanes(lanes, args, options) {
  const [shown, ...others] = lanes.filter((files) => files.length > 0);
  const started = performance.now();
  const waiting = others.map((files) => {
    const lines = [];
    const env = { ...process.env, REMORA_TEST_LANE: 'beside' };
    return { lines, done: runLane([...args, ...files], { ...options, env }, (line) => lines.push(line)) };
  });
  const results = [await runLane([...args, ...shown], options, (line) => console.log(line))];
  for (const { lines, done } of waiting) {
    results.push(await done);
    for (const line of lines) console.log(line);
  }
  const totals = CLOSING.map((name) => [
    name,
    results.reduce((sum, { totals: own }) => sum + (own[name] ?? 0), 0),
  ]);
  for (const [name, sum] of totals)
    console.log(`ℹ ${name} ${name === 'duration_ms' ? performance.now() - started : sum}`);
  return results.find(({ code }) => code !== 0)?.code ?? 0;
}

/** One `node --test`; its closing lines are kept back as totals. */
async function runLane(args, options, show) {
  const child = spawn(process.execPath, args, { ...options, stdio: ['inherit', 'pipe', 'inherit'] });
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
  return { code, totals };
}
