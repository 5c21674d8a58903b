import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RemoraError } from '../../src/base/index.js';
import { type ArthasRequest, normalAction, parseArthasRequest } from '../../src/wire/index.js';
import { ownCpuMilliseconds } from '../support/index.js';

const parse = (text: string) => parseArthasRequest(Buffer.from(text));

function failure(text: string): string {
  try {
    parse(text);
  } catch (error) {
    assert.ok(error instanceof RemoraError);
    assert.equal(error.code, 'bad-request');
    return error.message;
  }
  throw new Error(`accepted: ${text}`);
}

test('what is accepted beyond JSON', () => {
  const accepted = [
    '{"action":"exec" "command":"version"}',
    '{"action":"exec","command":"version",}',
    '// a comment\n{"action":"exec","command":"version"}',
    '/* a */ {"action":"exec", // b\n "command":"version"}',
    '\uFEFF {"action":"exec","command":"version"}\n\t ',
    '{"action":"exec","unknown":{"a":[1,2,{"b":null}]},"command":"version"}',
    '{"action":"nope","action":"exec","command":"version"}',
  ];
  for (const text of accepted) {
    const request = parse(text);
    assert.deepEqual([request.action, request.command], ['exec', 'version'], text);
  }
});

test('what is refused, with the place', () => {
  const refused: [string, string][] = [
    ['', 'request body is empty'],
    ['{action:"exec"}', 'a member name in double quotes is expected at line 1, column 2'],
    ["{'action':1}", 'a member name in double quotes is expected at line 1, column 2'],
    ['{"action":"exec"} x', 'there is text after the value at line 1, column 19'],
    ['{"action":"exec"}{}', 'there is text after the value at line 1, column 18'],
    ['{"action"\n\n "exec"}', "':' is expected after the name 'action' at line 3, column 2"],
    ['{"action":"exec', 'a string has no end at line 1, column 16'],
    ['{"action":', 'the text ends where a value should be at line 1, column 11'],
    ['{"action":\'exec\'}', "a value cannot begin with ''' at line 1, column 11"],
    ['{"action":"\\q"}', "'\\q' is no escape at line 1, column 12"],
    ['{"action":"\\u12g4"}', '\\u needs four hex digits at line 1, column 12'],
    ['[1 2]', "',' or ']' is expected at line 1, column 4"],
    ['{"a":1,,"b":2}', 'a member name in double quotes is expected at line 1, column 8'],
    ['/* {"a":1}', 'a comment has no end at line 1, column 1'],
    ['[]', 'the request must be a JSON object'],
    ['"exec"', 'the request must be a JSON object'],
  ];
  for (const [text, why] of refused) {
    assert.equal(failure(text), `Process request error: parse request failed: ${why}`, text);
  }
  assert.equal(failure('null'), 'Process request error: the request body is null');
});

test('values become strings; blank ids count as absent; names are exact', () => {
  const request = parse(
    '{"action":"exec","requestId":12345678901234567890,"command":true,"userId":{"a":[1,"b"]},"process":4242,"sessionId":"","consumerId":"  ","Command":"x","session_id":"y"}',
  );
  assert.deepEqual(request, {
    action: 'exec',
    requestId: '12345678901234567890',
    sessionId: undefined,
    consumerId: undefined,
    command: 'true',
    execTimeout: 30_000,
    userId: '{"a":[1,"b"]}',
    process: '4242',
    compat: undefined,
  } satisfies ArthasRequest);
  assert.equal(parse('{"requestId":""}').requestId, '');
  assert.equal(parse('{"requestId":null}').requestId, undefined);
});

