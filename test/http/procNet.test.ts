import assert from 'node:assert/strict';
import { endianness } from 'node:os';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  encodeEndpoint,
  expandIPv6,
  findListeners,
  findPair,
  isLoopback,
  parseTcpRow,
  unmapped,
} from '../../src/http/procNet.js';

const port = fc.integer({ min: 0, max: 65_535 });
const v4 = fc.ipV4();
const v6 = fc.ipV6();

function line(from: string, to: string, state: string, uid: number, inode: number): string {
  return `   3: ${from} ${to} ${state} 00000000:00000000 00:00000000 00000000 ${String(uid).padStart(5)}        0 ${inode} 1 00000000e632d8ce 100 0 0 10 0`;
}

test('a row that the kernel prints is read field by field', { skip: endianness() !== 'LE' }, () => {
  const row = parseTcpRow(
    '   0: 0100007F:2173 0100007F:C350 01 00000000:00000000 00:00000000 00000000  1000        0 1589 1 00000000e632d8ce 100 0 0 10 0',
  );
  assert.deepEqual(row, {
    local: { address: '127.0.0.1', port: 8563 },
    remote: { address: '127.0.0.1', port: 50_000 },
    state: 1,
    uid: 1000,
    inode: 1589,
  });
  const six = parseTcpRow(
    '   0: 00000000000000000000000001000000:2173 0000000000000000FFFF00000100007F:C350 0A 00000000:00000000 00:00000000 00000000     0        0 7 1 0',
  );
  assert.equal(six?.local.address, '0:0:0:0:0:0:0:1');
  assert.equal(unmapped(six?.remote.address ?? ''), '127.0.0.1');
});

test('whatever address and port are encoded, the row gives them back and the search finds exactly them', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.tuple(v4, v4), fc.tuple(v6, v6)),
      port,
      port,
      fc.nat(70_000),
      fc.nat(),
      ([from, to], fromPort, toPort, uid, inode) => {
        const a = encodeEndpoint(from, fromPort);
        const b = encodeEndpoint(to, toPort);
        assert.ok(a && b);
        const text = `  sl  local_address rem_address   st\n${line(b, a, '01', 1, 1)}\n${line(a, b, '01', uid, inode)}\n`;
        const rows = findPair(text, { address: from, port: fromPort }, { address: to, port: toPort });
        const expected = a === b ? 2 : 1;
        assert.equal(rows.length, expected);
        const row = rows.at(-1);
        assert.equal(row?.uid, uid);
        assert.equal(row?.inode, inode);
        assert.equal(row?.local.address, expandIPv6(from) ?? from);
        assert.equal(row?.local.port, fromPort);
        assert.equal(row?.remote.port, toPort);
      },
    ),
    { numRuns: 300 },
  );
});

test('any text is a row or none, without an exception, and a row has sane numbers', () => {
  const shaped = fc
    .tuple(fc.string({ maxLength: 40 }), fc.nat(400), fc.string({ maxLength: 5 }))
    .map(([junk, at, more]) => {
      const good = line('0100007F:2173', '0100007F:C350', '01', 1000, 5);
      return good.slice(0, at) + junk + good.slice(at + more.length);
    });
  fc.assert(
    fc.property(fc.oneof(fc.string({ maxLength: 300 }), shaped), (text) => {
      const row = parseTcpRow(text);
      if (!row) return;
      assert.ok(Number.isInteger(row.uid) && row.uid >= 0);
      assert.ok(Number.isInteger(row.inode) && row.inode >= 0);
      assert.ok(row.state >= 0 && row.state <= 255);
      assert.ok(row.local.port >= 0 && row.local.port <= 65_535);
    }),
    { numRuns: 500 },
  );
});

test('listeners are rows in state 0A, on one port where asked', () => {
  const own = encodeEndpoint('0.0.0.0', 80) ?? '';
  const other = encodeEndpoint('127.0.0.1', 81) ?? '';
  const none = encodeEndpoint('0.0.0.0', 0) ?? '';
  const text = [
    line(own, none, '0A', 0, 1),
    line(other, none, '0A', 0, 2),
    line(own, other, '01', 0, 3),
  ].join('\n');
  assert.deepEqual(
    findListeners(text).map(({ inode }) => inode),
    [1, 2],
  );
  assert.deepEqual(
    findListeners(text, 80).map(({ inode }) => inode),
    [1],
  );
});

test('IPv6 in any spelling expands to one text', () => {
  for (const text of ['::1', '0:0:0:0:0:0:0:1', '0000::0001', '::0.0.0.1', '::1%lo']) {
    assert.equal(expandIPv6(text), '0:0:0:0:0:0:0:1', text);
  }
  assert.equal(expandIPv6('127.0.0.1'), undefined);
  assert.equal(expandIPv6('nonsense'), undefined);
  fc.assert(
    fc.property(v6, (text) => {
      const full = expandIPv6(text);
      assert.equal(full?.split(':').length, 8);
      assert.equal(expandIPv6(full ?? ''), full);
    }),
  );
});

test('loopback is 127/8, ::1 and the mapped form, nothing else', () => {
  for (const yes of ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1']) assert.ok(isLoopback(yes), yes);
  for (const no of ['0.0.0.0', '::', '10.0.0.1', '::ffff:10.0.0.1', '128.0.0.1', 'localhost', '127.evil']) {
    assert.ok(!isLoopback(no), no);
  }
});
