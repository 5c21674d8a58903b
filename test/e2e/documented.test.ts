/** What README and guide tell people to type works, word for word, on what `npm start` runs. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { eventually, lacksSystemParts, projectRoot } from '../support/index.js';

const run = promisify(execFile);
const main = join(projectRoot, 'build', 'src', 'main.js');
const folder = mkdtempSync(join(tmpdir(), 'remora-e2e-'));
const environment = { ...process.env, XDG_RUNTIME_DIR: folder, XDG_STATE_HOME: folder, NO_COLOR: '1' };
/** The documented ports are fixed: as root the agent gets a network of its own, so that nobody else's is in the way. */
const ownNetwork = process.getuid?.() === 0;
const skip = ownNetwork ? lacksSystemParts('curl', 'unshare', 'nsenter', 'ip') : lacksSystemParts('curl');
let up: ReturnType<typeof spawn> | undefined;

before(async () => {
  if (skip) return;
  chmodSync(folder, 0o700);
  const start = `exec '${process.execPath}' '${main}' up --with-shop`;
  up = ownNetwork
    ? spawn('unshare', ['--net', 'sh', '-c', `ip link set lo up; ${start}`], {
        env: environment,
        stdio: 'pipe',
      })
    : spawn('sh', ['-c', start], { env: environment, stdio: 'pipe' });
  let said = '';
  for (const stream of [up.stdout, up.stderr]) {
    stream?.on('data', (chunk) => {
      said += chunk;
    });
  }
  await eventually(() => said.includes('Three things to try'), {
    what: 'remora up to be up',
    timeoutMs: 30_000,
  });
});

after(async () => {
  if (up && up.exitCode === null) {
    const gone = new Promise((resolve) => up?.once('exit', resolve));
    up.kill('SIGTERM');
    await gone;
  }
  rmSync(folder, { recursive: true, force: true });
});

/** The fenced blocks of a page. */
function blocks(page: string): string[] {
  const text = readFileSync(join(projectRoot, page), 'utf8');
  return [...text.matchAll(/^```\n([\s\S]*?)^```/gm)].map(([, block]) => block ?? '');
}

/** What a shell prints, beside the agent. */
async function shell(script: string): Promise<string> {
  const [command = '', ...args] = ownNetwork
    ? ['nsenter', '-t', String(up?.pid), '-n', 'bash', '-c', script]
    : ['bash', '-c', script];
  const { stdout } = await run(command, args, { cwd: folder, env: environment, timeout: 60_000 });
  return stdout;
}

const pages = ['README.md', 'docs/diagnose.md'];

for (const page of pages) {
  test(`the curl line of ${page}`, { skip }, async () => {
    const lines = blocks(page).filter((block) => block.startsWith('curl '));
    ok(lines.length > 0);
    for (const line of lines) {
      const answer = JSON.parse(await shell(line)) as {
        state: string;
        body: { jobStatus: string; results: { type: string; statusCode?: number }[] };
      };
      equal(answer.state, 'SUCCEEDED');
      equal(answer.body.jobStatus, 'TERMINATED');
      deepEqual(
        answer.body.results.map(({ type }) => type),
        ['version', 'status'],
      );
      equal(answer.body.results[1]?.statusCode, 0);
    }
  });

  test(`the remora lines of ${page} that end by themselves`, { skip }, async () => {
    const lines = blocks(page)
      .flatMap((block) => block.split('\n'))
      .filter((line) => /^(echo .* \| )?remora (ps|exec|config|profile)\b|^curl -s '/.test(line))
      .map((line) => line.replace(/\s+#.*$/, ''));
    ok(lines.length > 0);
    for (const line of lines) {
      const printed = await shell(line.replace(/^(echo .* \| )?remora/, `$1'${process.execPath}' '${main}'`));
      ok(printed.trim() !== '', line);
    }
  });
}
