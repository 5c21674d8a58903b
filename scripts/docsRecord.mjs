// Runs the examples of commands against the shop, as a person would type them, and keeps what was printed.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { log, root } from './prepare.mjs';

const LONGEST_LINES = 60;
/** A command that does not end by itself is interrupted, as by Ctrl-C. */
const LONGEST_RUN_MS = 8000;
/** What waits for something rare has more time. */
const LONGER_RUNS_MS = { trace: 60_000, profiler: 60_000 };
const WARM_UP_MS = 3000;

/** Commands that show nothing of an idle shop, and what is asked of it meanwhile, so many times a second. */
const LOADED = new Set(['profiler']);
const LOAD = { paths: ['/cart', '/search?q=brass%20anchor'], perSecond: 500, seconds: 300 };

/** Commands whose examples build on one another: what one keeps in the process goes with its agent. */
const IN_ONE_AGENT = new Set(['tt']);

export async function record(commands, fileOf) {
  const home = mkdtempSync(join(tmpdir(), 'remora-docs-'));
  const shop = await startShop(home);
  try {
    await new Promise((resolve) => setTimeout(resolve, WARM_UP_MS));
    for (const command of commands) {
      log(`recording ${command.name} ...`);
      const agent = IN_ONE_AGENT.has(command.name) ? await startAgent(home) : undefined;
      const load = LOADED.has(command.name) ? startLoad(shop.url, home) : [];
      const runs = command.examples.map(({ line }) => {
        return `$ remora exec shop ${quoted(line)}\n${tidy(run(shop.pid, line, home, LONGER_RUNS_MS[command.name]), home)}`;
      });
      if (agent) await ended(agent);
      for (const child of load) child.kill('SIGTERM');
      if (runs.length > 0) writeFileSync(fileOf(command.name), `${runs.join('\n\n')}\n`);
    }
  } finally {
    shop.child.kill('SIGTERM');
    rmSync(home, { recursive: true, force: true });
  }
}

/** The next command must not find it while it shuts down. */
function ended(child) {
  child.kill('SIGTERM');
  return new Promise((resolve) => child.once('exit', resolve));
}

/** As a person would quote it for a shell. */
function quoted(line) {
  if (!line.includes("'")) return `'${line}'`;
  return /["$`\\!]/.test(line) ? `'${line.replaceAll("'", "'\\''")}'` : `"${line}"`;
}

/** Nothing of this machine's environment gets into the examples, and no agent of this user is met. */
function environment(home) {
  return {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    HOME: home,
    XDG_RUNTIME_DIR: home,
    XDG_STATE_HOME: home,
    LANG: 'C.UTF-8',
    COLUMNS: '100',
    NO_COLOR: '1',
  };
}

function startShop(home) {
  const script = join('build', 'examples', 'shop', 'server.js');
  const child = spawn(process.execPath, ['--inspect-port=0', script, '--port', '0', '--load-minutes', '20'], {
    cwd: root,
    env: environment(home),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  process.once('exit', () => child.kill('SIGKILL'));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the shop ended with ${code}`)));
    child.stdout.setEncoding('utf8').on('data', (text) => {
      const [url] = /http:\S+/.exec(text) ?? [];
      if (text.includes('shop listening')) resolve({ child, pid: child.pid, url });
    });
  });
}

function startLoad(url, home) {
  const autocannon = join(root, 'node_modules', 'autocannon', 'autocannon.js');
  const { paths, perSecond, seconds } = LOAD;
  return paths.map((path) => {
    const args = ['-c', '4', '-R', `${perSecond}`, '-d', `${seconds}`, `${url}${path}`];
    const child = spawn(process.execPath, [autocannon, ...args], { env: environment(home), stdio: 'ignore' });
    process.once('exit', () => child.kill('SIGKILL'));
    return child;
  });
}

function startAgent(home) {
  const main = join(root, 'build', 'src', 'main.js');
  const child = spawn(
    process.execPath,
    [main, 'agent', '--allow', 'observe,change', '--log-level', 'silent'],
    {
      env: environment(home),
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  process.once('exit', () => child.kill('SIGKILL'));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the agent ended with ${code}`)));
    child.stderr.once('data', () => resolve(child));
  });
}

function run(pid, line, home, timeout = LONGEST_RUN_MS) {
  const main = join(root, 'build', 'src', 'main.js');
  const { stdout, stderr, error } = spawnSync(process.execPath, [main, 'exec', String(pid), line], {
    env: environment(home),
    encoding: 'utf8',
    timeout,
    killSignal: 'SIGINT',
  });
  if (error && error.code !== 'ETIMEDOUT') throw error;
  // A refusal stands on stderr; beside an answer there are only notices of the attach.
  return stdout.trim() === '' ? stderr : stdout;
}

/** Takes out what is of this machine, and the middle of what is long. */
function tidy(output, home) {
  const told = [
    [home, '/run/remora'],
    [root, '/srv/remora'],
    [homedir(), '~'],
  ].reduce((text, [from, to]) => (from.length > 1 ? text.replaceAll(from, to) : text), output);
  const lines = told
    // A word of its own: a short name stands in others, too.
    .replace(new RegExp(`(?<![\\w-])${hostname()}(?![\\w-])`, 'g'), 'host')
    .replace(/[ \t]+$/gm, '')
    .trimEnd()
    .split('\n');
  if (lines.length <= LONGEST_LINES) return lines.join('\n');
  return [...lines.slice(0, LONGEST_LINES), `... ${lines.length - LONGEST_LINES} more lines`].join('\n');
}
