/** Against real processes: their files, a watch that is stopped and goes on, a terminal that is killed. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setLimit } from '../../../src/base/index.js';
import { instrumentsOf } from '../../../src/target/index.js';
import { eventually } from '../../support/index.js';
import { assertLetGo, newTargets, subject } from '../../target/attach/attaching.js';
import { hits, observed, statusOf, values } from '../instruments/support/observed.js';
import { isStatus, live } from '../support/liveSession.js';
import { ConsoleClient, wired } from '../support/wired.js';

describe('files of a process', () => {
  it('cat, base64 and pwd see what the process sees', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'remora-files-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    writeFileSync(join(folder, 'plain.txt'), 'one\nzwei ü\n');
    writeFileSync(join(folder, 'latin.txt'), Buffer.from('z\xfcrich\n', 'latin1'));
    writeFileSync(join(folder, 'bytes.bin'), Buffer.from([0, 255, 254, 10, 128]));
    writeFileSync(
      join(folder, '.env'),
      'NAME=shop\nDB_PASSWORD=hunter2\nexport API_KEY="k-123"\nURL=http://u:pw@h/\n{"token": "abc", "port": 1}\npassword: s3\nempty_token=\n',
    );
    mkdirSync(join(folder, 'sub'));
    symlinkSync('plain.txt', join(folder, 'link'));
    writeFileSync(join(folder, 'huge'), '');
    truncateSync(join(folder, 'huge'), 200_000);
    execFileSync('mkfifo', [join(folder, 'fifo')]);
    const at = await live(t, 22, { file: 'commanded.cjs' });
    at.process.write(`process.chdir(${JSON.stringify(folder)})`);
    const run = async (line: string) => {
      const results = await at.exec(line);
      return { results, status: statusOf(results) };
    };
    await eventually(async () => (await run('pwd')).results[0]?.workingDir === folder, {
      what: 'the folder',
    });
    const two = await run('cat plain.txt link');
    assert.deepEqual(
      two.results.slice(0, 2).map(({ type, file, content }) => [type, file, content]),
      [
        ['cat', 'plain.txt', 'one\nzwei ü\n'],
        ['cat', 'link', 'one\nzwei ü\n'],
      ],
    );
    assert.equal((await run('cat --encoding latin1 latin.txt')).results[0]?.content, 'zürich\n');
    assert.equal((await run(`cat ${folder}/plain.txt | grep -n zwei`)).results[1]?.text, '2:zwei ü');
    const masked = String((await run('cat .env')).results[0]?.content);
    assert.equal(
      masked,
      'NAME=shop\nDB_PASSWORD=***\nexport API_KEY=***\nURL=http://u:***@h/\n{"token": "***", "port": 1}\npassword: ***\nempty_token=\n',
    );
    const failures = {
      'cat missing': 'cat missing: No such file or directory',
      'cat plain.txt missing': 'cat missing: No such file or directory',
      'cat plain.txt/x': 'cat plain.txt/x: No such file or directory',
      'cat sub': 'cat sub: Is a directory',
      'cat fifo': 'cat fifo: Is not a regular file',
      'cat huge': 'cat huge: Is too large, size: 200000',
      'cat -M 10 plain.txt': 'cat plain.txt: Is too large, size: 12',
      'cat -M 131073 plain.txt': 'When executing in non-tty session, sizeLimit cannot be large than: 131072',
      'cat --encoding klingon plain.txt':
        "cat: no character set is named 'klingon'; utf-8, latin1 and gbk are some",
      cat: "The argument 'files' is required",
      base64: 'base64: No file, nor input',
      'base64 missing': 'missing: No such file or directory',
      'base64 -d plain.txt': 'plain.txt: Is not base64',
      'base64 sub': 'sub: Is a directory',
    };
    for (const [line, message] of Object.entries(failures)) {
      const { results, status } = await run(line);
      assert.equal(status.message, message, line);
      assert.equal(status.statusCode, line === 'cat' ? -10 : -1, line);
      assert.equal(results.length, 1, 'nothing is shown');
    }
    assert.equal((await run('base64 bytes.bin')).results[0]?.content, 'AP/+CoA=');
    writeFileSync(join(folder, 'b64'), 'w7xi\nZXI=\n');
    assert.equal((await run('base64 -d --input b64')).results[0]?.content, 'über');
    at.bench.role = 'operator';
    assert.match(String((await run('base64 plain.txt')).status.message), /needs the role admin/);
    at.bench.role = 'viewer';
    const refused = await at.bench.exec('cat plain.txt');
    assert.match(String(refused.message), /needs the role operator/);
  });
});

describe('a watch that is stopped', () => {
  it('sees nothing meanwhile, and goes on for what is left of -n', async (t) => {
    const at = await observed(t, 22);
    const ids = at.bench.store.services.sessions()[0]?.sessionId ?? '';
    const act = (action: string, command?: string) =>
      at.bench.call({ action, sessionId: ids, ...(command ? { command } : {}) });
    await at.begin('watch observed.cjs api.add params -n 4');
    await at.run('return api.add(1, 1)');
    await at.until(({ type }) => type === 'watch');
    const { body } = await act('suspend_job');
    assert.equal(body?.jobStatus, 'STOPPED');
    // The main thread hears of it in its own time.
    const target = await at.target();
    const rested = async () => (await instrumentsOf(target).status())?.hooks[0];
    await eventually(async () => (await rested()) !== undefined, { what: 'its hook to be there still' });
    const before = Number((await rested())?.observed);
    await at.run('return api.add(2, 2)', 'return api.add(3, 3)');
    assert.equal(Number((await rested())?.observed), before, 'calls pass unobserved');
    assert.ok(!target.closed.aborted);
    await act('async_exec', `fg ${body?.jobId}`);
    await at.until(({ message }) => /^watch observed/.test(String(message)));
    await eventually(
      async () => {
        await at.run('return api.add(7, 7)');
        return Number((await rested())?.observed ?? Number.POSITIVE_INFINITY) > before;
      },
      { what: 'calls to be observed again' },
    );
    await at.run(
      'return api.add(8, 8)',
      'return api.add(8, 8)',
      'return api.add(8, 8)',
      'return api.add(8, 8)',
    );
    const rest = await at.until((result) => isStatus(result) && result.jobId === body?.jobId);
    const [first] = values(rest);
    assert.deepEqual(first, [7, 7], 'what was called meanwhile is not told afterwards');
    assert.equal(hits(rest).length, 3, 'four in all');
    await eventually(async () => (await at.exec('session'))[0]?.instruments === undefined, {
      what: 'its end',
    });
  });

  it('is ended after a while, or killed, and everything is put back', async (t) => {
    const at = await observed(t, 22);
    const sessionId = at.bench.store.services.sessions()[0]?.sessionId ?? '';
    const clean = () =>
      eventually(async () => (await instrumentsOf(await at.target()).status())?.hooks.length === 0, {
        what: 'its functions to be put back',
      });
    setLimit('job-suspended=0.3');
    t.after(() => setLimit('job-suspended=600'));
    await at.begin('watch observed.cjs api.add params');
    await at.bench.call({ action: 'suspend_job', sessionId });
    const status = statusOf(await at.until(isStatus));
    assert.deepEqual([status.statusCode, /suspended for 0.3 s/.test(String(status.message))], [-10, true]);
    await clean();
    setLimit('job-suspended=600');
    await at.begin('monitor observed.cjs api.add -c 1');
    const { body } = await at.bench.call({ action: 'suspend_job', sessionId });
    await at.bench.call({ action: 'async_exec', sessionId, command: `kill ${body?.jobId}` });
    await at.until((result) => isStatus(result) && result.jobId === body?.jobId);
    await clean();
    await at.begin('monitor observed.cjs api.add -c 1');
    const monitor = await at.bench.call({ action: 'suspend_job', sessionId });
    await at.bench.call({ action: 'async_exec', sessionId, command: `fg ${monitor.body?.jobId}` });
    const calls = setInterval(() => at.process.write('return api.add(1, 2)'), 100);
    t.after(() => clearInterval(calls));
    const rows = await at.until(({ type }) => type === 'monitor');
    assert.ok(rows.length > 0, 'a monitor goes on too');
    await at.interrupt();
  });
});

describe('a terminal that is killed', () => {
  it('lets go of its process', async (t) => {
    const process = await subject(t, 22, { file: 'observed.cjs' });
    const targets = newTargets(t);
    const { port, store } = await wired(t, { targets });
    const console = await new ConsoleClient(t, port, { path: `/ws?process=${process.pid}` }).opened();
    console.send({ action: 'resize', cols: 110, rows: 30 });
    await console.sees(`[arthas@${process.pid}]$ `);
    console.type('watch observed.cjs api.add params\r');
    await console.sees('Affect');
    process.write('return api.add(4, 5)');
    await console.sees(/result=@Array\[\n +@Number\[4\],\n/);
    console.socket.terminate();
    await eventually(() => store.runningJobs() === 0, { what: 'the job to end' });
    const [held] = targets.attached();
    assert.deepEqual(held?.holders ?? [], [], 'nobody holds it any more');
    await held?.letGo('the test is over');
    await assertLetGo(process);
  });
});
