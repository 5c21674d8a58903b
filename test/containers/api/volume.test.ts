import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import { encodeRecord, type MesosEncoding, mesosCodec, RecordDecoder } from '../../../src/wire/index.js';
import { residentBytes } from '../../support/index.js';
import { type ApiBench, calls, RECORDIO_TYPE, until } from '../support/apiBench.js';
import { idOf } from '../support/host.js';
import { exitOf, realBench, runSession, sessionOf } from '../support/realBench.js';

/** `REMORA_TEST_VOLUME_MIB=1024` is the gigabyte that is promised; it takes a minute. */
const MIB = Number(process.env.REMORA_TEST_VOLUME_MIB ?? 96);
const BYTES = MIB * 2 ** 20;
const PATTERN = '0123456789abcde\n';

/** What `yes` prints, as far as `bytes`. */
function expectedHash(): string {
  const hash = createHash('sha256');
  const block = Buffer.from(PATTERN.repeat(2 ** 16));
  for (let left = BYTES; left > 0; left -= block.length) hash.update(block.subarray(0, left));
  return hash.digest('hex');
}

const PRINT = `yes ${PATTERN.trim()} | head -c ${BYTES}`;

/** Reads a session's output to its end without keeping it. */
async function hashOutput(
  bench: ApiBench,
  command: string,
  encoding: MesosEncoding,
): Promise<[number, string]> {
  const codec = await mesosCodec(encoding);
  const headers = {
    'content-type': codec.mediaType,
    accept: RECORDIO_TYPE,
    'message-accept': codec.mediaType,
  };
  const { request, response } = bench.open({ headers }, false);
  request.end(codec.serialize('Call', sessionOf('root.c', command)));
  const hash = createHash('sha256');
  const decoder = new RecordDecoder(1 << 20);
  let size = 0;
  for await (const piece of await response) {
    for (const record of decoder.push(piece as Buffer)) {
      const data = codec.parse('ProcessIO', record).data?.data;
      if (!data) continue;
      assert.ok(data.length > 0 && data.length <= 65_536);
      hash.update(data);
      size += data.length;
    }
  }
  assert.equal(decoder.partial, false);
  return [size, hash.digest('hex')];
}

for (const encoding of ['json', 'protobuf'] as const) {
  describe(`${MIB} MiB, ${encoding}`, () => {
    it('out', async (t) => {
      const { bench } = await realBench(t);
      const started = performance.now();
      const [size, hash] = await hashOutput(bench, PRINT, encoding);
      t.diagnostic(`${(MIB / ((performance.now() - started) / 1000)).toFixed(0)} MiB/s, our client included`);
      assert.equal(size, BYTES);
      assert.equal(hash, expectedHash());
      assert.equal(await exitOf(bench, 'root.c'), 0);
    });

    it('in', async (t) => {
      const { bench } = await realBench(t);
      const session = await bench.stream(sessionOf('root.c', 'sha256sum'), encoding);
      const codec = await mesosCodec(encoding);
      const block = Buffer.from(PATTERN.repeat(2 ** 12));
      const record = encodeRecord(codec.serialize('Call', calls.stdin(block)));
      const started = performance.now();
      const { request, answer } = await bench.input([calls.attach(idOf('root.c'))], encoding);
      for (let left = BYTES; left > 0; left -= block.length) {
        if (!request.write(record)) await new Promise((resolve) => request.once('drain', resolve));
      }
      request.end(encodeRecord(codec.serialize('Call', calls.stdin(''))));
      assert.equal((await answer).status, 200);
      t.diagnostic(`${(MIB / ((performance.now() - started) / 1000)).toFixed(0)} MiB/s, our client included`);
      await session.answer;
      assert.equal(session.text().split(' ')[0], expectedHash());
    });
  });
}

describe('readers that do not read', () => {
  it('one beside others: they get everything, and memory stays bounded', async (t) => {
    const { bench } = await realBench(t);
    const size = 64 * 2 ** 20;
    const session = await bench.stream(sessionOf('root.c', `read go; yes x | head -c ${size}`));
    let received = 0;
    session.head.on('data', (piece: Buffer) => {
      received += piece.length;
    });
    const codec = await mesosCodec('json');
    const body = codec.serialize('Call', {
      type: 'ATTACH_CONTAINER_OUTPUT',
      attach_container_output: { container_id: idOf('root.c') },
    });
    const stuck = connect(bench.port, '127.0.0.1');
    t.after(() => stuck.destroy());
    stuck.on('error', () => {});
    stuck.write(
      `POST /api/v1 HTTP/1.1\r\nHost: localhost:${bench.port}\r\nContent-Type: application/json\r\n` +
        `Content-Length: ${body.length}\r\n\r\n${body}`,
    );
    stuck.pause();
    await new Promise((resolve) => setTimeout(resolve, 200));
    const before = residentBytes(process.pid);
    const input = await bench.input([calls.attach(idOf('root.c')), calls.stdin('go\n')]);
    input.request.end();
    assert.ok((await session.answer).complete);
    // The client's copy of the stream is in this process too: the bound is for what the stuck reader could add.
    t.diagnostic(
      `resident memory grew by ${((residentBytes(process.pid) - before) / 2 ** 20).toFixed(0)} MiB`,
    );
    assert.ok(received > size);
    assert.equal(session.text().length, size);
    assert.equal(await exitOf(bench, 'root.c'), 0);
    // And others go on as ever.
    assert.equal((await runSession(bench, 'root.d', 'echo fine')).stdout, 'fine\n');
  });

  it('a session’s own: its program is held back, nobody else is, and it ends with its connection', async (t) => {
    const { bench } = await realBench(t);
    const codec = await mesosCodec('json');
    const body = codec.serialize('Call', sessionOf('root.c', 'exec yes'));
    const stuck = connect(bench.port, '127.0.0.1');
    stuck.on('error', () => {});
    stuck.write(
      `POST /api/v1 HTTP/1.1\r\nHost: localhost:${bench.port}\r\nContent-Type: application/json\r\n` +
        `Content-Length: ${body.length}\r\n\r\n${body}`,
    );
    stuck.pause();
    await new Promise((resolve) => setTimeout(resolve, 500));
    const before = residentBytes(process.pid);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    assert.ok(residentBytes(process.pid) - before < 32 * 2 ** 20);
    assert.equal((await runSession(bench, 'root.d', 'echo fine')).stdout, 'fine\n');
    const end = exitOf(bench, 'root.c');
    const started = performance.now();
    stuck.destroy();
    assert.equal(await end, 9);
    assert.ok(performance.now() - started < 2000);
    await until(async () => (await bench.object({ type: 'GET_HEALTH' })).get_health?.healthy);
  });
});
