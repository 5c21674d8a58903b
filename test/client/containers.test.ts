import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ContainersClient, containerId, containerPath, RemoraError } from '../../src/client/index.js';
import { encodeRecord, type MesosEncoding, mesosCodec, RecordDecoder } from '../../src/wire/index.js';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

interface Test {
  after(fn: () => Promise<void> | void): void;
}

/** A client of an agent that does what no real one can be made to do. */
async function clientOf(
  t: Test,
  handler: Handler,
  encoding: MesosEncoding = 'protobuf',
): Promise<ContainersClient> {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const client = new ContainersClient({ url: `http://127.0.0.1:${port}` }, { encoding });
  t.after(() => {
    client.close();
    server.closeAllConnections();
    server.close();
  });
  return client;
}

function answering(status: number, text: string, type = 'text/plain; charset=utf-8'): Handler {
  return (request, response) => {
    request.resume();
    response.writeHead(status, { 'content-type': type });
    response.end(text);
  };
}

function rejects(promise: Promise<unknown>, code: string, text: RegExp): Promise<void> {
  return assert.rejects(promise, (error) => {
    assert.ok(error instanceof RemoraError, String(error));
    assert.equal(error.code, code);
    assert.match(error.text, text);
    return true;
  });
}

describe('container names', () => {
  it('are paths from the root', () => {
    assert.deepEqual(containerId('a.b.c'), { value: 'c', parent: { value: 'b', parent: { value: 'a' } } });
    assert.equal(containerPath(containerId('a.b.c')), 'a.b.c');
    for (const wrong of ['', '.', 'a.', '.a', 'a..b', 'a b', 'a/b', 'a\\b']) {
      assert.throws(() => containerId(wrong), /is not the name of a container/);
    }
  });
});

describe('ContainersClient: what an agent refuses', () => {
  const refusals: [status: number, text: string, code: string, says: RegExp][] = [
    [400, 'Failed to validate agent::Call: Expecting x', 'bad-container', /^Expecting x/],
    [400, 'Parent container a does not exist', 'bad-container', /^Parent container a does not exist/],
    [401, '401 Unauthorized.', 'not-signed-in', /wants credentials\. Give a token/],
    [403, '403 Forbidden.', 'containers-not-allowed', /does not let you use containers\. Start it .*--allow/],
    [403, 'this agent has a ceiling', 'containers-not-allowed', /containers: this agent has a ceiling\./],
    [
      404,
      "Container 'a' cannot be found",
      'container-not-found',
      /cannot be found\. See `remora container ps -a`/,
    ],
    [409, 'Multiple input connections are not allowed', 'input-taken', /another client.*--no-stdin/],
    [500, 'I/O switchboard server was disabled for this container', 'not-attachable', /without streams/],
    [500, 'Unknown container a', 'container-ended', /has ended/],
    [500, 'Nested container has not terminated yet', 'container-running', /still running\. Stop it first/],
    [500, 'Unable to send signal to container: Invalid argument', 'agent-failed', /Invalid argument.*log/],
    [503, 'Agent has not finished recovery', 'busy', /recovery\. Try again/],
  ];
  for (const [status, text, code, says] of refusals) {
    it(`${status} ${text}`, async (t) => {
      const client = await clientOf(t, answering(status, text));
      await rejects(client.kill('a', 15), code, says);
    });
  }

  it('by its listener: no containers at all', async (t) => {
    const body =
      '{"error":{"code":"no-such-path","message":"no endpoint /api/v1","hint":"see /"},"requestId":"r"}';
    const client = await clientOf(t, answering(404, body, 'application/json; charset=utf-8'));
    await rejects(client.launch({ container: 'a', command: 'true' }), 'containers-not-allowed', /--allow/);
    assert.equal(await client.wait('a').catch((error: RemoraError) => error.code), 'containers-not-allowed');
  });

  it('nobody listens', async () => {
    const client = new ContainersClient({ socketPath: '/nonexistent/agent.sock' });
    await rejects(
      client.list(),
      'no-agent',
      /`remora up`, or by `remora agent --allow read,observe,containers`/,
    );
    await rejects(client.attachOutput('a'), 'no-agent', /remora up/);
    const input = await client.attachInput('a');
    await rejects(input.ended, 'no-agent', /remora up/);
    await input.write(Buffer.from('nobody reads this'));
  });
});

