import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { AgentLink } from '../../../src/probe/worker/agentLink.js';
import { encodeFrame, FrameDecoder } from '../../../src/target/channel/frames.js';
import { eventually } from '../../support/index.js';
import { type TestLike, temporaryFolder } from '../attach/attaching.js';

const SECRET = randomBytes(32).toString('hex');

interface Listening {
  readonly link: AgentLink;
  readonly folder: string;
  readonly messages: unknown[];
  gone(): number;
}

/** The probe's end of the socket, as the Worker has it. */
async function listening(t: TestLike, heartbeatMs = 5000, frameLimit = 65_536): Promise<Listening> {
  const folder = join(temporaryFolder(t, 'link'), 'probe');
  mkdirSync(folder, { mode: 0o700 });
  const messages: unknown[] = [];
  let gone = 0;
  const link = new AgentLink(
    { folder, secret: SECRET, heartbeatMs, frameLimit },
    {
      onMessage: (message) => messages.push(message),
      onGone: () => {
        gone += 1;
      },
    },
  );
  link.listen();
  t.after(() => {
    link.stopListening();
    link.close();
  });
  await eventually(() => existsSync(join(folder, 's')), { what: 'the socket' });
  return { link, folder, messages, gone: () => gone };
}

async function dial(
  t: TestLike,
  folder: string,
): Promise<{ socket: Socket; nonce: string; ended: Promise<void> }> {
  const socket = connect({ path: join(folder, 's') });
  t.after(() => void socket.destroy());
  socket.on('error', () => undefined);
  const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  const decoder = new FrameDecoder(4096);
  const nonce = await new Promise<string>((resolve) => {
    socket.on('data', (chunk: Buffer) => {
      for (const hello of decoder.push(chunk)) resolve(String(hello.nonce));
    });
  });
  return { socket, nonce, ended };
}

function proof(nonce: string): object {
  return { agent: createHmac('sha256', SECRET).update(`agent:${nonce}`).digest('hex') };
}

function raw(text: string): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(Buffer.byteLength(text));
  return Buffer.concat([head, Buffer.from(text)]);
}

describe('the socket that the probe listens on', () => {
  it('sends strangers away, whatever they say, and still takes the agent', async (t) => {
    const { folder, messages, gone } = await listening(t);
    const earlier = await dial(t, folder);
    for (const greeting of [
      raw('null'),
      raw('[]'),
      raw('{"agent":{"toString":1}}'),
      raw('{"agent":"00"}'),
      encodeFrame(proof(earlier.nonce)),
      raw('{'),
      Buffer.alloc(64, 0xff),
    ]) {
      const stranger = await dial(t, folder);
      stranger.socket.write(greeting);
      await stranger.ended;
    }
    const agent = await dial(t, folder);
    agent.socket.write(encodeFrame(proof(agent.nonce)));
    agent.socket.write(encodeFrame({ id: 1, op: 'ping' }));
    await eventually(() => messages.length === 1, { what: 'the request' });
    assert.equal(existsSync(folder), false, 'socket and folder are gone');
    assert.equal(gone(), 0);
    earlier.socket.write(encodeFrame(proof(earlier.nonce)));
    await earlier.ended;
    assert.equal(messages.length, 1, 'a second agent is not taken, even with the secret');
  });

  it('takes a large request that comes in one piece with the proof', async (t) => {
    const { folder, messages } = await listening(t);
    const { socket, nonce } = await dial(t, folder);
    const request = { id: 1, op: 'cdp', params: 'x'.repeat(60_000) };
    socket.write(Buffer.concat([encodeFrame(proof(nonce)), encodeFrame(request)]));
    await eventually(() => messages.length === 1, { what: 'the request' });
    assert.deepEqual(messages, [request]);
  });

  it('takes the silence of an agent, before and after it came, for its death', async (t) => {
    const never = await listening(t, 400);
    const once = await listening(t, 400);
    const { socket, nonce } = await dial(t, once.folder);
    socket.write(encodeFrame(proof(nonce)));
    await eventually(() => never.gone() > 0 && once.gone() > 0, { what: 'both to be given up' });
  });

  it('does not send an answer that the agent would not take', async (t) => {
    const { folder, link, messages } = await listening(t, 5000, 1024);
    const { socket, nonce } = await dial(t, folder);
    socket.write(encodeFrame(proof(nonce)));
    socket.write(encodeFrame({ id: 1, op: 'ping' }));
    await eventually(() => messages.length === 1, { what: 'the request' });
    assert.throws(() => link.send({ id: 1, result: 'x'.repeat(2000) }), { code: 'answer-too-large' });
    link.sendEvent({ event: 'large', data: 'x'.repeat(2000) });
    const heard: unknown[] = [];
    const decoder = new FrameDecoder(1024);
    socket.on('data', (chunk: Buffer) => heard.push(...decoder.push(chunk)));
    link.sendEvent({ event: 'small' });
    await eventually(() => heard.length === 1, { what: 'the event' });
    assert.deepEqual(heard, [{ event: 'small', dropped: 1 }]);
  });
});
