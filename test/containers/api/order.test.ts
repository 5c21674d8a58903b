import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { encodeRecord } from '../../../src/wire/index.js';
import {
  ApiBench,
  type Ask,
  type Headers,
  JSON_TYPE,
  PROTOBUF_TYPE,
  RECORDIO_TYPE,
} from '../support/apiBench.js';
import { MemoryContainers } from '../support/memoryContainers.js';

const HEALTH = '{"type":"GET_HEALTH"}';
const LIST = '{"type":"GET_CONTAINERS"}';
const json: Headers = { 'content-type': JSON_TYPE };
const records: Headers = { 'content-type': RECORDIO_TYPE, 'message-content-type': JSON_TYPE };
const ATTACH =
  '{"type":"ATTACH_CONTAINER_INPUT","attach_container_input":{"type":"CONTAINER_ID","container_id":{"value":"c"}}}';

interface Row {
  readonly about: string;
  readonly ask: Ask;
  readonly status: number;
  readonly text: string;
}

const NO_TYPE = "Failed to validate agent::Call: Expecting 'type' to be present";
const THREE = 'application/json or application/x-protobuf or application/recordio';
const TWO = 'application/json or application/x-protobuf';

/** The sheet's 1.2, row by row; each asks for the later rows' faults too, so that the order counts. */
const ROWS: readonly Row[] = [
  {
    about: '3: the method',
    ask: { method: 'GET', headers: { 'content-type': 'no', accept: 'no' } },
    status: 405,
    text: "405 Method Not Allowed. Expecting one of { 'POST' }, but received 'GET'.",
  },
  {
    about: '3: another method, with a body',
    ask: { method: 'PUT', headers: json, body: HEALTH },
    status: 405,
    text: "405 Method Not Allowed. Expecting one of { 'POST' }, but received 'PUT'.",
  },
  {
    about: '4: no Content-Type',
    ask: { headers: { accept: 'no', 'message-content-type': 'x' }, body: 'no' },
    status: 400,
    text: "Expecting 'Content-Type' to be present",
  },
  {
    about: '5: an unknown Content-Type',
    ask: { headers: { 'content-type': 'text/plain', accept: 'no', 'message-content-type': 'x' }, body: 'no' },
    status: 415,
    text: `Expecting 'Content-Type' of ${THREE}`,
  },
  ...['application/json; charset=utf-8', 'Application/JSON', 'application/json,application/json'].map(
    (type) => ({
      about: `5: compared as a whole: ${type}`,
      ask: { headers: { 'content-type': type }, body: HEALTH },
      status: 415,
      text: `Expecting 'Content-Type' of ${THREE}`,
    }),
  ),
  {
    about: '6: recordio without Message-Content-Type',
    ask: { headers: { 'content-type': RECORDIO_TYPE, accept: 'no' }, body: 'no' },
    status: 400,
    text: "Expecting 'Message-Content-Type' to be set for streaming requests",
  },
  {
    about: '7: recordio with an unknown Message-Content-Type',
    ask: {
      headers: { 'content-type': RECORDIO_TYPE, 'message-content-type': RECORDIO_TYPE, accept: 'no' },
      body: 'no',
    },
    status: 415,
    text: `Expecting 'Message-Content-Type' of ${TWO}`,
  },
  {
    about: '8: Message-Content-Type without recordio',
    ask: { headers: { ...json, 'message-content-type': JSON_TYPE, accept: 'no' }, body: 'no' },
    status: 415,
    text: "Expecting 'Message-Content-Type' to be not set for non-streaming requests",
  },
  ...['text/html', '', 'application/json;q=0', 'application/jsonx', '*/*;q=0.0'].map((accept) => ({
    about: `9: Accept: ${accept}`,
    ask: { headers: { ...json, accept, 'message-accept': 'no' }, body: 'no' },
    status: 406,
    text: `Expecting 'Accept' to allow ${THREE}`,
  })),
  {
    about: '10: Message-Accept that allows none',
    ask: { headers: { ...json, accept: RECORDIO_TYPE, 'message-accept': RECORDIO_TYPE }, body: 'no' },
    status: 406,
    text: `Expecting 'Message-Accept' to allow ${TWO}`,
  },
  ...['application/json', '*/*', 'application/recordio, application/x-protobuf;q=0.1'].map((accept) => ({
    about: `11: Message-Accept with Accept: ${accept}`,
    ask: { headers: { ...json, accept, 'message-accept': JSON_TYPE }, body: 'no' },
    status: 406,
    text: "Expecting 'Message-Accept' to be not set for non-streaming responses",
  })),
  {
    about: '12: a body that is no JSON, before a stream that is not supported',
    ask: { headers: { ...json, accept: RECORDIO_TYPE }, body: '[]' },
    status: 400,
    text: 'Expecting a JSON object',
  },
  {
    about: '12: a stream without a record',
    ask: { headers: records, body: '' },
    status: 400,
    text: 'Received EOF while reading request body',
  },
  {
    about: '12: a stream that ends in its first record',
    ask: { headers: records, body: '10\nabc' },
    status: 400,
    text: 'Received EOF while reading request body',
  },
  {
    about: '12: a stream that is no RecordIO',
    ask: { headers: records, body: 'abc\n' },
    status: 500,
    text: "Decoder failure: Failed to decode length 'abc': Failed to convert 'abc' to number",
  },
  {
    about: '13: no type, before a stream that is not supported',
    ask: { headers: { ...json, accept: RECORDIO_TYPE }, body: '{}' },
    status: 400,
    text: NO_TYPE,
  },
  {
    about: '14: a stream for another call',
    ask: { headers: { ...records, accept: RECORDIO_TYPE }, body: encodeRecord(HEALTH) },
    status: 415,
    text: "Streaming 'Content-Type' application/recordio is not supported for GET_HEALTH call",
  },
  {
    about: '15: no stream for the call that is one',
    ask: { headers: { ...json, accept: RECORDIO_TYPE }, body: ATTACH },
    status: 415,
    text: "Expecting 'Content-Type' to be application/recordio for ATTACH_CONTAINER_INPUT call",
  },
  {
    about: '16: a stream as answer of another call',
    ask: { headers: { ...json, accept: RECORDIO_TYPE }, body: LIST },
    status: 406,
    text: 'Streaming response is not supported for GET_CONTAINERS call',
  },
  {
    about: '16: ATTACH_CONTAINER_INPUT too',
    ask: { headers: { ...records, accept: RECORDIO_TYPE }, body: encodeRecord(ATTACH) },
    status: 406,
    text: 'Streaming response is not supported for ATTACH_CONTAINER_INPUT call',
  },
  {
    about: '17: UNKNOWN',
    ask: { headers: json, body: '{"type":"UNKNOWN"}' },
    status: 501,
    text: '501 Not Implemented.',
  },
];

