/** What docs/mcp.md shows is what happens, and its tables are complete. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { allLimits } from '../../src/base/index.js';
import '../../src/diagnose/mcp/limits.js';
import { makeHome, startCli } from '../cli/support/cli.js';
import { lacksSystemParts, projectRoot, spawnTarget } from '../support/index.js';

const page = readFileSync(join(projectRoot, 'docs', 'mcp.md'), 'utf8');

it('the examples of docs/mcp.md', async (t) => {
  const home = makeHome(t);
  const file = join(projectRoot, 'build', 'examples', 'shop', 'server.js');
  const shop = await spawnTarget({
    file,
    args: ['--port', '0', '--no-load'],
    ready: 'shop listening',
    test: t,
  });
  const agent = startCli(['agent', '--trust', 'uid', '--listen', '127.0.0.1:0', '--mcp-role', 'viewer'], {
    home,
  });
  t.after(async () => {
    agent.child.kill('SIGTERM');
    await agent.end;
  });
  await agent.waitFor(/http:\/\/127\.0\.0\.1:\d+/);
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(agent.stderr())?.[0] ?? '';
  const folder = join(home.state, 'examples');
  mkdirSync(folder);
  const run = (command: string, args: readonly string[]): Promise<string> =>
    new Promise((resolve) => {
      const child = spawn(command, args, { cwd: folder, env: home.env, stdio: ['ignore', 'pipe', 'pipe'] });
      let text = '';
      for (const stream of [child.stdout, child.stderr]) {
        stream.on('data', (part: Buffer) => {
          text += part.toString('utf8');
        });
      }
      child.on('close', () => resolve(text));
    });
  const here = (text: string): string => text.replaceAll('http://localhost:8563', url);

  await t.test('the program', async () => {
    const [, program = ''] = /^```ts\n([\s\S]*?)^```/m.exec(page) ?? [];
    const [, printed] = /^prints\n\n```\n([\s\S]*?)^```/m.exec(page) ?? [];
    const sdk = join(projectRoot, 'node_modules', '@modelcontextprotocol', 'client', 'dist', 'index.mjs');
    // Other tests run shops of their own.
    const here_ = here(program)
      .replace("'@modelcontextprotocol/client'", JSON.stringify(sdk))
      .replace("'shop'", `'${shop.pid}'`);
    writeFileSync(join(folder, 'program.mjs'), here_);
    assert.equal(await run(process.execPath, ['program.mjs']), printed);
  });

  await t.test('the audit has every call', () => {
    const lines = readFileSync(join(home.state, 'audit.jsonl'), 'utf8').trim().split('\n');
    const calls = lines.map((line) => JSON.parse(line)).filter(({ action }) => action.startsWith('mcp.'));
    assert.deepEqual(
      calls.map(({ kind, role, action, process: on, command, outcome, detail }) => [
        `${kind} ${role}`,
        `${action} ${on}`,
        `${command}: ${outcome}`,
        detail.client,
      ]),
      [
        ['uid viewer', `mcp.thread ${shop.pid} shop`, 'thread --top-n-threads=1: succeeded', 'example 1.0.0'],
        ['uid viewer', 'mcp.watch undefined', 'watch: refused', 'example 1.0.0'],
      ],
    );
  });

  await t.test('by hand', { skip: lacksSystemParts('curl') }, async () => {
    const [, block = ''] = /^```console\n([\s\S]*?)^```/m.exec(page) ?? [];
    const steps = block.split(/^\$ /m).slice(1);
    assert.equal(steps.length, 4);
    for (const step of steps) {
      const end = step.indexOf('\n');
      assert.equal(await run('bash', ['-c', here(step.slice(0, end))]), step.slice(end + 1), step);
    }
  });
});

it('docs/mcp.md names every limit with its default', () => {
  const limits = allLimits().filter(({ name }) => name.startsWith('mcp-'));
  assert.ok(limits.length > 15);
  for (const { name, default: value, unit } of limits) {
    const row = page.split('\n').find((line) => line.startsWith('| `mcp-') && line.includes(`\`${name}\``));
    assert.ok(row, name);
    const sizes = [value, value / 1024, value / 1024 / 1024].map(String);
    const [, , shown = ''] = row.split('|');
    assert.ok(
      shown.split(',').some((each) => sizes.includes(each.trim().split(' ')[0] ?? '')),
      `${name}: ${value} ${unit}, and the page says ${shown}`,
    );
  }
});
