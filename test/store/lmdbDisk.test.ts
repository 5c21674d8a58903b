import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RootDatabase } from 'lmdb';
import { type EmbeddedStore, jsonCodec, openLmdbStore } from '../../src/store/index.js';
import { Engine, type Tree } from '../../src/store/lmdb/engine.js';
import { limit } from '../http/support.js';
import { all, code } from './conformance/support.js';
import { StoreProcess, storeProgram } from './support/storeProcess.js';

const things = { name: 'things', kind: 'state', partitions: 4 } as const;
const events = { name: 'events', kind: 'log', partitions: 3 } as const;
const text = jsonCodec<string>();

describe('the embedded store and its disk', () => {
  let parent = '';
  let folders = 0;
  before(() => {
    parent = mkdtempSync(join(tmpdir(), 'remora-disk-'));
  });
  after(() => rmSync(parent, { recursive: true, force: true }));
  const newFolder = (): string => join(parent, `data-${folders++}`);
  const open = (folder: string): Promise<EmbeddedStore> =>
    openLmdbStore({ folder, address: '127.0.0.1:34601' });

  it('an acknowledgement comes after the disk has the data and the page that makes it valid', {
    skip: noStrace(),
  }, () => {
    const folder = newFolder();
    const trace = join(parent, 'trace');
    const calls = 'trace=pwrite64,pwritev,fdatasync,fsync,write,openat';
    execFileSync('strace', ['-f', '-e', calls, '-o', trace, process.execPath, storeProgram, 'two', folder], {
      stdio: 'ignore',
    });
    const lines = readFileSync(trace, 'utf8').split('\n');
    const synced = lines.find((line) => /tables\.mdb".*O_DSYNC/.test(line));
    const meta = /= (\d+)$/.exec(synced ?? '')?.[1];
    assert.ok(meta, 'the page that makes a commit valid is written through');
    const at = (pattern: RegExp, from: number): number =>
      lines.findIndex((line, index) => index > from && pattern.test(line));
    let from = at(/write\(1, "ACK start/, -1);
    for (const key of ['one', 'two']) {
      const ack = at(new RegExp(`write\\(1, "ACK ${key}`), from);
      const data = at(/pwrite(64|v)\(/, from);
      const sync = at(/fdatasync\(\d+\)\s+= 0|fdatasync resumed.*= 0/, data);
      const valid = at(new RegExp(`pwrite64\\(${meta},`), sync);
      assert.ok(
        from < data && data < sync && sync < valid && valid < ack,
        `${from} ${data} ${sync} ${valid} ${ack}`,
      );
      from = ack;
    }
  });

  it('an operation that throws takes what it staged along, and nothing of the others', async () => {
    const store = new Map<string, string>();
    const tree = {
      put: (key: Buffer, value: Buffer) => void store.set(key.toString(), value.toString()),
      remove: (key: Buffer) => void store.delete(key.toString()),
      getBinary: (key: Buffer) =>
        store.has(key.toString()) ? Buffer.from(store.get(key.toString()) ?? '') : undefined,
    } as unknown as Tree;
    const root = {
      resetReadTxn: () => {},
      batch: async (write: () => void) => {
        write();
        return true;
      },
    } as unknown as RootDatabase<Buffer, Buffer>;
    const engine = new Engine(root, '/nowhere', undefined);
    const published: string[] = [];
    const write = (name: string, keys: readonly string[], fault?: string): Promise<void> =>
      engine.submit(1, (batch) => {
        for (const key of keys) batch.put(tree, Buffer.from(key), Buffer.from(name));
        batch.after(() => published.push(name));
        if (fault) throw new RangeError(fault);
      });
    const outcomes = await Promise.allSettled([
      write('one', ['a', 'b']),
      write('two', ['b', 'c', 'b'], 'no'),
      write('three', ['c']),
      write('four', ['c', 'd'], 'no'),
    ]);
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled', 'rejected'],
    );
    assert.deepEqual(Object.fromEntries(store), { a: 'one', b: 'one', c: 'three' });
    assert.deepEqual(published, ['one', 'three']);
  });

  it('writers that outrun the disk are refused, not kept for ever', async (t) => {
    limit(t, 'store-pending-writes', 20);
    const store = await open(newFolder());
    const table = await store.state(things, text);
    const outcomes = await Promise.allSettled(Array.from({ length: 100 }, (_, n) => table.put(`k${n}`, 'x')));
    const refused = outcomes.flatMap((outcome) =>
      outcome.status === 'rejected' ? [outcome.reason as unknown] : [],
    );
    assert.ok(refused.length >= 50 && refused.length <= 80, `${refused.length} refused`);
    for (const error of refused) code('store-busy')(error);
    assert.equal(await table.count(), 100 - refused.length);
    limit(t, 'store-pending-bytes', 1000);
    const big = await Promise.allSettled(
      Array.from({ length: 10 }, (_, n) => table.put(`big${n}`, 'x'.repeat(600))),
    );
    assert.equal(big.filter(({ status }) => status === 'fulfilled').length, 1);
    await store.close();
  });

  it('scans that are not read on are ended, and only so many are open', async (t) => {
    limit(t, 'store-scan-seconds', 0.3);
    limit(t, 'store-open-scans', 5);
    const store = await open(newFolder());
    const table = await store.state(things, text);
    const log = await store.log(events, text);
    await Promise.all(
      Array.from({ length: 300 }, (_, n) => Promise.all([table.put(`k${n}`, 'x'), log.append('k', 'x')])),
    );
    const scans = [table.scan(), table.scan(), log.read(), log.read()].map((each) =>
      each[Symbol.asyncIterator](),
    );
    for (const scan of scans) await scan.next();
    const abort = new AbortController();
    const watch = table.watch({ snapshot: true, signal: abort.signal });
    await assert.rejects(all(table.scan()), code('too-many-scans'));
    assert.throws(() => table.watch({ snapshot: true, signal: abort.signal }), code('too-many-scans'));
    await sleep(400);
    for (const scan of scans) {
      await assert.rejects(async () => {
        while (!(await scan.next()).done) {}
      }, code('scan-too-slow'));
    }
    assert.deepEqual(
      (await all(watch)).map(({ type }) => type),
      ['lost'],
    );
    assert.equal((await all(table.scan())).length, 300);
    await store.close();
  });

  it('a file that is written over and over does not grow', async () => {
    const folder = newFolder();
    const store = await open(folder);
    const table = await store.state(things, text);
    const round = (value: string): Promise<unknown> =>
      Promise.all(Array.from({ length: 500 }, (_, n) => table.put(`k${n}`, value.repeat(300))));
    for (let n = 0; n < 10; n++) await round('a');
    const before = statSync(join(folder, 'tables.mdb')).size;
    for (let n = 0; n < 60; n++) await round('b');
    const after = statSync(join(folder, 'tables.mdb')).size;
    assert.ok(after <= before * 1.5, `${before} bytes became ${after}`);
    await store.close();
  });

  it('a full disk refuses writes, goes on reading, loses nothing, and recovers', {
    skip: noMount(),
  }, async () => {
    const mount = join(parent, 'small');
    mkdirSync(mount, { mode: 0o700 });
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m,mode=0700', 'tmpfs', mount]);
    try {
      const folder = join(mount, 'data');
      const writer = new StoreProcess('fill', folder);
      await writer.line(/^open$/);
      writer.say('fill');
      const [, acknowledged = '0', errorCode] = (await writer.line(/^full/)).split(' ');
      assert.equal(errorCode, 'store-full');
      assert.ok(Number(acknowledged) > 50);
      writer.say('read');
      const [, good = '0', first] = (await writer.line(/^read/)).split(' ');
      assert.ok(Number(good) >= Number(acknowledged), `${good} of ${acknowledged}`);
      assert.equal(first, 'true');

      // Still full after a restart: it opens, and reads.
      writer.say('fill');
      assert.match(await writer.line(/^full/), /store-full/);
      await writer.kill();
      writeFileSync(join(mount, 'ballast'), Buffer.alloc(fillable(mount)));
      const again = new StoreProcess('fill', folder);
      await again.line(/^open$/);
      again.say('read');
      assert.ok(Number((await again.line(/^read/)).split(' ')[1]) >= Number(acknowledged));
      again.say('fill');
      assert.match(await again.line(/^full/), /store-full/);

      rmSync(join(mount, 'ballast'));
      execFileSync('mount', ['-o', 'remount,size=32m', mount]);
      again.say('put');
      assert.equal(await again.line(/^put/), 'put ok');
      again.say('read');
      assert.ok(Number((await again.line(/^read/)).split(' ')[1]) >= Number(acknowledged));
      again.say('close');
      await again.line(/^closed/);
      assert.ok(statSync(folder).isDirectory());
    } finally {
      execFileSync('umount', ['-l', mount]);
    }
  });

  // No file system here can be made to hold writes back and leave the rest of the process alone.
  it('a disk that does not answer is reported, and used again when it does', async (t) => {
    limit(t, 'store-commit-ms', 100);
    const answers: { readonly resolve: (done: boolean) => void; readonly reject: (error: Error) => void }[] =
      [];
    const written: string[] = [];
    const tree = {
      put: (key: Buffer) => written.push(key.toString()),
      getBinary: () => undefined,
    } as unknown as Tree;
    const root = {
      resetReadTxn: () => {},
      batch: (write: () => void) => {
        write();
        return new Promise<boolean>((resolve, reject) => answers.push({ resolve, reject }));
      },
    } as unknown as RootDatabase<Buffer, Buffer>;
    const engine = new Engine(root, '/nowhere', undefined);
    const published: string[] = [];
    const put = (key: string): Promise<void> =>
      engine.submit(1, (batch) => {
        batch.put(tree, Buffer.from(key), Buffer.from('value'));
        batch.after(() => published.push(key));
      });
    const first = put('first');
    await sleep(20);
    const [one, two] = await Promise.allSettled([first, put('queued')]);
    for (const outcome of [one, two]) {
      assert.ok(outcome.status === 'rejected');
      code('store-stalled')(outcome.reason);
    }
    await assert.rejects(put('refused'), code('store-stalled'));
    assert.deepEqual([written, published], [['first'], []]);
    answers.shift()?.resolve(true);
    await sleep(5);
    assert.deepEqual(published, ['first'], 'watchers hear what became of it');
    const third = put('third');
    await sleep(5);
    answers.shift()?.resolve(true);
    await third;
    const fourth = assert.rejects(put('fourth'), code('store-failed'));
    await sleep(5);
    answers.shift()?.reject(new Error('Input/output error'));
    await fourth;
    assert.deepEqual(
      [written, published],
      [
        ['first', 'third', 'fourth'],
        ['first', 'third'],
      ],
    );
  });
});

function noStrace(): string | false {
  return spawnSync('strace', ['-V']).status === 0 ? false : 'strace is missing';
}

/** Bytes that a file may have on a nearly full file system. */
function fillable(folder: string): number {
  const [, line = ''] = execFileSync('df', ['-B1', '--output=avail', folder], { encoding: 'utf8' }).split(
    '\n',
  );
  return Number(line.trim());
}

function noMount(): string | false {
  try {
    const probe = mkdtempSync(join(tmpdir(), 'remora-mount-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', probe], { stdio: 'ignore' });
    execFileSync('umount', [probe], { stdio: 'ignore' });
    rmSync(probe, { recursive: true });
    return false;
  } catch {
    return 'mounting a small file system needs root';
  }
}