describe('the order of checks (sheet 1.2)', () => {
  for (const { about, ask, status, text } of ROWS) {
    it(about, async (t) => {
      const bench = await ApiBench.start(t, new MemoryContainers());
      const answer = await bench.ask(ask);
      assert.equal(answer.text, text);
      assert.equal(answer.status, status);
      assert.equal(answer.headers['content-type'], 'text/plain; charset=utf-8');
      assert.equal(answer.headers['content-length'], String(answer.bytes.length));
      assert.ok(answer.headers.date);
      assert.equal(answer.headers.allow, status === 405 ? 'POST' : undefined);
    });
  }

  it('1: credentials, before anything else', async (t) => {
    const tokens = [{ name: 'ci', secret: 'hunter2hunter2', role: 'operator' as const }];
    const bench = await ApiBench.start(t, new MemoryContainers(), {
      recovering: true,
      http: { trust: 'token', tokens },
    });
    const answer = await bench.ask({ method: 'GET' });
    assert.equal(answer.status, 401);
    assert.match(answer.text, /^401 Unauthorized\.\n\nThis is the Remora of /);
    assert.match(String(answer.headers['www-authenticate']), /^Basic realm=/);
    assert.equal(answer.headers['content-type'], 'text/plain; charset=utf-8');
  });

  it('2: still recovering, before the method', async (t) => {
    const bench = await ApiBench.start(t, new MemoryContainers(), { recovering: true });
    const answer = await bench.ask({ method: 'GET' });
    assert.deepEqual([answer.status, answer.text], [503, 'Agent has not finished recovery']);
  });

  it('18: a wrong body is reported before a forbidden caller, and each call asks for its own role', async (t) => {
    const tokens = [{ name: 'eve', secret: 'hunter2hunter2', role: 'viewer' as const }];
    const containers = new MemoryContainers();
    const bench = await ApiBench.start(t, containers, { http: { trust: 'token', tokens } });
    const headers = { ...json, authorization: 'Bearer hunter2hunter2' };
    const ask = (body: string) => bench.ask({ headers, body });
    const launch = '{"type":"LAUNCH_CONTAINER","launch_container":{"container_id":{"value":"c"}}}';
    const wrong = await ask('{"type":"LAUNCH_CONTAINER"}');
    assert.equal(wrong.status, 400);
    const denied = await ask(launch);
    assert.deepEqual([denied.status, denied.text], [403, '403 Forbidden.']);
    assert.equal(
      denied.headers['x-remora-hint'],
      'eve has the role viewer, and LAUNCH_CONTAINER needs operator',
    );
    assert.equal((await ask(HEALTH)).status, 200);
    assert.equal((await ask(LIST)).status, 200);
    assert.equal(containers.held.size, 0);
  });

  it("18: the agent's ceiling", async (t) => {
    const containers = new MemoryContainers();
    const bench = await ApiBench.start(t, containers, { allow: ['read', 'observe', 'change'] });
    const denied = await bench.ask({
      headers: json,
      body: '{"type":"LAUNCH_CONTAINER","launch_container":{"container_id":{"value":"c"}}}',
    });
    assert.deepEqual([denied.status, denied.text], [403, '403 Forbidden.']);
    assert.match(String(denied.headers['x-remora-hint']), /--allow containers/);
    assert.equal(containers.held.size, 0);
    assert.equal((await bench.ask({ headers: json, body: HEALTH })).status, 200);
  });
});

