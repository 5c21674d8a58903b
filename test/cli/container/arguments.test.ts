import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { makeHome, runCli } from '../support/cli.js';

describe('remora container: arguments', () => {
  const wrong: [args: string[], says: RegExp, code: number][] = [
    [['c', 'rum'], /unknown command 'rum'\n\(Did you mean .*r/, 2],
    [['c', 'run'], /missing required argument 'command'\n'remora container run --help' explains it/, 2],
    [['c', 'exec', 'web'], /missing required argument 'command'/, 2],
    [['c', 'run', '--nme', 'x', 'ls'], /unknown option '--nme'\n\(Did you mean --name\?\)/, 2],
    [['c', 'run', '-e', '=x', 'ls'], /Give NAME=VALUE/, 2],
    [['c', 'run', '-e', 'NO_SUCH_VARIABLE_HERE', 'ls'], /NO_SUCH_VARIABLE_HERE has no value here/, 2],
    [['c', 'run', '--detach-keys', 'esc', 'ls'], /Give keys with commas between/, 2],
    [['c', 'run', '-it', 'ls'], /needs a terminal on standard input\nLeave -t out/, 2],
    [['c', 'stop', '--signal', 'NOPE', 'web'], /Give a signal by name/, 2],
    [['c', 'stop', '--time', 'soon', 'web'], /Give seconds/, 2],
    [['c', 'ps', '--encoding', 'xml'], /Allowed choices are protobuf, json/, 2],
    [['c', 'ps', '--agent', 'localhost:5051'], /is not the address of an agent/, 2],
    [['c', 'ps', '--token-file', '/dev/null'], /--token-file belongs to --agent/, 2],
    [
      ['c', 'ps', '--agent', 'http://localhost:1', '--token-file', '/nonexistent'],
      /cannot be read \(ENOENT\)/,
      2,
    ],
    [['c', 'exec', 'a b', 'ls'], /'a b\.exec-\w+' is not the name of a container/, 125],
    [['c', 'run', '--name', 'a/b', 'ls'], /'a\/b' is not the name of a container/, 125],
  ];
  for (const [args, says, ends] of wrong) {
    it(`says what is wrong: ${args.join(' ')}`, async (t) => {
      const { code, stdout, stderr } = await runCli(args, { home: makeHome(t) });
      assert.match(stderr, says);
      assert.equal(stdout, '');
      assert.equal(code, ends);
    });
  }

  it('says how to start an agent where none runs, and starts none by itself', async (t) => {
    const home = makeHome(t);
    for (const [args, ends] of [
      [['c', 'ps'], 2],
      [['c', 'stop', 'web'], 2],
      [['c', 'run', 'ls'], 125],
      [['container', 'exec', 'web', 'ls'], 125],
      [['c', 'attach', 'web'], 125],
    ] as const) {
      const { code, stderr } = await runCli(args, { home });
      assert.match(stderr, /no agent is running.*\nStart one by `remora up`/, args.join(' '));
      assert.equal(code, ends, args.join(' '));
    }
  });

  it('says of an address of ours that nobody listens there', async (t) => {
    const { code, stderr } = await runCli(['c', 'ps', '--agent', 'http://127.0.0.1:1'], {
      home: makeHome(t),
    });
    assert.match(stderr, /nothing listens at http:\/\/127\.0\.0\.1:1\nCheck host and port/);
    assert.equal(code, 2);
  });

  it('takes a token from a file of one word only', async (t) => {
    const home = makeHome(t);
    const file = join(home.state, '..', 'token');
    writeFileSync(file, 'two words\n');
    chmodSync(file, 0o600);
    const args = ['c', 'ps', '--agent', 'http://127.0.0.1:1', '--token-file', file];
    assert.match((await runCli(args, { home })).stderr, /does not hold one word/);
  });

  it('leaves the options of the program alone', async (t) => {
    const { stderr, stdout } = await runCli(['c', 'exec', 'web', 'node', '--version', '-t', '--help'], {
      home: makeHome(t),
    });
    assert.equal(stdout, '', 'neither our version nor our help was printed');
    assert.match(stderr, /no agent is running/);
  });

  it('is explained, and completed', async (t) => {
    const home = makeHome(t);
    const { stdout } = await runCli(['help', 'container'], { home });
    for (const name of ['run', 'exec', 'attach', 'ps', 'stop', 'rm'])
      assert.match(stdout, new RegExp(`^  ${name} `, 'm'));
    const { stdout: script } = await runCli(['completion', 'bash'], { home });
    const line = `COMP_WORDS=(remora container st); COMP_CWORD=2; COMPREPLY=(); _remora; echo "\${COMPREPLY[@]}"`;
    const bash = spawnSync('bash', [], { input: `${script}\n${line}\n`, encoding: 'utf8', env: home.env });
    assert.equal(bash.stdout, 'stop\n');
  });
});
