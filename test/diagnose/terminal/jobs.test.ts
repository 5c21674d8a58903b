/** Ctrl-Z, fg, bg, kill: jobs that stop and go on (wire/arthas.md 3.10), at a terminal and over HTTP. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { limit } from '../../http/support.js';
import { eventually } from '../../support/index.js';
import { ConsoleClient, sleep, wired } from '../support/wired.js';

const CTRL_Z = '\x1a';

async function at(t: Parameters<typeof wired>[0]) {
  const rig = await wired(t);
  const console = await new ConsoleClient(t, rig.port, { path: '/ws?quiet=true' }).opened();
  console.send({ action: 'resize', cols: 120, rows: 40 });
  await console.prompt();
  return { ...rig, console };
}

describe('jobs at a terminal', () => {
  it('Ctrl-Z stops, jobs shows it, fg goes on where it was', async (t) => {
    const { console, store } = await at(t);
    console.type('tick -i 20\r');
    await console.sees(/number +3\n/);
    console.type(CTRL_Z);
    await console.sees(/\^Z\n/);
    await console.sees(
      /\[1\] stopped: tick -i 20\n'fg 1' or 'bg 1' continues it, 'kill 1' ends it; it ends by itself in 600 s\n/,
    );
    await console.prompt();
    const listed = await console.run('jobs');
    assert.match(listed, /\[1\]\* +STOPPED .*tick -i 20/);
    const silent = console.text.length;
    await sleep(200);
    assert.equal(console.text.length, silent, 'nothing comes of a stopped job');
    const [job] = store.services.jobs();
    const before = job?.resultCount ?? 0;
    console.type('fg\r');
    await console.sees('tick -i 20\n');
    const [, next] = /number +(\d+)/.exec(await console.sees(/number +\d+\n/)) ?? [];
    assert.equal(Number(next), before + 1, 'none was lost, none came twice');
    console.type('\x03');
    await console.prompt();
    assert.equal(store.runningJobs(), 0);
  });

  it('bg lets it go on beside what is typed, fg takes it back', async (t) => {
    const { console, store } = await at(t);
    console.type('tick -i 60\r');
    await console.sees(/number +2\n/);
    console.type(CTRL_Z);
    await console.prompt();
    console.type('bg %1\r');
    await console.sees('[1] tick -i 60 &');
    await console.sees(/number +3\n/);
    assert.match(await console.run('bg 1'), /job 1 is already running/);
    await console.sees(/number +\d+\n/);
    console.type('fg 1\r');
    await console.sees(/number +\d+\n/);
    console.type('q');
    await console.prompt();
    await eventually(() => store.runningJobs() === 0, { what: 'its end' });
  });

  it('says what it cannot do, in the words of the reference', async (t) => {
    const { console, call } = await at(t);
    assert.match(await console.run('fg'), /fg: there is no job of this session/);
    assert.match(await console.run('bg'), /bg: there is no job of this session/);
    assert.match(await console.run('fg 99'), /99 : no such job/);
    assert.match(await console.run('fg x'), /x : no such job/);
    assert.match(await console.run('kill'), /kill: usage: kill job_id/);
    const { sessionId } = await call({ action: 'init_session' });
    const { body } = await call({ action: 'async_exec', sessionId, command: 'tick -i 50 &' });
    const { jobId } = body as { jobId: number };
    assert.match(
      await console.run(`fg ${jobId}`),
      new RegExp(`job ${jobId} doesn't belong to this session, so can not fg it`),
    );
    assert.match(await console.run(`kill ${jobId}`), new RegExp(`kill job ${jobId} success`));
  });

  it('a stopped job can be killed, ends by itself in the end, and does not outlive its terminal', async (t) => {
    const { console, store } = await at(t);
    console.type('tick -i 20\r');
    await console.sees(/number +2\n/);
    console.type(CTRL_Z);
    await console.prompt();
    assert.match(await console.run('kill 1'), /kill job 1 success/);
    await eventually(() => store.runningJobs() === 0, { what: 'its end' });
    limit(t, 'job-suspended', 0.2);
    console.type('tick -i 20\r');
    await console.sees(/number +2\n/);
    console.type(CTRL_Z);
    await console.sees('the job was suspended for 0.2 s and nobody continued it');
    limit(t, 'job-suspended', 600);
    console.type('\rtick -i 20\r');
    await console.sees(/number +2\n/);
    console.type(CTRL_Z);
    await console.prompt();
    console.socket.terminate();
    await eventually(() => store.runningJobs() === 0, { what: 'the end of the stopped job' });
  });

  it('many Ctrl-Z and fg in quick succession leave it in order', async (t) => {
    const { console, store } = await at(t);
    console.type('tick -i 5\r');
    await console.sees(/number +2\n/);
    for (let round = 0; round < 10; round++) {
      console.type(CTRL_Z);
      await console.prompt();
      console.type('fg\r');
      await console.sees(/number +\d+\n/);
    }
    const numbers = [...console.text.matchAll(/number +(\d+)\n/g)].map(([, one]) => Number(one));
    assert.deepEqual(
      numbers,
      Array.from(numbers, (_, index) => index + 1),
    );
    console.type('\x03');
    await console.prompt();
    assert.equal(store.runningJobs(), 0);
  });
});

describe('jobs over HTTP', () => {
  it('suspend_job answers like interrupt_job, and ends the wait of an exec', async (t) => {
    const { call } = await wired(t);
    const { sessionId } = await call({ action: 'init_session' });
    const none = await call({ action: 'suspend_job', sessionId });
    assert.deepEqual(
      [none.state, none.message],
      ['FAILED', 'no foreground job is running that can be suspended'],
    );
    const waiting = call({ action: 'exec', sessionId, command: 'tick -i 20' });
    const suspended = await eventually(
      async () => {
        const answer = await call({ action: 'suspend_job', sessionId });
        return answer.state === 'SUCCEEDED' ? answer : undefined;
      },
      { what: 'the job to be suspended' },
    );
    const { jobId } = suspended.body as { jobId: number };
    assert.deepEqual(suspended.body, { jobId, jobStatus: 'STOPPED' });
    const { state, body } = await waiting;
    assert.equal(state, 'SUCCEEDED');
    assert.equal((body as { jobStatus: string }).jobStatus, 'STOPPED');
    assert.equal(
      (await call({ action: 'async_exec', sessionId, command: `kill ${jobId}` })).state,
      'SCHEDULED',
    );
  });

  for (const word of ['cls', 'keymap']) {
    it(`${word} wants a terminal`, async (t) => {
      const { call } = await wired(t);
      const { body } = await call({ action: 'exec', command: word });
      const [status] = (body as { results: { statusCode: number; message: string }[] }).results;
      assert.deepEqual(
        [status?.statusCode, status?.message],
        [-1, `Command '${word}' is only support tty session.`],
      );
    });
  }
});
