import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { Profile } from 'pprof-format';
import { startDaemonProcess } from '../insight/support/daemon.js';
import { isSampled } from '../insight/support/leftovers.js';
import { eventually } from '../support/index.js';
import { assertLetGo, subject, temporaryFolder } from '../target/attach/attaching.js';
import { makeHome, runCli, startCli } from './support/cli.js';

const HOG = { file: 'dist/typescript/hog.js' };

function functions(file: string): string[] {
  const profile = Profile.decode(gunzipSync(readFileSync(file)));
  return profile.function.map(({ name }) => String(profile.stringTable.strings[Number(name)]));
}

describe('remora profile', { timeout: 120_000 }, () => {
  it('without an agent: writes each type, says how to open it, and lets go', async (t) => {
    const home = makeHome(t);
    const target = await subject(t, 22, HOG);
    const folder = temporaryFolder(t, 'profiles');
    for (const [type, name] of [
      ['cpu', 'Prices.burnCpu'],
      ['heap', 'keepReports'],
      ['growth', 'keepReports'],
    ] as const) {
      const file = join(folder, `${type}.pb.gz`);
      const args = ['profile', String(target.pid), '--type', type, '--seconds', '2', '-o', file];
      const { code, stdout, stderr } = await runCli(args, { home });
      assert.equal(code, 0, stderr);
      assert.equal(stdout, `go tool pprof -http=localhost: ${file}\n`);
      assert.match(stderr, /Wrote .*\.pb\.gz/);
      assert.ok(functions(file).includes(name), type);
    }
    assert.deepEqual(readdirSync(folder).sort(), ['cpu.pb.gz', 'growth.pb.gz', 'heap.pb.gz']);
    await assertLetGo(target);
  });

  it('with an agent: uses it, and names the file by process and time', async (t) => {
    const agent = await startDaemonProcess(t, 'agent');
    const target = await subject(t, 24, HOG);
    const folder = temporaryFolder(t, 'profiles');
    const run = startCli(['profile', String(target.pid), '--seconds', '1'], {
      home: agent.home,
      cwd: folder,
    });
    const { code, stdout, stderr } = await run.end;
    assert.equal(code, 0, stderr);
    const [file = '', ...others] = readdirSync(folder);
    assert.match(file, new RegExp(`^hog-cpu-${target.pid}-\\d{8}T\\d{6}\\.pb\\.gz$`));
    assert.deepEqual(others, []);
    assert.equal(stdout, `go tool pprof -http=localhost: ${file}\n`);
    assert.ok(functions(join(folder, file)).includes('Prices.burnCpu'));
  });

  it('Ctrl-C stops it: no file, nothing left in the process, and the file of before is still there', async (t) => {
    const home = makeHome(t);
    const target = await subject(t, 26, HOG);
    const folder = temporaryFolder(t, 'profiles');
    const file = join(folder, 'kept.pb.gz');
    writeFileSync(file, 'of before');
    const run = startCli(['profile', String(target.pid), '--seconds', '60', '-o', file], { home });
    await eventually(() => isSampled(target.pid), { what: 'the profile to begin', timeoutMs: 15_000 });
    run.child.kill('SIGINT');
    const { code, stdout } = await run.end;
    assert.equal(code, 130);
    assert.equal(stdout, '');
    assert.deepEqual(readdirSync(folder), ['kept.pb.gz']);
    assert.equal(readFileSync(file, 'utf8'), 'of before');
    await assertLetGo(target);
    assert.equal(isSampled(target.pid), false);
  });

  it('says what is wrong before it waits', async (t) => {
    const home = makeHome(t);
    const target = await subject(t, 20, HOG);
    const folder = temporaryFolder(t, 'profiles');
    for (const [args, code, text] of [
      [['profile', 'nobody-of-that-name'], 2, /no Node\.js process is called/],
      [['profile', String(target.pid), '-o', join(folder, 'no', 'such')], 2, /cannot be written \(ENOENT\)/],
      [['profile', String(target.pid), '-o', folder], 2, /no plain file/],
      [['profile', String(target.pid), '--seconds', '5000'], 2, /more than the 600 s/],
      [['profile', String(target.pid), '--seconds', '1.5'], 2, /whole seconds/],
      [['profile', String(target.pid), '--type', 'all'], 2, /cpu, heap, growth/],
      [['profile'], 2, /missing required argument/],
    ] as const) {
      const ended = await startCli(args, { home, cwd: folder }).end;
      assert.match(ended.stderr, text);
      assert.equal(ended.code, code, ended.stderr);
      assert.equal(ended.stdout, '');
    }
    assert.deepEqual(readdirSync(folder), []);
  });
});
