/** What docs/agents.md shows is what happens: its sessions, run against a server. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { FleetClient } from '../../src/client/index.js';
import { a1 } from '../../src/wire/index.js';
import { MAIN, makeHome, startCli } from '../cli/support/cli.js';
import { projectRoot } from '../support/index.js';

const page = readFileSync(join(projectRoot, 'docs', 'agents.md'), 'utf8');

interface Step {
  readonly command: string;
  readonly output: string;
}

function steps(): Step[] {
  return [...page.matchAll(/^```console\n([\s\S]*?)^```/gm)].flatMap(([, block = '']) =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map((text) => {
        const end = text.indexOf('\n');
        return { command: text.slice(0, end), output: text.slice(end + 1) };
      }),
  );
}

/** Times are what they are. */
const timeless = (text: string): string =>
  text
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, 'TIME')
    .replace(/\d+m?s ago/g, 'AGO')
    .replace(/ +/g, ' ');

it('the sessions of docs/agents.md', async (t) => {
  const home = makeHome(t);
  const server = startCli(['server', '--trust', 'uid', '--listen', '127.0.0.1:0'], { home });
  t.after(async () => {
    server.child.kill('SIGTERM');
    await server.end;
  });
  await server.waitFor(/http:\/\/127\.0\.0\.1:\d+/);
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(server.stderr())?.[0] ?? '';
  const client = new FleetClient({ url });
  t.after(() => client.close());
  const tags = { role: 'web' };
  const agent = {
    id: 'agent-1',
    type: 'ilogtail',
    version: '1.2.0',
    ip: '10.0.0.1',
    tags,
    status: 'good',
    startupTime: 0n,
  };
  await client.heartbeat(agent);
  await client.report('agent-1', { cpu: 0.5, memory: 4096n });
  await client.alarm('agent-1', { type: 'DISK', detail: '90 % full' });
  const bin = join(home.state, 'bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, 'remora'), `#!/bin/sh\nexec ${process.execPath} ${MAIN} "$@"\n`, { mode: 0o755 });
  const run = (command: string): Promise<string> =>
    new Promise((resolve) => {
      const line = `${command.replace('http://127.0.0.1:8899', url)}`;
      const env = { ...home.env, PATH: `${bin}:${home.env.PATH}` };
      const child = spawn('bash', ['-c', `exec 2>&1; ${line}`], {
        env,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let text = '';
      child.stdout.on('data', (part: Buffer) => {
        text += part.toString('utf8');
      });
      child.on('close', () => resolve(text));
    });
  const found = steps();
  assert.ok(found.length >= 14, `${found.length} steps`);
  for (const { command, output } of found) {
    // Notes on standard error that the page leaves out.
    const seen = (await run(command)).replace(/^No agent has it yet: .*\n/m, '');
    assert.equal(timeless(seen).trimEnd(), timeless(output).trimEnd(), command);
  }
  const [, program = ''] = /^```ts\n([\s\S]*?)^```/m.exec(page) ?? [];
  const file = join(home.state, 'program.mjs');
  const sdk = join(projectRoot, 'build', 'src', 'client', 'index.js');
  writeFileSync(
    file,
    program.replace("'remora/client'", JSON.stringify(sdk)).replace('http://127.0.0.1:8899', url),
  );
  assert.equal(await run(`${process.execPath} ${file}`), 'agent-1 online\n');
  assert.deepEqual(
    (await client.updates('agent-1', {})).map(({ name }) => name),
    ['nginx'],
  );
});

it('docs/agents.md lists every call with its fields', () => {
  for (const { method, path, request, response } of Object.values(a1.A1)) {
    const row = page
      .split('\n')
      .find((line) => line.startsWith('|') && line.includes(`\`${method} ${path}\``));
    assert.ok(row, `${method} ${path}`);
    const [, , asked = '', given = ''] = row.split('|');
    for (const [fields, text] of [
      [request.fields, asked],
      [response.fields, given],
    ] as const) {
      for (const [name, field] of Object.entries(fields)) {
        if (['request_id', 'response_id', 'code', 'message'].includes(name)) continue;
        assert.ok(text.includes(`${field.id} ${name}`), `${path}: ${field.id} ${name}`);
      }
    }
  }
});
