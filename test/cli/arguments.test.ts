import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { makeHome, runCli } from './support/cli.js';

describe('remora: arguments', () => {
  it('explains itself and fails when there is nobody to choose a process', async (t) => {
    const { code, stdout, stderr } = await runCli([], { home: makeHome(t) });
    assert.equal(code, 1);
    assert.match(stdout, /^Usage: remora/);
    for (const name of ['ps', 'attach', 'exec', 'profile', 'agent', 'up', 'version', 'completion']) {
      assert.match(stdout, new RegExp(`^  ${name}\\b`, 'm'));
    }
    assert.equal(stderr, '');
  });

  const wrong: [args: string[], says: RegExp][] = [
    [['atach'], /unknown command 'atach'\n\(Did you mean attach\?\)/],
    [['ps', '--jsn'], /unknown option '--jsn'\n\(Did you mean --json\?\)/],
    [['exec', 'shop'], /missing required argument 'command'/],
    [['exec', 'shop', 'thread', '-n', '3'], /unknown option '-n'\n'remora exec --help' explains it/],
    [['exec', 'shop', 'version', '--json', '--ndjson'], /cannot be used with/],
    [['exec', 'shop', 'version', '--timeout', 'soon'], /Give milliseconds/],
    [['attach', 'shop', '--linger', '-1'], /Give seconds/],
    [['attach', 'shop', '--listen', 'localhost'], /Give HOST:PORT/],
    [['attach', 'shop', '--listen', '127.0.0.1:70000'], /Give HOST:PORT/],
    [['attach'], /no process was named.*\n.*`remora ps` lists them/],
    [['agent', '--allow', 'read,all'], /'all' is none of read, observe, change/],
    [['agent', '--token', 'a:root:/dev/null'], /role one of viewer, operator, admin/],
    [['agent', '--token', 'a:admin:/nonexistent'], /cannot be read \(ENOENT\)/],
    [['agent', '--limit', 'nope=1'], /no limit is named 'nope'/],
    [['agent', '--tls-cert', '/dev/null'], /belong together/],
    [['up', '--mcp-role', 'admin'], /Allowed choices are viewer, operator/],
    [['completion', 'tcsh'], /Allowed choices are bash, zsh, fish/],
  ];
  for (const [args, says] of wrong) {
    it(`ends with 2 and says what is wrong: ${args.join(' ')}`, async (t) => {
      const { code, stdout, stderr } = await runCli(args, { home: makeHome(t) });
      assert.match(stderr, says);
      assert.equal(stdout, '');
      assert.equal(code, 2);
    });
  }

  it('takes no secret from a file that others may read', async (t) => {
    const home = makeHome(t);
    const file = join(home.state, '..', 'secret');
    writeFileSync(file, 'correct horse battery\n');
    chmodSync(file, 0o644);
    const { code, stderr } = await runCli(['agent', '--token', `me:admin:${file}`], { home });
    assert.match(stderr, /chmod 600/);
    assert.equal(code, 2);
    chmodSync(file, 0o600);
    const blank = await runCli(['agent', '--token', `me:admin:${file}`], { home });
    assert.match(blank.stderr, /must be one word/);
  });

  it('says in one line that it needs Linux', async (t) => {
    const home = makeHome(t);
    const elsewhere = join(home.state, '..', 'elsewhere.mjs');
    writeFileSync(elsewhere, 'Object.defineProperty(process, "platform", { value: "darwin" });');
    const { code, stderr } = await runCli(['ps'], { home, env: { NODE_OPTIONS: `--import=${elsewhere}` } });
    assert.equal(code, 2);
    assert.match(stderr, /^remora: .*Linux; this system is darwin\n$/);
  });

  it('prints its version', async (t) => {
    const home = makeHome(t);
    const { code, stdout } = await runCli(['version'], { home });
    assert.match(stdout, /^remora \d+\.\d+\.\d+ \(Node \d+\.\d+\.\d+, linux \w+\)\n$/);
    assert.equal(code, 0);
    assert.match((await runCli(['--version'], { home })).stdout, /^\d+\.\d+\.\d+\n$/);
  });
});

describe('remora completion', () => {
  const found = (shell: string) => spawnSync(shell, ['--version']).status === 0;
  for (const shell of ['bash', 'zsh', 'fish']) {
    it(`prints a script that ${shell} can read`, async (t) => {
      const { code, stdout } = await runCli(['completion', shell], { home: makeHome(t) });
      assert.equal(code, 0);
      for (const word of ['attach', 'exec', 'ndjson', 'with-shop']) assert.ok(stdout.includes(word), word);
      if (!found(shell)) return t.diagnostic(`${shell} is not installed: syntax not checked`);
      const check = spawnSync(shell, ['-n'], { input: stdout, encoding: 'utf8' });
      assert.equal(check.stderr, '');
      assert.equal(check.status, 0);
    });
  }

  it('completes in bash, and does not run what a process is called', { skip: !found('bash') }, async (t) => {
    const home = makeHome(t);
    const { stdout: script } = await runCli(['completion', 'bash'], { home });
    const trap = join(home.state, 'trap');
    const complete = (words: string[]) =>
      `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; ` +
      `COMPREPLY=(); _remora; printf "%s|" "\${COMPREPLY[@]}"; echo`;
    const input = [
      script,
      `remora() { printf '11\\tshop\\n12\\t$(touch ${trap})\\n'; }`,
      complete(['remora', 'ex']),
      complete(['remora', 'exec', 's']),
      complete(['remora', 'exec', '--nd']),
      complete(['remora', 'completion', '']),
      complete(['remora', 'attach', '']),
    ].join('\n');
    const { stdout } = spawnSync('bash', [], { input, encoding: 'utf8', env: home.env });
    const lines = stdout.trimEnd().split('\n');
    assert.deepEqual(lines.slice(0, 4), ['exec|', 'shop|', '--ndjson|', 'bash|zsh|fish|']);
    assert.equal(lines[4], `shop|\\$\\(touch\\ ${trap}\\)|`);
    assert.notEqual(spawnSync('test', ['-e', trap]).status, 0);
  });
});
