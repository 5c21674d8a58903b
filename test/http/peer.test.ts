import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { createLog } from '../../src/base/index.js';
import { PeerFinder } from '../../src/http/peer.js';
import { readTables, TableQueue, type Tables } from '../../src/http/peerLookup.js';
import { encodeEndpoint } from '../../src/http/procNet.js';

/** A connection of this process to itself, and the table's line of its client's end. */
async function connection(t: TestContext) {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const client = connect(port, '127.0.0.1');
  const [socket] = await accepted;
  t.after(() => {
    client.destroy();
    socket.destroy();
    server.close();
  });
  const pair = {
    client: { address: '127.0.0.1', port: socket.remotePort ?? 0 },
    server: { address: '127.0.0.1', port },
  };
  const key = `: ${encodeEndpoint('127.0.0.1', pair.client.port)} ${encodeEndpoint('127.0.0.1', port)} `;
  return { pair, isItsLine: (line: string) => line.includes(key) };
}

/** Finds the peer where the n-th look gives the n-th change of the lines of /proc/net/tcp, the last one for ever. */
async function find(t: TestContext, changes: ((lines: string[], own: string) => string[])[]) {
  const { pair, isItsLine } = await connection(t);
  let looks = 0;
  const reader = async (rows: number): Promise<Tables> => {
    const tables = await readTables(rows);
    if ('fault' in tables) return tables;
    const lines = tables.tcp.split('\n');
    const own = lines.find(isItsLine) ?? '';
    assert.notEqual(own, '');
    const change = changes[Math.min(looks, changes.length - 1)];
    looks += 1;
    return { ...tables, tcp: (change?.(lines, own) ?? lines).join('\n') };
  };
  const finder = new PeerFinder(() => false, createLog({ level: 'silent' }), new TableQueue(reader));
  const { kind } = await finder.find(pair);
  return { kind, looks };
}

const asIs = (lines: string[]) => lines;
const without = (lines: string[], own: string) => lines.filter((line) => line !== own);
const twice = (lines: string[], own: string) => [...lines.slice(0, -1), own, ''];
/** As if another socket had the same ports: the inode stands before the count of references and the address. */
const withAnother = (lines: string[], own: string) => [
  ...lines.slice(0, -1),
  own.replace(/ (\d+)(?= \d+ [0-9a-f]{8,})/, ' 9$1'),
  '',
];

test('a row that the kernel left out is looked for again, a few times', async (t) => {
  assert.deepEqual(await find(t, [asIs]), { kind: 'uid', looks: 1 });
  assert.deepEqual(await find(t, [without, asIs]), { kind: 'uid', looks: 2 });
  assert.deepEqual(await find(t, [without]), { kind: 'unknown', looks: 3 });
});

test('a row that the kernel gave twice is one; two that differ are nobody', async (t) => {
  assert.deepEqual(await find(t, [twice]), { kind: 'uid', looks: 1 });
  assert.deepEqual(await find(t, [withAnother]), { kind: 'unknown', looks: 1 });
});
