import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  Counters,
  createLog,
  formatDateTime,
  hexId,
  isSecretName,
  monotonicMs,
  REDACTED,
  redactArgv,
  redactText,
  redactValue,
  uuid,
} from '../../src/base/index.js';
import { scratch } from '../http/support.js';

test('times are local, with milliseconds', () => {
  const at = new Date(2026, 0, 2, 3, 4, 5, 6);
  assert.equal(formatDateTime(at.getTime()), '2026-01-02 03:04:05.006');
  const before = monotonicMs();
  assert.ok(monotonicMs() >= before);
});

test('ids have their form', () => {
  assert.match(uuid(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.match(hexId(), /^[0-9a-f]{32}$/);
  assert.match(hexId(4), /^[0-9a-f]{8}$/);
});

test('counters add up, gauges are read and go with their readers', () => {
  const counters = new Counters();
  counters.counter('b.events', 'events').add();
  counters.counter('b.events', 'events').add(2);
  const removeFirst = counters.gauge('a.open', 'open', () => 3);
  const removeSecond = counters.gauge('a.open', 'open', () => 4);
  assert.deepEqual(counters.list(), [
    { name: 'a.open', kind: 'gauge', description: 'open', value: 7 },
    { name: 'b.events', kind: 'counter', description: 'events', value: 3 },
  ]);
  assert.throws(() => counters.counter('a.open', ''), /is a gauge/);
  assert.throws(() => counters.gauge('b.events', '', () => 0), /is a counter/);
  removeFirst();
  assert.equal(counters.list()[0]?.value, 4);
  removeSecond();
  assert.equal(counters.list().length, 1);
});

test('names of secrets, in every spelling, and names that only look alike', () => {
  const yes =
    'password PASSWORD dbPassword DB_PASS db-pass PGPASSWORD userpasswd passphrase secret clientSecret AWS_SECRET_ACCESS_KEY ' +
    'token accessToken authtoken GITHUB_TOKEN apiKey api_key X-Api-Key APIKEY authorization Proxy-Authorization cookie Set-Cookie ' +
    'privateKey private_key credentials cred SENTRY_DSN jwt sessionId connect.sid.cookie --password connectionString';
  for (const name of yes.split(' ')) assert.ok(isSecretName(name), name);
  const no =
    'author authors tokenizer passed compass bypass keyboard monkey host path session key publicKey user DATABASE';
  for (const name of no.split(' ')) assert.ok(!isSecretName(name), name);
});

test('secrets are masked by name and by shape, everything else stays', () => {
  const value = {
    user: 'ann',
    password: 'p',
    empty: { password: '', token: null, secret: false },
    list: [{ apiKey: 'k' }, 'postgres://ann:geheim@db/x', 'Authorization: Bearer abcdefgh'],
    url: 'https://h/p?token=abc&page=2',
    when: new Date(0),
  };
  assert.deepEqual(redactValue(value), {
    user: 'ann',
    password: REDACTED,
    empty: { password: '', token: null, secret: false },
    list: [{ apiKey: REDACTED }, 'postgres://ann:***@db/x', 'Authorization: Bearer ***'],
    url: 'https://h/p?token=***&page=2',
    when: new Date(0),
  });
  assert.equal(value.password, 'p');
  const key = '-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----';
  assert.ok(!redactText(`x ${key} y`).includes('abc'));
  assert.deepEqual(
    redactArgv([
      'node',
      'a.js',
      '--password',
      'p',
      '--port',
      '80',
      '--token=t',
      'DB_PASS=x',
      '--api-key',
      '--on',
    ]),
    ['node', 'a.js', '--password', '***', '--port', '80', '--token=***', 'DB_PASS=***', '--api-key', '--on'],
  );
});

test('masking takes any text and any data, ends, and leaves no password of a URL', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), fc.jsonValue(), (text, data) => {
      redactText(text);
      redactValue(data);
      redactArgv([text, text]);
    }),
  );
  const word = fc.stringMatching(/^[A-Za-z0-9._~-]{4,20}$/);
  fc.assert(
    fc.property(word, word, (user, password) => {
      const masked = redactText(`to mongodb+srv://${user}:${password}Q9@host/db now`);
      assert.equal(masked, `to mongodb+srv://${user}:***@host/db now`);
    }),
  );
  const started = monotonicMs();
  redactText(`${'a://'.repeat(50_000)}${'x:y@'.repeat(50_000)}`);
  redactText('-----BEGIN PRIVATE KEY-----'.repeat(5000));
  // Not a speed test: a quadratic pattern would take minutes.
  assert.ok(monotonicMs() - started < 30_000);
});

test('the log is JSON lines without secrets', (t) => {
  const file = join(scratch(t), 'log');
  const log = createLog({ file, level: 'debug' });
  log.child({ room: 'test' }).info({ pid: 7, password: 'p' }, 'hello');
  log.error({ err: new Error('broken') }, 'failed');
  log.trace('not shown');
  const lines = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.equal(lines.length, 2);
  const [{ time, ...first } = {}, second = {}] = lines;
  assert.deepEqual(first, { level: 30, room: 'test', pid: 7, password: '***', msg: 'hello' });
  assert.equal(typeof time, 'number');
  assert.equal((second.err as { message: string }).message, 'broken');
});
