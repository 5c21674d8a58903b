import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { type Call, encodeRecord, mesosCodec, mesosJson, type ProcessIO } from '../../../src/wire/index.js';
import { projectRoot } from '../../support/index.js';
import { JSON_TYPE, MEDIA_TYPES, RECORDIO_TYPE, until } from '../support/apiBench.js';
import { launch, realBench } from '../support/realBench.js';

/** The documented examples, played with real processes (shared/seeds, `docs/operator-http-api.md`). */
interface Documented {
  readonly about: string;
  readonly request?: object;
  readonly records?: readonly object[];
  readonly response: {
    readonly status: number;
    readonly contentType: string | null;
    readonly messageContentType?: boolean;
    /** `$base64` stands for any text in that form. */
    readonly records?: readonly ProcessIO[];
    readonly text?: string;
    readonly body?: string;
  };
}

function documented(name: string): Documented {
  const path = join(projectRoot, 'test', 'wire', 'transcripts', `mesos-${name}.json`);
  return JSON.parse(readFileSync(path, 'utf8')) as Documented;
}

/** As the document prints it: indented, which is as good JSON as any. */
function asPrinted(request: object | undefined): Call {
  return mesosJson.parse('Call', Buffer.from(JSON.stringify(request, undefined, 2)));
}

/** The documented records come, with other dates. */
function checkRecords(bytes: Buffer, { records = [], text = '' }: Documented['response']): void {
  const [, count = '', first = ''] = /^(\d+)\n(\{.*)/s.exec(bytes.toString()) ?? [];
  const record = JSON.parse(first.slice(0, Number(count))) as { data: { data: string } };
  const { data } = record.data;
  assert.match(data, /^[A-Za-z0-9+/]+={0,2}$/);
  assert.match(Buffer.from(data, 'base64').toString(), new RegExp(text));
  assert.deepEqual({ ...record, data: { ...record.data, data: '$base64' } }, records[0]);
}

for (const encoding of ['json', 'protobuf'] as const) {
  describe(`the documented examples, ${encoding}`, () => {
    it('LAUNCH_NESTED_CONTAINER_SESSION', async (t) => {
      const { request, response } = documented('launch_nested_container_session');
      const { bench } = await realBench(t);
      await launch(bench, 'bde04877-cb26-4277-976e-3ecf0c02e76b', 'sleep 1000');
      await launch(
        bench,
        'bde04877-cb26-4277-976e-3ecf0c02e76b.134bae93-cf5c-4938-87bf-f779bfcd0092',
        'sleep 1000',
      );
      const session = await bench.stream(asPrinted(request), encoding);
      const pieces: Buffer[] = [];
      session.head.on('data', (piece: Buffer) => pieces.push(piece));
      assert.equal(session.head.statusCode, response.status);
      assert.equal(session.head.headers['content-type'], response.contentType);
      assert.equal(session.head.headers['message-content-type'], MEDIA_TYPES[encoding]);
      await until(() => session.records.length >= 2);
      session.head.destroy();
      if (encoding === 'json') checkRecords(Buffer.concat(pieces), response);
      for (const { type, data } of session.records) {
        assert.deepEqual([type, data?.type], ['DATA', 'STDOUT']);
        assert.match(String(data?.data), new RegExp(response.text ?? ''));
      }
    });

    it('ATTACH_CONTAINER_INPUT', async (t) => {
      const { records = [], response } = documented('attach_container_input');
      const { bench, containers } = await realBench(t);
      await launch(bench, 'da737efb-a9d4-4622-84ef-f55eb07b861a', 'read line; test "$line" = test', true);
      const waiting = bench.object({
        type: 'WAIT_CONTAINER',
        wait_container: { container_id: { value: 'da737efb-a9d4-4622-84ef-f55eb07b861a' } },
      });
      const codec = await mesosCodec(encoding);
      const body =
        encoding === 'json'
          ? records.map((record) => encodeRecord(JSON.stringify(record, undefined, 2)))
          : records.map((record) => encodeRecord(codec.serialize('Call', asPrinted(record))));
      const answer = await bench.ask({
        headers: {
          'content-type': RECORDIO_TYPE,
          'message-content-type': codec.mediaType,
          accept: encoding === 'json' ? JSON_TYPE : codec.mediaType,
        },
        body: Buffer.concat(body),
      });
      assert.equal(answer.status, response.status);
      assert.equal(answer.headers['content-type'] ?? null, response.contentType);
      assert.equal(answer.text, response.body);
      // What was sent is what the document says: the line `test`.
      assert.equal((await waiting).wait_container?.exit_status, 0);
      assert.equal(containers.list().filter(({ state }) => state === 'running').length, 1);
    });

    it('ATTACH_CONTAINER_OUTPUT', async (t) => {
      const { request, response } = documented('attach_container_output');
      const { bench } = await realBench(t);
      const loop = 'while true; do date; sleep 0.2; done';
      await launch(bench, 'e193a755-8528-4673-a05b-2cc2a01a8b94', loop, true);
      const output = await bench.stream(asPrinted(request), encoding);
      const pieces: Buffer[] = [];
      output.head.on('data', (piece: Buffer) => pieces.push(piece));
      assert.equal(output.head.statusCode, response.status);
      assert.equal(output.head.headers['content-type'], response.contentType);
      assert.equal(output.head.headers['message-content-type'], MEDIA_TYPES[encoding]);
      await until(() => output.records.length >= 2);
      output.head.destroy();
      if (encoding === 'json') checkRecords(Buffer.concat(pieces), response);
      assert.match(output.text(), /\d{4}.*\r\n/);
    });
  });
}
