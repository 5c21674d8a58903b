import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { RemoraError, setLimit } from '../../../src/base/index.js';
import { exchangeProofs } from '../../../src/target/attach/proof.js';
import { encodeFrame, FrameDecoder } from '../../../src/target/channel/frames.js';
import { WorkerChannel } from '../../../src/target/channel/workerChannel.js';
import { type TestLike, temporaryFolder } from '../attach/attaching.js';

const SECRET = randomBytes(32).toString('hex');
const PID = 4_000_000;

/** Both ends of a real Unix socket: what the target holds, and what the agent does. */
async function pair(t: TestLike): Promise<{ probe: Socket; agent: Socket }> {
  const path = join(temporaryFolder(t, 'socket'), 's');
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
  const agent = connect({ path });
  agent.pause();
  const probe = await accepted;
  probe.on('error', () => undefined);
  agent.on('error', () => undefined);
  t.after(() => {
    probe.destroy();
    agent.destroy();
    server.close();
  });
  return { probe, agent };
}

function proofOf(side: string, nonce: string, secret = SECRET): string {
  return createHmac('sha256', secret).update(`${side}:${nonce}`).digest('hex');
}

/** Everything that the agent sends. */
function heard(probe: Socket): () => Buffer {
  const chunks: Buffer[] = [];
  probe.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks);
}

function raw(text: string, length = Buffer.byteLength(text)): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(length);
  return Buffer.concat([head, Buffer.from(text)]);
}

describe('a greeting', () => {
  it('that proves the secret is answered by the proof of ours', async (t) => {
    const { probe, agent } = await pair(t);
    const said = heard(probe);
    probe.write(encodeFrame({ probe: proofOf('probe', ''), nonce: 'n1' }));
    await exchangeProofs(agent, SECRET, PID);
    await sleep(50);
    assert.deepEqual(new FrameDecoder(4096).push(said()), [{ agent: proofOf('agent', 'n1') }]);
  });

  for (const [what, bytes] of [
    ['a wrong proof', encodeFrame({ probe: proofOf('probe', '', 'guess'), nonce: 'n' })],
    ['the proof of the other side', encodeFrame({ probe: proofOf('agent', ''), nonce: 'n' })],
    ['no proof', encodeFrame({ nonce: 'n' })],
    ['a proof that is no text', raw('{"probe":{"toString":1,"valueOf":1},"nonce":"n"}')],
    ['null', raw('null')],
    ['garbage', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['no JSON', raw('{"probe":')],
    ['a frame larger than a greeting', raw('x', 5000)],
    ['a huge frame', raw('', 0xffff_ffff)],
  ] as const) {
    it(`with ${what} is refused, and hears nothing`, async (t) => {
      const { probe, agent } = await pair(t);
      const said = heard(probe);
      probe.write(bytes);
      await assert.rejects(exchangeProofs(agent, SECRET, PID), (error: unknown) => {
        assert.ok(error instanceof RemoraError, String(error));
        assert.match(error.code, /^(probe-silent|bad-frame)$/);
        return true;
      });
      await sleep(50);
      assert.equal(said().length, 0);
      assert.ok(agent.destroyed);
    });
  }

  it('that ends early is refused', async (t) => {
    const { probe, agent } = await pair(t);
    probe.end(Buffer.from([0, 0]));
    await assert.rejects(exchangeProofs(agent, SECRET, PID), { code: 'probe-silent' });
  });
});

describe('a probe that was taken over', () => {
  afterEach(() => setLimit('probe-frame-bytes=33554432'));

  for (const [what, bytes] of [
    ['garbage', Buffer.alloc(4096, 0xa5)],
    ['a huge frame', raw('', 0xffff_ffff)],
    ['no JSON', raw('{')],
    ['JSON that is no object', raw('[1]')],
    ['an error code that is no text', raw('{"id":1,"error":{"code":{"toString":1}}}')],
  ] as const) {
    it(`sends ${what}: the channel closes, calls are rejected`, async (t) => {
      const { probe, agent } = await pair(t);
      const channel = new WorkerChannel(agent, PID);
      agent.resume();
      const reasons: string[] = [];
      channel.onClose((reason) => reasons.push(reason));
      const call = channel.worker('readFile', { path: '/etc/hostname' });
      await new Promise((resolve) => probe.once('data', resolve));
      probe.write(bytes);
      await assert.rejects(call, { code: 'target-let-go' });
      await assert.rejects(channel.worker('readFile', {}), { code: 'target-let-go' });
      assert.equal(reasons.length, 1);
      assert.match(reasons[0] ?? '', /no probe frame/);
      assert.ok(agent.destroyed);
    });
  }

  it('answers what was not asked, twice, and with odd shapes: nothing happens', async (t) => {
    const { probe, agent } = await pair(t);
    const channel = new WorkerChannel(agent, PID);
    agent.resume();
    const events: unknown[] = [];
    channel.onEvent((event, data) => events.push([event, data]));
    channel.onCdp((method, params) => events.push([method, params]));
    for (const odd of [
      { id: 99, result: 1 },
      { id: -1, error: null },
      { id: 'text', result: 1 },
      { cdp: 1 },
      { event: {} },
      { __proto__: null, constructor: 1 },
      { cdp: 'Debugger.paused', params: 'no object' },
      { event: 'loop.blocked' },
    ]) {
      probe.write(encodeFrame(odd));
    }
    const call = channel.worker('x', {}, { timeoutMs: 5000 });
    probe.once('data', (chunk: Buffer) => {
      const [request] = new FrameDecoder(4096).push(chunk);
      probe.write(encodeFrame({ id: request?.id, result: 'yes' }));
      probe.write(encodeFrame({ id: request?.id, result: 'no' }));
    });
    assert.equal(await call, 'yes');
    assert.deepEqual(events, [
      ['Debugger.paused', {}],
      ['loop.blocked', undefined],
    ]);
    agent.destroy();
  });

  it('sends a frame without end: memory is bounded, and time does not pass for nothing', async (t) => {
    setLimit('probe-frame-bytes=1048576');
    const { probe, agent } = await pair(t);
    const channel = new WorkerChannel(agent, PID);
    agent.resume();
    const closed = new Promise((resolve) => channel.onClose(resolve));
    probe.write(raw('x'.repeat(1000), 1_048_576));
    const before = process.memoryUsage().arrayBuffers;
    for (let sent = 0; sent < 64 && !agent.destroyed; sent += 1) {
      probe.write(Buffer.alloc(1_048_576, 120));
      await sleep(2);
    }
    assert.match(String(await closed), /no probe frame/);
    assert.ok(process.memoryUsage().arrayBuffers - before < 80 * 1024 * 1024);
  });

  it('says nothing: a call ends by its time limit, letting go by its own', async (t) => {
    setLimit('target-let-go-wait=300');
    t.after(() => setLimit('target-let-go-wait=5000'));
    const { probe, agent } = await pair(t);
    probe.resume();
    const channel = new WorkerChannel(agent, PID);
    agent.resume();
    await assert.rejects(channel.worker('x', {}, { timeoutMs: 100 }), { code: 'probe-timeout' });
    await channel.end();
    assert.ok(agent.destroyed);
  });
});
