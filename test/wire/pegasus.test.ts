import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RemoraError } from '../../src/base/index.js';
import {
  isBadPegasusTarget,
  parsePegasusPath,
  parsePegasusQuery,
  parsePegasusTarget,
  pegasusAlias,
  pegasusDouble,
  pegasusUnknownPath,
  printPegasusTables,
} from '../../src/wire/index.js';

const PREFIX = 'failed to parse request: ERR_INVALID_PARAMETERS: ';
const PARTIAL = `${PREFIX}Encountered partial escape sequence at end of string`;
const noHex = (rest: string): string =>
  `${PREFIX}The characters ${rest} do not form a hex value. Please escape it or pass a valid hex value`;

function textOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    assert.ok(error instanceof RemoraError && isBadPegasusTarget(error));
    return error.message;
  }
  return assert.fail('it did not throw');
}

function query(text: string): Record<string, string> {
  return Object.fromEntries(parsePegasusQuery(text));
}

test('paths are brought into their normal form (sections 1.4 and 9)', () => {
  const normal: Record<string, string> = {
    'http://h:1': '',
    '/': '',
    '///': '',
    '': '',
    '/threads/': 'threads',
    '//pprof///heap': 'pprof/heap',
    '//pprof///heap/': 'pprof/heap',
    '/pprof///heap///arg/': 'pprof/heap/arg',
    '/meta%2Fapps': 'meta/apps',
    '//meta///apps/': 'meta/apps',
    'http://h:34601/meta/apps': 'meta/apps',
    '/meta/apps#part': 'meta/apps',
    '/meta/a+b': 'meta/a+b',
    '/META/apps': 'META/apps',
    '/%EB%B2%95': '법',
    '/%21%23%24%26%27%28%29%2A%2B%2C%3A%3B%3D%3F%40%5B%5D': "!#$&'()*+,:;=?@[]",
  };
  for (const [path, expected] of Object.entries(normal)) assert.equal(parsePegasusPath(path), expected, path);
  assert.equal(parsePegasusPath(`/${'x'.repeat(4096)}`).length, 4096);
  assert.equal(parsePegasusPath(Buffer.from('/법').toString('latin1')), '법');
});

test('broken escapes in a path', () => {
  assert.equal(
    textOf(() => parsePegasusPath('/meta/%')),
    PARTIAL,
  );
  assert.equal(
    textOf(() => parsePegasusPath('/meta/%2')),
    noHex('2'),
  );
  assert.equal(
    textOf(() => parsePegasusPath('/%zz/apps')),
    noHex('zz/apps'),
  );
  assert.equal(
    textOf(() => parsePegasusPath('/%2g')),
    noHex('2g'),
  );
});

test('queries (sections 1.5 and 9)', () => {
  assert.deepEqual(query('query1'), { query1: '' });
  assert.deepEqual(query('query1='), { query1: '' });
  assert.deepEqual(query('='), { '': '' });
  assert.deepEqual(query(''), {});
  assert.deepEqual(query('query1=value1&query2'), { query1: 'value1', query2: '' });
  assert.deepEqual(query('a=1&b=2'), { a: '1', b: '2' });
  assert.deepEqual(query('a=b=c'), { a: 'b=c' });
  assert.deepEqual(query('a=x%26b=y'), { a: 'x', b: 'y' });
  assert.deepEqual(query('a=1+2'), { a: '1+2' });
  assert.deepEqual(query('&&'), { '': '' }, 'the first generation keeps empty pieces');
  assert.deepEqual(query('Detail&detail'), { Detail: '', detail: '' });
  assert.deepEqual(query('detail=1&detail'), { detail: '1' });
  assert.deepEqual(
    query('__proto__=1&constructor'),
    Object.fromEntries([
      ['__proto__', '1'],
      ['constructor', ''],
    ]),
  );
  assert.deepEqual(query('name=collector*app.pegasus*app.stat.read_qps%23_all_'), {
    name: 'collector*app.pegasus*app.stat.read_qps#_all_',
  });
  assert.deepEqual(query('a=%21%23%24%27%28%29%2A%2B%2C%2F%3A%3B%3D%3F%40%5B%5D'), {
    a: "!#$'()*+,/:;=?@[]",
  });
});

test('faults in a query', () => {
  assert.equal(
    textOf(() => query('detail&detail=1')),
    `${PREFIX}duplicate parameter: detail`,
  );
  assert.equal(
    textOf(() => query('a=1&a=1')),
    `${PREFIX}duplicate parameter: a`,
  );
  assert.equal(
    textOf(() => query('%')),
    PARTIAL,
  );
  assert.equal(
    textOf(() => query('%2')),
    PARTIAL,
  );
  assert.equal(
    textOf(() => query('a=%')),
    PARTIAL,
  );
  assert.equal(
    textOf(() => query('%%%')),
    noHex('%%'),
  );
  assert.equal(
    textOf(() => query('%2%')),
    noHex('2%'),
  );
  assert.equal(
    textOf(() => query('%G0')),
    noHex('G0'),
  );
  assert.equal(
    textOf(() => query('%0G')),
    noHex('0G'),
  );
  assert.equal(
    textOf(() => query('a=%zz&b=1')),
    noHex('zz&b=1'),
  );
});

