import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { test } from 'node:test';
import fc from 'fast-check';
import { HostNames, isSameOrigin, parseHost } from '../../src/http/host.js';

test('Host headers that name us with the port of our end, and no others', () => {
  const names = new HostNames(['remora.example', '10.0.0.5', '[2001:db8::5]']);
  const own = hostname();
  const yes = [
    'localhost:8563',
    'LOCALHOST:8563',
    '127.0.0.1:8563',
    '127.8.0.1:8563',
    '[::1]:8563',
    '[0:0::1]:8563',
    `${own}:8563`,
    'remora.example:8563',
    '10.0.0.5:8563',
    '[2001:db8::5]:8563',
  ];
  for (const host of yes) assert.ok(names.accepts(host, 8563), host);
  const no = [
    'localhost',
    'localhost:80',
    'localhost:8563@evil',
    'localhost.evil.com:8563',
    'evil.com:8563',
    '127.0.0.1.evil.com:8563',
    '127.evil:8563',
    '10.0.0.6:8563',
    '[::2]:8563',
    '::1:8563',
    'localhost:8563:8563',
    'localhost:99999',
    ' localhost:8563',
    '',
  ];
  for (const host of no) assert.ok(!names.accepts(host, 8563), host);
  assert.ok(!names.accepts(undefined, 8563));
  assert.ok(names.accepts('localhost', 80));
  assert.ok(names.accepts('localhost', 443, true));
});

test('a host that is put together is taken apart again', () => {
  const name = fc.oneof(
    fc.domain(),
    fc.ipV4(),
    fc.ipV6().map((text) => `[${text}]`),
  );
  fc.assert(
    fc.property(name, fc.integer({ min: 0, max: 65_535 }), (text, port) => {
      const parsed = parseHost(`${text}:${port}`, 80);
      assert.equal(parsed?.port, port);
      assert.equal(parseHost(text, 81)?.port, 81);
      if (!text.startsWith('[')) assert.equal(parsed?.name, text.toLowerCase());
    }),
  );
});

test('any text as Host or Origin gives an answer, and no junk is ours', () => {
  const names = new HostNames();
  fc.assert(
    fc.property(fc.string({ maxLength: 60 }), fc.string({ maxLength: 60 }), (origin, host) => {
      const known = names.accepts(host, 8563);
      if (known) assert.match(host, /^(localhost|127\.[0-9.]+|\[[0-9a-f:.]+\]|[\w.-]+):8563$/i);
      isSameOrigin(origin, host);
      isSameOrigin(`http://${origin}`, host);
    }),
    { numRuns: 500 },
  );
});

test('an origin is our own only with the scheme, name and port of the Host', () => {
  assert.ok(isSameOrigin('http://localhost:8563', 'localhost:8563'));
  assert.ok(isSameOrigin('http://[::1]:8563', '[::1]:8563'));
  assert.ok(isSameOrigin('https://a.example', 'a.example'));
  for (const origin of [
    'null',
    'http://localhost:3000',
    'http://evil',
    'file://',
    'http://localhost:8563/x',
  ]) {
    assert.ok(!isSameOrigin(origin, 'localhost:8563'), origin);
  }
});