describe('ContainersClient: answers', () => {
  for (const encoding of ['protobuf', 'json'] as const) {
    it(`reads how a container ended, and a list of an agent that is not ours: ${encoding}`, async (t) => {
      const codec = await mesosCodec(encoding);
      const asked: unknown[] = [];
      const client = await clientOf(
        t,
        async (request, response) => {
          if (request.method === 'GET') return answering(404, '404 Not Found.')(request, response);
          const chunks: Buffer[] = [];
          for await (const chunk of request) chunks.push(chunk as Buffer);
          assert.equal(request.headers['content-type'], codec.mediaType);
          assert.equal(request.headers.accept, codec.mediaType);
          const call = codec.parse('Call', Buffer.concat(chunks));
          asked.push(call.type);
          response.setHeader('content-type', codec.mediaType);
          if (call.type === 'WAIT_CONTAINER') {
            const exit_status = call.wait_container?.container_id.value === 'shot' ? 9 : 2560;
            response.end(
              codec.serialize('Response', { type: 'WAIT_CONTAINER', wait_container: { exit_status } }),
            );
          } else {
            const container_id = { value: 'c', parent: { value: 'p' } };
            const containers = [
              { container_id: { value: 'c' }, container_status: { container_id, executor_pid: 42 } },
            ];
            response.end(
              codec.serialize('Response', { type: 'GET_CONTAINERS', get_containers: { containers } }),
            );
          }
        },
        encoding,
      );
      assert.deepEqual(await client.wait('a'), { exitStatus: 2560, exitCode: 10 });
      assert.deepEqual(await client.wait('shot'), { exitStatus: 9, exitCode: 137, signal: 9 });
      assert.deepEqual(await client.list(), [{ id: 'p.c', pid: 42 }]);
      assert.deepEqual(asked, ['WAIT_CONTAINER', 'WAIT_CONTAINER', 'GET_CONTAINERS']);
    });
  }

  it('gives up after the time that it was given', async (t) => {
    const client = await clientOf(t, (request) => void request.resume());
    await rejects(client.wait('a', { timeoutMs: 50 }), 'timed-out', /within 50 ms/);
    const stop = new AbortController();
    const waiting = client.wait('a', { signal: stop.signal });
    await sleep(20);
    stop.abort();
    await rejects(waiting, 'aborted', /given up/);
  });

  it('tells a stream that was cut from one that ended, and garbage from both', async (t) => {
    const codec = await mesosCodec('protobuf');
    const record = encodeRecord(
      codec.serialize('ProcessIO', { type: 'DATA', data: { type: 'STDERR', data: Buffer.from('hi') } }),
    );
    const beat = encodeRecord(
      codec.serialize('ProcessIO', {
        type: 'CONTROL',
        control: { type: 'HEARTBEAT', heartbeat: { interval: { nanoseconds: 1e10 } } },
      }),
    );
    const endings: Record<string, (response: ServerResponse) => void> = {
      ended: (response) => response.end(),
      cut: (response) => setTimeout(() => response.destroy(), 20),
      garbage: (response) => response.end('not a number\n'),
    };
    const client = await clientOf(t, async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const call = codec.parse('Call', Buffer.concat(chunks));
      response.writeHead(200, { 'content-type': 'application/recordio' });
      const bytes = Buffer.concat([beat, record, beat]);
      // In pieces that have nothing to do with records.
      for (const byte of bytes) response.write(Buffer.from([byte]));
      endings[call.attach_container_output?.container_id.value ?? '']?.(response);
    });
    const read = async (name: string) => {
      const seen: string[] = [];
      for await (const { stream, data } of await client.attachOutput(name)) seen.push(`${stream}:${data}`);
      return seen;
    };
    assert.deepEqual(await read('ended'), ['stderr:hi']);
    await rejects(read('cut'), 'connection-lost', /closed the connection/);
    await rejects(read('garbage'), 'bad-answer', /cannot be read.*not a number/);
  });
});

