/** The terminal WebSocket `/ws` (wire/arthas.md 4.2), by a client that speaks the console's frames. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import { limit } from '../../http/support.js';
import { eventually } from '../../support/index.js';
import { bearer, ConsoleClient, refusedHandshake, sleep, wired } from '../support/wired.js';

const CTRL_C = '\x03';
const CTRL_D = '\x04';
const CTRL_Z = '\x1a';

describe('a terminal', () => {
  it('greets, prompts, runs commands in colour, says good-bye', async (t) => {
    const { port, store } = await wired(t);
    const console = await new ConsoleClient(t, port).opened();
    console.send({ action: 'resize', cols: 100, rows: 30 });
    await console.sees('|_| \\_\\___|_| |_| |_|\\___/|_|  \\__,_|');
    await console.sees(/version +1\.2\.3\n/);
    await console.sees(/pid +4242\n/);
    await console.sees('[arthas@4242]$ ');
    assert.equal(console.text.match(/Welcome|wiki/g)?.length, 1, 'one greeting');
    assert.match(await console.run('echo hello'), /echo hello\nhello\n/);
    assert.match(console.raw, /hello\r\n/, 'a raw terminal needs carriage returns');
    assert.match(await console.run('help'), /NAME +DESCRIPTION\n/);
    assert.match(console.raw, /\x1b\[1mNAME/, 'colours');
    assert.match(await console.run('nope'), /nope: command not found/);
    assert.match(await console.run('fail'), /it said no/);
    assert.equal(store.services.sessions().length, 1);
    console.type('quit\r');
    await console.sees('Session has been terminated.');
    await console.sees('Remora is still running in the background.');
    assert.equal((await console.ended()).code, 1000);
    assert.equal(store.services.sessions().length, 0);
  });

  for (const word of ['exit', 'q', 'logout', CTRL_D]) {
    it(`is left by ${JSON.stringify(word)}`, async (t) => {
      const { port } = await wired(t);
      const console = await new ConsoleClient(t, port, { path: '/ws?quiet=true' }).opened();
      await console.prompt();
      assert.ok(!console.text.includes('version'), 'quiet');
      console.type(word === CTRL_D ? word : `${word}\r`);
      assert.equal((await console.ended()).code, 1000);
    });
  }

  it('compares its path without case, and lays out at 80 columns until it is told another size', async (t) => {
    const { port } = await wired(t);
    const console = await new ConsoleClient(t, port, { path: '/WS?quiet=true' }).opened();
    await console.prompt();
    const widest = (text: string) => Math.max(...text.split('\n').map((line) => line.length));
    const at80 = widest(await console.run('help'));
    assert.ok(at80 <= 80 && at80 > 60, String(at80));
    console.send({ action: 'resize', cols: 50, rows: 10 });
    assert.ok(widest(await console.run('help watch')) <= 50);
  });

  it('tells a plain GET what it is for', async (t) => {
    const { port } = await wired(t);
    const answer = await fetch(`http://127.0.0.1:${port}/ws`, { headers: bearer('viewer') });
    assert.equal(answer.status, 426);
    assert.match(await answer.text(), /WebSocket/);
  });

  it('completes, edits, finds lines again; wide characters keep their columns', async (t) => {
    const { port } = await wired(t);
    const console = await new ConsoleClient(t, port, { path: '/ws?quiet=true' }).opened();
    await console.prompt();
    console.type('vers\t');
    await console.sees('version ');
    console.type('\r');
    await console.sees('1.2.3\n');
    await console.prompt();
    console.type('echo 日本語x\x7f\r');
    await console.sees('\n日本語\n');
    await console.prompt();
    console.type('\x1b[A\x1b[A');
    await console.sees('version');
    console.type('\r');
    await console.sees('1.2.3\n');
    await console.prompt();
    console.type('ke\t');
    await console.sees('keymap ');
    console.type('\r');
    await console.sees(/Ctrl-Z +a command runs: stop it/);
  });

  it('interrupts by Ctrl-C and by q, and keeps what is typed ahead', async (t) => {
    const { port, store } = await wired(t);
    const console = await new ConsoleClient(t, port, { path: '/ws?quiet=true' }).opened();
    await console.prompt();
    console.type('tick -i 20\r');
    await console.sees(/number +3/);
    console.type(CTRL_C);
    await console.sees('^C');
    await console.prompt();
    assert.equal(store.runningJobs(), 0);
    console.type('tick -i 20\r');
    await console.sees(/number +3/);
    console.type('q');
    await console.prompt();
    assert.equal(store.runningJobs(), 0);
    console.type('timed -n 2 -i 300\r');
    await console.sees(/number +1/);
    console.type('echo quite later\r');
    await console.sees('Process ends after 2 time(s).');
    await console.sees('\nquite\n');
  });

  it('leaves by two Ctrl-C what does not end', async (t) => {
    const { port, store } = await wired(t);
    const console = await new ConsoleClient(t, port, { path: '/ws?quiet=true' }).opened();
    await console.prompt();
    console.type('deaf\r');
    await console.sees('deaf\n');
    console.type(CTRL_C);
    console.type(CTRL_C);
    await console.ended();
    await eventually(() => store.runningJobs() === 0, { what: 'the job to be left behind' });
  });

  it('Ctrl-Z at the prompt stops nothing: this very process goes on', async (t) => {
    const { port } = await wired(t);
    const console = await new ConsoleClient(t, port, { path: '/ws?quiet=true' }).opened();
    await console.prompt();
    console.type(`${CTRL_Z}${CTRL_Z}`);
    assert.match(await console.run('echo alive'), /\nalive\n/);
  });

  it('knows whose connection ended, and ends what ran for it', async (t) => {
    const { port, store, output } = await wired(t);
    const console = await new ConsoleClient(t, port, { path: '/ws?quiet=true' }).opened();
    await console.prompt();
    await console.run('tick -i 50 &');
    console.type('tick -i 50 > ticks.txt &\r');
    await console.prompt();
    console.type('tick -i 50\r');
    await console.sees(/number +2/);
    assert.equal(store.runningJobs(), 3);
    // Like a client that was killed: no close frame.
    console.socket.terminate();
    await eventually(() => store.runningJobs() === 1, { what: 'the jobs to end that only it could read' });
    const [job] = store.services.jobs();
    assert.match(job?.line ?? '', /ticks\.txt/, 'what writes a file goes on');
    assert.equal(store.services.sessions().length, 0);
    store.services.killJob(job?.jobId ?? 0);
    await eventually(() => store.runningJobs() === 0, { what: 'the end of the last job' });
    await eventually(async () => ((await output.list())[0]?.bytes ?? 0) > 10, { what: 'its file' });
  });
});

describe('who may open a terminal', () => {
  it('whoever may call /api: no token, no terminal; a viewer gets a viewer', async (t) => {
    const { port } = await wired(t);
    assert.equal((await refusedHandshake(port, '/ws', {})).status, 401);
    assert.equal((await refusedHandshake(port, '/WS', {})).status, 401);
    assert.equal((await refusedHandshake(port, '/ws', { authorization: 'Bearer wrong-wrong' })).status, 401);
    const console = await new ConsoleClient(t, port, { headers: bearer('viewer') }).opened();
    await console.prompt();
    assert.match(await console.run('hold'), /needs the role operator/);
  });

  it("no page of another origin, also where loopback is trusted; the agent's own may", async (t) => {
    const { port } = await wired(t, { http: { trust: 'uid' } });
    const evil = await refusedHandshake(port, '/ws', { origin: 'http://evil.example' });
    assert.equal(evil.status, 403);
    assert.match(evil.body, /Origin|site/);
    const other = await refusedHandshake(port, '/ws', { origin: `http://127.0.0.1:${port + 1}` });
    assert.equal(other.status, 403);
    assert.equal((await refusedHandshake(port, '/ws', { 'sec-fetch-site': 'cross-site' })).status, 403);
    // A name that somebody's DNS points at us.
    const rebound = { host: `evil.example:${port}`, origin: `http://evil.example:${port}` };
    assert.equal((await refusedHandshake(port, '/ws', rebound)).status, 403);
    const forwarded = await refusedHandshake(port, '/ws', { 'x-forwarded-for': '10.0.0.1' });
    assert.equal(forwarded.status, 401);
    const own = { origin: `http://127.0.0.1:${port}` };
    const console = await new ConsoleClient(t, port, { headers: own }).opened();
    await console.prompt();
  });

  it('only so many at a time', async (t) => {
    limit(t, 'terminals', 1);
    const { port } = await wired(t);
    const console = await new ConsoleClient(t, port).opened();
    const second = await refusedHandshake(port, '/ws', bearer('admin'));
    assert.equal(second.status, 503);
    assert.match(second.body, /limit is named terminals/);
    console.socket.close();
    await console.ended();
    await eventually(
      async () => {
        const third = new ConsoleClient(t, port);
        await sleep(200);
        return third.socket.readyState === third.socket.OPEN;
      },
      { what: 'the place to be free' },
    );
  });
});

describe('bad clients', () => {
  it('garbage frames are ignored; one of more than 10 MiB ends the connection', async (t) => {
    const { port } = await wired(t);
    const console = await new ConsoleClient(t, port, { path: '/ws?quiet=true' }).opened();
    await console.prompt();
    for (const frame of [
      '',
      '{',
      'null',
      '[]',
      '1',
      '"x"',
      '{"action":"read"}',
      '{"action":"read","data":7}',
    ]) {
      console.send(frame);
    }
    for (const size of [0, -1, 1.5, '80', null, 1e99])
      console.send({ action: 'resize', cols: size, rows: 24 });
    console.socket.send(Buffer.from('{"action":"read","data":"echo binary\\r"}'), { binary: true });
    console.send({ action: 'resize', cols: 2_000_000_000, rows: 2_000_000_000 });
    assert.match(await console.run('echo well'), /\nwell\n/);
    assert.ok(!console.text.includes('binary'));
    console.send({ action: 'read', data: 'x'.repeat(9 * 1024 * 1024) });
    await eventually(() => console.raw.includes('\x07'), { what: 'a bell for what was left out' });
    console.type(CTRL_C);
    assert.match(await console.run('echo still'), /\nstill\n/);
    console.send({ action: 'read', data: 'x'.repeat(11 * 1024 * 1024) });
    assert.equal((await console.ended()).code, 1009);
  });

  it('a reader that takes nothing is cut, and its job ends', async (t) => {
    limit(t, 'stream-stall', 300);
    const { port, store } = await wired(t);
    const console = await new ConsoleClient(t, port, { path: '/ws?quiet=true' }).opened();
    await console.prompt();
    console.type('big -n 1000000\r');
    await console.sees(/number +3\n/);
    console.socket.pause();
    await eventually(() => store.services.sessions().length === 0, {
      what: 'the terminal to be cut',
      timeoutMs: 20_000,
    });
    await eventually(() => store.runningJobs() === 0, { what: 'its job to end' });
    assert.ok(store.queuedBytes < 16 * 1024 * 1024);
    console.socket.resume();
    await console.ended();
  });

  it('one that types and never reads is cut', async (t) => {
    limit(t, 'stream-stall', 300);
    const { port, store } = await wired(t);
    const console = await new ConsoleClient(t, port, { path: '/ws?quiet=true' }).opened();
    await console.prompt();
    console.socket.pause();
    const timer = setInterval(() => console.type('help\r'.repeat(200)), 5);
    t.after(() => clearInterval(timer));
    await eventually(() => store.services.sessions().length === 0, {
      what: 'the terminal to be cut',
      timeoutMs: 30_000,
    });
  });

  it('a connection that is dead without a word is found by its pings', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] });
    const { port, store } = await wired(t);
    // A handshake by hand: this client answers no ping.
    const socket = connect(port, '127.0.0.1');
    t.after(() => socket.destroy());
    socket.write(
      `GET /ws HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}\r\n` +
        `Authorization: ${bearer('admin').authorization}\r\n\r\n`,
    );
    let received = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
    });
    await eventually(() => received.includes('arthas@'), { what: 'the prompt' });
    const began = performance.now();
    t.mock.method(performance, 'now', () => began + 1e9);
    for (let beat = 1; beat <= 4; beat++) t.mock.timers.tick(10_000);
    await eventually(() => store.services.sessions().length === 0, { what: 'the session to end' });
    assert.ok(received.includes(Buffer.from([0x89, 0x00])), 'pings');
  });
});
