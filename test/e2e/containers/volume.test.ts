/** Everything that goes in or comes out arrives whole, in both encodings; and who does not read harms nobody. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { ContainerOutput, ContainersClient } from '../../../src/client/index.js';
import { eventually, residentBytes } from '../../support/index.js';
import { AgentUnderTest } from './support.js';

const MIB = 1024 * 1024;
const SIZE = 64 * MIB;
/** What a stream under way may cost the agent beside its rest: buffers of kernel, HTTP and readers. */
const AGENT_ROOM = 96 * MIB;

interface Read {
  readonly size: number;
  readonly hash: string;
  readonly errors: string;
}

async function readAll(output: ContainerOutput): Promise<Read> {
  const hash = createHash('sha256');
  let size = 0;
  let errors = '';
  for await (const { stream, data } of output) {
    if (stream === 'stderr') errors += data.toString();
    else {
      hash.update(data);
      size += data.length;
    }
  }
  return { size, hash: hash.digest('hex'), errors };
}

interface Bed {
  readonly agent: AgentUnderTest;
  readonly file: string;
  readonly hash: string;
}

async function bed(t: { after(fn: () => void): void }): Promise<Bed> {
  const agent = await AgentUnderTest.start(t);
  assert.equal((await agent.cli(['run', '-d', '--name', 'web', 'sleep', '1000'])).code, 0);
  const data = randomBytes(SIZE);
  const file = join(agent.home.state, 'data');
  writeFileSync(file, data);
  return { agent, file, hash: createHash('sha256').update(data).digest('hex') };
}

describe('64 MiB', () => {
  for (const encoding of ['protobuf', 'json'] as const) {
    it(`come out whole: ${encoding}`, async (t) => {
      const { agent, file, hash } = await bed(t);
      const client = agent.client(encoding);
      const command = ['sh', '-c', `cat '${file}'; echo done >&2`];
      const read = await readAll(await client.session({ container: 'web.out', command }));
      assert.deepEqual(read, { size: SIZE, hash, errors: 'done\n' });
      assert.equal((await client.wait('web.out'))?.exitCode, 0);
    });

    it(`go in whole: ${encoding}`, async (t) => {
      const { agent, file, hash } = await bed(t);
      const client = agent.client(encoding);
      const output = await client.session({ container: 'web.in', command: ['sha256sum'] });
      const input = await client.attachInput('web.in');
      for await (const chunk of createReadStream(file, { highWaterMark: 100_000 }))
        await input.write(chunk as Buffer);
      input.end();
      let text = '';
      for await (const { data } of output) text += data;
      assert.equal(text.split(' ')[0], hash);
      await input.close();
    });
  }

  it('go through the command line both ways at once', async (t) => {
    const { agent, file, hash } = await bed(t);
    const { spawn } = await import('node:child_process');
    const { MAIN } = await import('../../cli/support/cli.js');
    const line = `'${process.execPath}' '${MAIN}' c exec -i web cat < '${file}' | sha256sum; exit \${PIPESTATUS[0]}`;
    const shell = spawn('/bin/bash', ['-c', line], {
      env: agent.home.env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    shell.stdout.on('data', (chunk) => {
      text += chunk;
    });
    const code = await new Promise((resolve) => shell.once('close', resolve));
    assert.equal(text.split(' ')[0], hash);
    assert.equal(code, 0);
  });
});

describe('a reader that never reads', () => {
  /** Starts a container that writes SIZE bytes and ends. */
  async function writer(client: ContainersClient, file: string): Promise<void> {
    const command = ['sh', '-c', `read go; cat '${file}'`];
    assert.equal(
      await client.launch({ container: 'writer', command }, { attachable: true, keepRecord: true }),
      'launched',
    );
  }

  async function go(client: ContainersClient): Promise<void> {
    const input = await client.attachInput('writer');
    await input.write(Buffer.from('go\n'));
    await input.close();
  }

  it('costs the other readers nothing, and the agent a bounded amount of memory', async (t) => {
    const { agent, file, hash } = await bed(t);
    const client = agent.client();
    await writer(client, file);
    const stuck = await client.attachOutput('writer');
    const readers = [await client.attachOutput('writer'), await client.attachOutput('writer')];
    const before = residentBytes(agent.pid);
    let most = before;
    const timer = setInterval(() => {
      most = Math.max(most, residentBytes(agent.pid));
    }, 20);
    const reading = readers.map(readAll);
    await go(client);
    for (const read of await Promise.all(reading)) assert.deepEqual(read, { size: SIZE, hash, errors: '' });
    clearInterval(timer);
    assert.ok(most - before < AGENT_ROOM, `${Math.round((most - before) / MIB)} MiB more`);
    assert.equal((await client.wait('writer'))?.exitCode, 0);
    stuck.close();
  });

  it('does not hold the process up for ever', async (t) => {
    const { agent, file } = await bed(t);
    const client = agent.client();
    await writer(client, file);
    const stuck = await client.attachOutput('writer');
    await go(client);
    const ended = await eventually(() => client.wait('writer', { timeoutMs: 60_000 }), {
      timeoutMs: 60_000,
      what: 'the writer to end',
    });
    assert.equal(ended.exitCode, 0);
    await assert.rejects(readAll(stuck), 'it was cut off, and is told so');
  });
});