test('a fragment is dropped, with the question mark in it', () => {
  assert.deepEqual(parsePegasusTarget('/meta/app', 'name=a#b'), {
    path: 'meta/app',
    parameters: new Map([['name', 'a']]),
  });
  assert.deepEqual(parsePegasusTarget('/meta/apps#a', 'detail'), {
    path: 'meta/apps',
    parameters: new Map(),
  });
});

test('aliases find registered paths, and the rest of a folder', () => {
  const alias = pegasusAlias(new Set(['/meta/apps', '/']), { folder: 'meta', unknown: '/meta/' });
  assert.equal(alias('//meta///apps/'), '/meta/apps');
  assert.equal(alias('/meta%2Fapps'), '/meta/apps');
  assert.equal(alias('/m%65ta/foo'), '/meta/');
  assert.equal(alias('/meta'), '/meta/');
  assert.equal(alias('/meta/%zz'), '/meta/');
  assert.equal(alias('//meta/%'), '/meta/');
  assert.equal(alias('/metaphor'), undefined);
  assert.equal(alias('/pprof/%'), undefined);
  assert.equal(alias('///'), '/');
  assert.equal(pegasusAlias(new Set(['/meta/apps']))('/meta/foo'), undefined);
  assert.equal(pegasusUnknownPath('meta/foo'), 'service not found for "meta/foo"');
});

test('the table printer (sections 2 and 9)', () => {
  assert.equal(printPegasusTables([]), '{}\n');
  assert.equal(printPegasusTables([{ name: 'gone', pairs: [] }]), '{}\n');
  assert.equal(printPegasusTables([{ pairs: [['row1', pegasusDouble(1.234)]] }]), '{"row1":"1.23"}\n');
  assert.equal(
    printPegasusTables([
      {
        name: 'tp1',
        pairs: [
          ['row0', 0],
          ['row1', true],
        ],
      },
      {
        name: 'tp2',
        title: 'multi_columns_test',
        columns: ['col0', 'col1'],
        rows: [
          ['row0', 'data00', 1],
          ['row1', 'data10', 2n],
        ],
      },
      { name: 'tp3', title: 't', columns: ['c'], rows: [] },
    ]),
    '{"tp1":{"row0":"0","row1":"true"},' +
      '"tp2":{"row0":{"multi_columns_test":"row0","col0":"data00","col1":"1"},' +
      '"row1":{"multi_columns_test":"row1","col0":"data10","col1":"2"}},"tp3":{}}\n',
  );
  assert.equal(
    printPegasusTables([{ pairs: [['a"\\\b\f\n\r\t\x01\x1f/\x7fé', '']] }]),
    '{"a\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001F/\x7fé":""}\n',
  );
  assert.throws(() => printPegasusTables([{ title: 't', columns: ['c'], rows: [['row']] }]), /0 cells for 1/);
});

test('doubles', () => {
  const printed: [number, string][] = [
    [0, '0.00'],
    [0.67, '0.67'],
    [2 / 3, '0.67'],
    [-0.0000001, '0.00'],
    [-1.5, '-1.50'],
    [1e21, '1000000000000000000000.00'],
    [12345678.9, '12345678.90'],
  ];
  for (const [value, text] of printed) assert.equal(pegasusDouble(value), text);
});

test('any target parses or fails with the protocol’s text', () => {
  const piece = fc.oneof(
    fc.constantFrom('%', '&', '=', '/', '#', '%2', '%zz', '%26', '%2F', '+', '?'),
    fc.string(),
  );
  const text = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''));
  fc.assert(
    fc.property(text, text, (path, search) => {
      try {
        const target = parsePegasusTarget(path, search);
        assert.ok(!target.path.startsWith('/') && !target.path.endsWith('/') && !target.path.includes('//'));
      } catch (error) {
        assert.ok(
          error instanceof RemoraError && isBadPegasusTarget(error) && error.message.startsWith(PREFIX),
        );
      }
    }),
    { seed: 20261122, numRuns: 20_000 },
  );
});

test('what is printed is JSON of strings that reads back as it was put in', () => {
  const name = fc.string({ unit: 'binary' });
  fc.assert(
    fc.property(fc.uniqueArray(fc.tuple(name, name), { selector: ([key]) => key }), (pairs) => {
      const text = printPegasusTables([{ pairs }]);
      assert.ok(text.endsWith('}\n'));
      assert.deepEqual(JSON.parse(text), Object.fromEntries(pairs));
    }),
    { seed: 20261122, numRuns: 5_000 },
  );
});