describe('ContainerInput', () => {
  /** An agent that takes all input at the given pace and answers 200 at its end. */
  function reading(
    seen: { size: number; hash: string; kinds: string[] },
    encoding: MesosEncoding,
    pauseMs: number,
  ): Handler {
    return async (request, response) => {
      const codec = await mesosCodec(encoding);
      const decoder = new RecordDecoder(1 << 24);
      const hash = createHash('sha256');
      for await (const chunk of request) {
        for (const record of decoder.push(chunk as Buffer)) {
          const input = codec.parse('Call', record).attach_container_input;
          const io = input?.process_io;
          seen.kinds.push(io?.control?.type ?? io?.data?.type ?? input?.type ?? '?');
          hash.update(io?.data?.data ?? '');
          seen.size += io?.data?.data?.length ?? 0;
        }
        if (pauseMs > 0) await sleep(pauseMs);
      }
      seen.hash = hash.digest('hex');
      response.end();
    };
  }

  for (const encoding of ['protobuf', 'json'] as const) {
    it(`carries writes of every size whole, to a fast reader and to a slow one: ${encoding}`, async (t) => {
      for (const pauseMs of [0, 1]) {
        const seen = { size: 0, hash: '', kinds: [] as string[] };
        const client = await clientOf(t, reading(seen, encoding, pauseMs), encoding);
        const input = await client.attachInput('a.b');
        input.resize({ rows: 1, columns: 2 });
        const hash = createHash('sha256');
        const sizes = [1, 100, 16_383, 16_384, 65_535, 65_536, 65_537, 1_000_000, 0, 3, 300_000, 32_768];
        for (const size of sizes) {
          const data = randomBytes(size);
          hash.update(data);
          await input.write(data);
        }
        input.end();
        await input.close();
        assert.equal(
          seen.size,
          sizes.reduce((sum, size) => sum + size, 0),
        );
        assert.equal(seen.hash, hash.digest('hex'));
        assert.deepEqual(seen.kinds.slice(0, 3), ['CONTAINER_ID', 'TTY_INFO', 'STDIN']);
        assert.equal(seen.kinds.at(-1), 'STDIN', 'the end of input is an empty record of its own');
      }
    });
  }

  it('holds a writer back whose reader does not read, and lets it go when the agent answers', async (t) => {
    let answer: (() => void) | undefined;
    const client = await clientOf(t, (_request, response) => {
      answer = () => response.end();
    });
    const input = await client.attachInput('a');
    const block = Buffer.alloc(65_536);
    let written = 0;
    const writing = (async () => {
      while (written < 64 * 1024 * 1024 && !input.over) {
        await input.write(block);
        written += block.length;
      }
    })();
    await sleep(300);
    assert.ok(written < 16 * 1024 * 1024, `${written} bytes were taken though nobody reads`);
    answer?.();
    await writing;
    await input.ended;
    assert.equal(input.over, true);
  });

  it('says why it was refused, though it is still sending', async (t) => {
    const client = await clientOf(t, (request, response) => {
      response.writeHead(409, { 'content-type': 'text/plain', connection: 'close' });
      response.end('Multiple input connections are not allowed');
      request.resume();
    });
    const input = await client.attachInput('a');
    const writing = input.write(Buffer.alloc(4_000_000));
    await rejects(input.ended, 'input-taken', /another client/);
    await writing;
  });
});