describe('media types (sheet 1.3)', () => {
  const cases: [accept: string | string[] | undefined, type: string][] = [
    [undefined, JSON_TYPE],
    ['*/*', JSON_TYPE],
    ['application/*', JSON_TYPE],
    ['APPLICATION/X-PROTOBUF', PROTOBUF_TYPE],
    ['application/x-protobuf, application/json;q=0.1', JSON_TYPE],
    ['application/json;q=0, */*', PROTOBUF_TYPE],
    ['text/html, application/x-protobuf ; q=0.5', PROTOBUF_TYPE],
    // The last line counts.
    [[JSON_TYPE, PROTOBUF_TYPE], PROTOBUF_TYPE],
    [[PROTOBUF_TYPE, PROTOBUF_TYPE], PROTOBUF_TYPE],
  ];
  for (const [accept, type] of cases) {
    it(`Accept: ${accept} gets ${type}`, async (t) => {
      const bench = await ApiBench.start(t, new MemoryContainers());
      const headers: Headers = accept === undefined ? json : { ...json, accept };
      const answer = await bench.ask({ headers, body: HEALTH });
      assert.equal(answer.status, 200);
      assert.equal(answer.headers['content-type'], type);
      assert.equal(answer.headers['message-content-type'], undefined);
      if (type === JSON_TYPE)
        assert.equal(answer.text, '{"type":"GET_HEALTH","get_health":{"healthy":true}}');
      else assert.equal(answer.bytes.toString('hex'), '080112020801');
    });
  }

  it('the last Content-Type line counts too', async (t) => {
    const bench = await ApiBench.start(t, new MemoryContainers());
    const headers = { 'content-type': [JSON_TYPE, PROTOBUF_TYPE] };
    const { text } = await bench.ask({ headers, body: Buffer.from('0801', 'hex') });
    assert.equal(text, '{"type":"GET_HEALTH","get_health":{"healthy":true}}');
  });
});

