import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeRecord, mesosCodec, mesosJson, RecordDecoder } from '../../../src/wire/index.js';
import { VECTORS } from './vectors.js';

const protobuf = await mesosCodec('protobuf');

describe('the byte vectors of the sheet (8)', () => {
  it('are all there', () => assert.equal(VECTORS.length, 30));

  for (const { about, kind, hex, value, json, jsonBytes, defaults } of VECTORS) {
    const bytes = Buffer.from(hex, 'hex');

    it(`${kind} ${about}: protobuf`, () => {
      assert.deepEqual(protobuf.parse(kind, bytes), value);
      assert.equal(protobuf.serialize(kind, value).toString('hex'), hex);
    });

    it(`${kind} ${about}: JSON`, () => {
      const printed = mesosJson.serialize(kind, value);
      const text = printed.toString();
      if (json !== undefined) {
        assert.deepEqual(mesosJson.parse(kind, Buffer.from(json)), value);
        if (!defaults) assert.equal(text, json);
      }
      if (jsonBytes !== undefined) assert.equal(printed.length, jsonBytes);
      if (!defaults && !text.includes('"command"')) assert.deepEqual(mesosJson.parse(kind, printed), value);
    });
  }
});

describe('streams of the sheet (8)', () => {
  it('a body of mesos-go: three HTTP chunks for a record', () => {
    const id = VECTORS.find(({ about }) => about === 'ATTACH_CONTAINER_INPUT, id p.c');
    assert.ok(id);
    const decoder = new RecordDecoder(1000);
    const records = ['16', '\n', Buffer.from(id.hex, 'hex')].flatMap((chunk) =>
      decoder.push(Buffer.from(chunk)),
    );
    assert.equal(records.length, 1);
    assert.deepEqual(protobuf.parse('Call', records[0] ?? Buffer.alloc(0)), id.value);
  });

  it('the records of the Python client, with a blank after each colon and comma', () => {
    const spaced = (data: string): string =>
      `{"type": "ATTACH_CONTAINER_INPUT", "attach_container_input": {"type": "PROCESS_IO", "process_io": {"type": "DATA", "data": {"type": "STDIN", "data": "${data}"}}}}`;
    const end = spaced('');
    const hello = spaced(Buffer.from('hello').toString('base64'));
    assert.deepEqual([end.length, hello.length], [155, 163]);
    const records = new RecordDecoder(1000).push(Buffer.concat([encodeRecord(end), encodeRecord(hello)]));
    const parsed = records.map((record) => mesosJson.parse('Call', record).attach_container_input);
    assert.deepEqual(
      parsed.map((one) => one?.process_io?.data?.data),
      [Buffer.alloc(0), Buffer.from('hello')],
    );
  });
});