test('execTimeout', () => {
  const cases: [string, number][] = [
    ['250', 250],
    ['"250"', 250],
    ['" 250 "', 250],
    ['250.9', 250],
    ['"1e3"', 1000],
    ['2147483647', 2_147_483_647],
    ['0', 30_000],
    ['0.9', 30_000],
    ['-5', 30_000],
    ['null', 30_000],
    ['""', 30_000],
  ];
  for (const [text, ms] of cases) assert.equal(parse(`{"execTimeout":${text}}`).execTimeout, ms, text);
  for (const text of ['"abc"', '2147483648', 'true', '[]', '"0x10"', '"1 s"', '1e400']) {
    assert.match(
      failure(`{"execTimeout":${text}}`),
      /parse request failed: execTimeout must be a number/,
      text,
    );
  }
});

test('escapes and raw control characters in strings', () => {
  assert.equal(parse('{"command":"a\\u0041\\n\\"\\\\\\/\\t"}').command, 'aA\n"\\/\t');
  assert.equal(parse('{"command":"watch a\nb"}').command, 'watch a\nb');
  assert.equal(parse('{"command":"\u4f60\u{1f600}"}').command, '\u4f60\u{1f600}');
});

test('an action is trimmed and upper-cased', () => {
  assert.equal(normalAction(' async_Exec\n'), 'ASYNC_EXEC');
  assert.equal(normalAction('  '), undefined);
  assert.equal(normalAction(undefined), undefined);
});

test('nesting is bounded', () => {
  const deep = (levels: number) => `{"x":${'['.repeat(levels)}${']'.repeat(levels)}}`;
  assert.equal(parse(deep(60)).command, undefined);
  assert.match(failure(deep(100)), /nested deeper than 64/);
  assert.match(failure('['.repeat(1_000_000)), /nested deeper than 64/);
});

test('what JSON.parse accepts as an object is read the same', () => {
  const fields = fc.record(
    {
      action: fc.string(),
      requestId: fc.string(),
      command: fc.string({ unit: 'grapheme' }),
      other: fc.jsonValue(),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fields, (value) => {
      const request = parse(JSON.stringify(value));
      assert.equal(request.action, value.action);
      assert.equal(request.requestId, value.requestId);
      assert.equal(request.command, value.command);
    }),
    { seed: 20260101, numRuns: 5000 },
  );
});

test('100,000 generated bodies: an answer or a RemoraError, in time', () => {
  const piece = fc.constantFrom(
    ...'{}[]:,"\'\\/*\n\t 01-.eE'.split(''),
    'true',
    'null',
    '//',
    '\\u00',
    '"action"',
    '"execTimeout":',
    'x',
    '\u0000',
    '\ud800',
  );
  const text = fc.oneof(
    fc.array(piece, { maxLength: 40 }).map((parts) => parts.join('')),
    fc.array(piece, { maxLength: 12 }).map((parts) => `{"action":"exec"${parts.join('')}}`),
  );
  const start = performance.now();
  let accepted = 0;
  fc.assert(
    fc.property(text, (body) => {
      try {
        parse(body);
        accepted++;
      } catch (error) {
        assert.ok(error instanceof RemoraError, String(error));
      }
    }),
    { seed: 20260102, numRuns: 100_000 },
  );
  assert.ok(accepted > 100, `only ${accepted} were accepted: the generator is too wild to test anything`);
  assert.ok(performance.now() - start < 120_000);
});

test('10 MiB bodies are read in a moment', () => {
  const filler = 10 * 1024 * 1024 - 100;
  const bodies = [
    `{"command":"${'x'.repeat(filler)}"}`,
    `{"command":"${'\\n'.repeat(filler / 2)}"}`,
    `${' '.repeat(filler)}{}`,
    `${'\n'.repeat(filler)}!`,
    `{"x":[${'1,'.repeat(filler / 2)}]}`,
    '/*'.repeat(filler / 2),
    '"a"'.repeat(filler / 3),
  ];
  for (const body of bodies) {
    const start = ownCpuMilliseconds();
    try {
      parse(body);
    } catch (error) {
      assert.ok(error instanceof RemoraError);
    }
    assert.ok(ownCpuMilliseconds() - start < 5000, body.slice(0, 20));
  }
});