describe('paths (sheet 1.1)', () => {
  const served = [
    '/api/v1',
    '/api/v1/',
    '/api/v1///',
    '/api/v1?x=y',
    '/slave(1)/api/v1',
    '/slave%281%29/api/v1',
    '/slave(1)/api/v1/',
    '/api/v1/anything/else',
    '/api/v1/executors',
  ];
  for (const path of served) {
    it(`${path} is the API`, async (t) => {
      const bench = await ApiBench.start(t, new MemoryContainers());
      const { status } = await bench.ask({ path, headers: json, body: HEALTH });
      assert.equal(status, 200);
    });
  }

  for (const path of ['/api/v1/..', '/api/v1/../x', '/slave(1)/api/v1/..']) {
    it(`${path} is 404`, async (t) => {
      const bench = await ApiBench.start(t, new MemoryContainers());
      const { status, text } = await bench.ask({ path, headers: json, body: HEALTH });
      assert.deepEqual([status, text], [404, '404 Not Found.']);
    });
  }

  for (const path of [
    '/api/v1/executor',
    '/api/v1/resource_provider',
    '/api/v10',
    '/slave(2)/api/v1',
    '/api/v1%2',
    '/slave(1)/api',
  ]) {
    it(`${path} is not`, async (t) => {
      const bench = await ApiBench.start(t, new MemoryContainers());
      assert.equal((await bench.ask({ path, headers: json, body: HEALTH })).status, 404);
    });
  }
});

describe('gzip (sheet 1.4)', () => {
  it('packed requests are unpacked, whole ones and streams', async (t) => {
    const containers = new MemoryContainers();
    const bench = await ApiBench.start(t, containers);
    const packed = { 'content-encoding': 'gzip' };
    const whole = await bench.ask({ headers: { ...json, ...packed }, body: gzipSync(HEALTH) });
    assert.equal(whole.status, 200);
    const stream = await bench.ask({
      headers: { ...records, ...packed },
      body: gzipSync(encodeRecord(ATTACH)),
    });
    assert.deepEqual([stream.status, stream.text], [404, 'Container c cannot be found']);
  });

  it('a body that is not packed after all is 400', async (t) => {
    const bench = await ApiBench.start(t, new MemoryContainers());
    for (const body of [HEALTH, gzipSync(HEALTH).subarray(0, 20)]) {
      const { status, text } = await bench.ask({ headers: { ...json, 'content-encoding': 'gzip' }, body });
      assert.equal(status, 400);
      assert.match(text, /^Failed to decompress the body: /);
    }
  });

  it('a body that unpacks to more than a call may have is 413', async (t) => {
    const bench = await ApiBench.start(t, new MemoryContainers());
    const body = gzipSync(Buffer.alloc(100 << 20));
    const { status } = await bench.ask({ headers: { ...json, 'content-encoding': 'gzip' }, body });
    assert.equal(status, 413);
  });

  it('whole answers from 1024 bytes on are packed for who takes it', async (t) => {
    const bench = await ApiBench.start(t, new MemoryContainers());
    const body = '{"type":"GET_METRICS","get_metrics":{}}';
    const cases: [string | undefined, string | undefined][] = [
      ['gzip', 'gzip'],
      ['deflate, *;q=0.1', 'gzip'],
      ['gzip;q=0, *', undefined],
      ['deflate', undefined],
      [undefined, undefined],
    ];
    for (const [accepted, encoding] of cases) {
      const headers: Headers = accepted === undefined ? json : { ...json, 'accept-encoding': accepted };
      const answer = await bench.ask({ headers, body });
      assert.equal(answer.headers['content-encoding'], encoding, accepted);
    }
    const small = await bench.ask({ headers: { ...json, 'accept-encoding': 'gzip' }, body: HEALTH });
    assert.equal(small.headers['content-encoding'], undefined);
  });
});
