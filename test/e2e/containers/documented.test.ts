/** What docs/containers.md tells people to type at a terminal works, word for word. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ContainersClient } from '../../../src/client/index.js';
import { MAIN } from '../../cli/support/cli.js';
import { projectRoot } from '../../support/index.js';
import { AgentUnderTest } from './support.js';

const page = readFileSync(join(projectRoot, 'docs', 'containers.md'), 'utf8');

function block(opening: RegExp): string {
  const found = [...page.matchAll(/^```\w*\n([\s\S]*?)^```/gm)]
    .map(([, each = '']) => each)
    .find((each) => opening.test(each));
  assert.ok(found, `docs/containers.md has no block like ${opening}`);
  return found;
}

describe('docs/containers.md', () => {
  it('the shell example', async (t) => {
    const agent = await AgentUnderTest.start(t);
    const script = `remora() { '${process.execPath}' '${MAIN}' "$@"; }\n${block(/^remora c run -d/)}`;
    const shell = spawn('/bin/bash', ['-c', script], { env: agent.home.env, stdio: 'pipe' });
    let text = '';
    for (const stream of [shell.stdout, shell.stderr]) {
      stream.on('data', (chunk) => {
        text += chunk;
      });
    }
    const code = await new Promise((resolve) => shell.once('close', resolve));
    assert.match(text, /^demo\nhi\nit said 10\nCONTAINER +STATE.*\ndemo +running .*\ndemo\n$/);
    assert.equal(code, 0);
  });

  it('the program', async (t) => {
    const agent = await AgentUnderTest.start(t);
    await agent.cli(['run', '-d', '--name', 'demo', 'sleep', '1000']);
    const source = block(/ContainersClient/)
      .replace(/^import .*\n/m, '')
      .replace('http://127.0.0.1:5051', agent.url);
    const written: string[] = [];
    const stream = { write: (data: Buffer) => written.push(String(data)) };
    const said: unknown[] = [];
    const run = new Function(
      'ContainersClient',
      'process',
      'console',
      `return (async () => { ${source} })();`,
    ) as (...given: unknown[]) => Promise<void>;
    await run(
      ContainersClient,
      { stdout: stream, stderr: stream },
      { log: (each: unknown) => said.push(each) },
    );
    assert.match(written.join(''), /^total /);
    assert.deepEqual(said, [0]);
  });
});
