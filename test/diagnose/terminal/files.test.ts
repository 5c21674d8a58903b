/** Redirects and tee: text into the output folder of the agent, and nowhere else. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { limit } from '../../http/support.js';
import { eventually } from '../../support/index.js';
import { bearer, ConsoleClient, type Wired, wired } from '../support/wired.js';

interface Result {
  readonly type: string;
  readonly [field: string]: unknown;
}

async function results(
  rig: Wired,
  command: string,
  role: 'viewer' | 'operator' | 'admin' = 'admin',
): Promise<Result[]> {
  const answer = await rig.call({ action: 'exec', command }, role);
  assert.equal(answer.state, 'SUCCEEDED', `${command}: ${String(answer.message)}`);
  return (answer.body as { results: Result[] }).results;
}

async function fetched(rig: Wired, name: string): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${rig.port}/arthas-output/${name}`, {
    headers: bearer('admin'),
  });
  return answer.status === 200 ? await answer.text() : String(answer.status);
}

describe('redirects', () => {
  it('> writes plain text, >> adds to it; results stay as they are and tell where it is', async (t) => {
    const rig = await wired(t);
    const first = await results(rig, 'many -n 3 > out.txt');
    assert.deepEqual(
      first.map(({ type }) => type),
      ['many', 'many', 'many', 'redirect', 'status'],
    );
    const { file, url, bytes, path } = first.find(({ type }) => type === 'redirect') ?? { type: '' };
    assert.deepEqual([file, url, bytes], ['out.txt', '/arthas-output/out.txt', 21]);
    assert.equal(readFileSync(String(path), 'utf8'), 'many 1\nmany 2\nmany 3\n');
    await results(rig, 'many -n 1 >> out.txt');
    assert.equal(await fetched(rig, 'out.txt'), 'many 1\nmany 2\nmany 3\nmany 1\n');
    await results(rig, 'many -n 1 > out.txt');
    assert.equal(await fetched(rig, 'out.txt'), 'many 1\n');
    await results(rig, 'many -n 20 | grep 1 | grep -v 11 >> piped.txt');
    assert.equal(
      await fetched(rig, 'piped.txt'),
      [1, 10, 12, 13, 14, 15, 16, 17, 18, 19].map((n) => `many ${n}\n`).join(''),
    );
    const counted = await results(rig, 'many -n 12 | wc -l > count.txt');
    assert.equal(await fetched(rig, 'count.txt'), '12\n');
    assert.ok(!counted.some(({ type }) => type === 'text'));
  });

  it('without a name it finds one; a table is 160 wide and has no colours', async (t) => {
    const rig = await wired(t);
    const made = await results(rig, 'help >');
    const { file } = made.find(({ type }) => type === 'redirect') ?? { type: '' };
    assert.match(String(file), /^job-\d+\.txt$/);
    const text = await fetched(rig, String(file));
    assert.match(text, /^NAME +DESCRIPTION\n/);
    assert.ok(!text.includes('\x1b'));
  });

  it('tee writes and passes on; -a adds', async (t) => {
    const rig = await wired(t);
    const [text] = (await results(rig, 'many -n 3 | tee all.txt | grep 2')).filter(
      ({ type }) => type === 'text',
    );
    assert.equal(text?.text, 'many 2');
    assert.equal(await fetched(rig, 'all.txt'), 'many 1\nmany 2\nmany 3\n');
    await results(rig, 'many -n 1 | tee -a all.txt');
    assert.equal(await fetched(rig, 'all.txt'), 'many 1\nmany 2\nmany 3\nmany 1\n');
    const plain = await results(rig, 'many -n 1 | tee');
    assert.equal(plain.find(({ type }) => type === 'text')?.text, 'many 1');
    const [alone] = await results(rig, 'tee');
    assert.deepEqual(
      [alone?.statusCode, alone?.message],
      [-1, "The tee command only for pipes. See 'tee --help'"],
    );
  });

  for (const name of ['../x', '/etc/passwd', '.hidden', 'a/b', 'x\u0000y', 'é.txt', 'a'.repeat(300)]) {
    it(`refuses the name ${JSON.stringify(name.slice(0, 20))}`, async (t) => {
      const rig = await wired(t);
      for (const line of [`many -n 1 > '${name}'`, `many -n 1 | tee '${name}'`]) {
        const all = await results(rig, line);
        const status = all.at(-1);
        assert.equal(status?.statusCode, -1);
        assert.match(String(status?.message), /cannot be the name of an output file/);
        assert.ok(!all.some(({ type }) => type === 'many'), 'it did not even begin');
      }
      assert.deepEqual(await rig.output.list(), []);
    });
  }

  it('needs the role operator, and takes no file of a higher one', async (t) => {
    const rig = await wired(t);
    const refused = await rig.call({ action: 'exec', command: 'many -n 1 > x.txt' }, 'viewer');
    assert.match(String(refused.message), /needs the role operator/);
    assert.equal(
      (await rig.call({ action: 'exec', command: 'many -n 1 | tee x.txt' }, 'viewer')).state,
      'FAILED',
    );
    await results(rig, 'patch -n 2 > secret.txt');
    const over = (await results(rig, 'many -n 1 > secret.txt', 'operator')).at(-1);
    assert.match(String(over?.message), /there is an output file secret\.txt already/);
    const more = (await results(rig, 'patch -n 1 >> many.txt')).at(-1);
    assert.equal(more?.statusCode, 0);
    assert.equal(await fetched(rig, 'secret.txt'), 'many 1\nmany 2\n');
  });

  it('two commands do not write one file; only so many write at a time', async (t) => {
    limit(t, 'job-files', 2);
    const rig = await wired(t);
    const { sessionId } = await rig.call({ action: 'init_session' });
    await rig.call({ action: 'async_exec', sessionId, command: 'tick -i 20 > ticks.txt &' });
    await eventually(async () => (await fetched(rig, 'ticks.txt')).includes('tick 2'), {
      what: 'the file to grow before our eyes',
    });
    const busy = (await results(rig, 'many -n 1 > ticks.txt')).at(-1);
    assert.match(String(busy?.message), /is being written by another command/);
    assert.match(
      String((await results(rig, 'many | tee a > a')).at(-1)?.message),
      /is being written|already/,
    );
    await rig.call({ action: 'async_exec', sessionId, command: 'tick -i 20 > ticks2.txt &' });
    const third = await rig.call({ action: 'exec', command: 'many -n 1 > y.txt' });
    assert.match(String(third.message), /The amount of async command that saving result to file can't > 2/);
    for (const { jobId } of rig.store.services.jobs()) rig.store.services.killJob(jobId);
    await eventually(() => rig.store.writingJobs() === 0, { what: 'their end' });
    assert.match(await fetched(rig, 'ticks.txt'), /^tick 1\ntick 2\n/, 'what was written stays');
  });

  it('a file that gets too big ends the command with a word', async (t) => {
    limit(t, 'output-file-bytes', 5000);
    const rig = await wired(t);
    const status = (await results(rig, 'many -n 100000 > big.txt')).at(-1);
    assert.equal(status?.statusCode, -1);
    assert.match(String(status?.message), /larger than 5000 bytes/);
    assert.deepEqual(await rig.output.list(), []);
  });

  it('at a terminal nothing is shown but where it is', async (t) => {
    const rig = await wired(t);
    const console = await new ConsoleClient(t, rig.port, { path: '/ws?quiet=true' }).opened();
    await console.prompt();
    assert.equal(
      (await console.run('many -n 3 > seen.txt')).replace(/\[arthas.*$/, ''),
      'many -n 3 > seen.txt\n21 bytes in seen.txt, to be had at /arthas-output/seen.txt\n',
    );
    assert.match(await console.run('many -n 5 | tee five.txt | grep -n 4'), /\n4:number +4\n/);
    assert.match(await console.run('many -n 5 | wc -l'), /\n5\n/);
    assert.match(await console.run('fail > f.txt'), /it said no/);
  });
});
