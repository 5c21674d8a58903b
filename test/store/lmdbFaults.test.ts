import assert from 'node:assert/strict';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { type EmbeddedStore, jsonCodec, openLmdbStore } from '../../src/store/index.js';
import { all, code } from './conformance/support.js';
import { StoreProcess } from './support/storeProcess.js';

const things = { name: 'things', kind: 'state', partitions: 4 } as const;
const events = { name: 'events', kind: 'log', partitions: 3 } as const;
const text = jsonCodec<string>();

describe('faults of the embedded store', () => {
  let parent = '';
  let folders = 0;
  before(() => {
    parent = mkdtempSync(join(tmpdir(), 'remora-faults-'));
  });
  after(() => rmSync(parent, { recursive: true, force: true }));
  const newFolder = (): string => join(parent, `data-${folders++}`);
  const open = (folder: string): Promise<EmbeddedStore> =>
    openLmdbStore({ folder, address: '127.0.0.1:34601' });

  it('kill -9 in the middle of writing loses nothing that was acknowledged', async (t) => {
    const folder = newFolder();
    let acknowledged = 0;
    for (let round = 0; round < 5; round++) {
      const writer = new StoreProcess('write', folder, `r${round}`);
      await writer.line(/^open$/);
      await sleep(150 + round * 70);
      await writer.kill();
      const store = await open(folder);
      const table = await store.state(things, text);
      const log = await store.log(events, text);
      const records = new Map(
        (await all(log.read())).map((each) => [`${each.partition} ${each.sequence}`, each]),
      );
      let lost = 0;
      for (const line of writer.lines) {
        const [what, ...words] = line.split(' ');
        const key = (what === 'log' ? words[2] : words[0]) ?? '';
        acknowledged++;
        if (what === 'put') {
          const entry = await table.get(key);
          if (entry?.value !== key.padEnd(200, '.') || entry.revision !== Number(words[1])) lost++;
        } else if (what === 'gone') {
          if (await table.get(key)) lost++;
        } else {
          const record = records.get(`${words[0]} ${words[1]}`);
          if (record?.key !== key || record.value !== key.padEnd(200, '.')) lost++;
        }
      }
      assert.ok(writer.lines.length > 50, `only ${writer.lines.length} acknowledged in round ${round}`);
      assert.equal(lost, 0, `of ${writer.lines.length} acknowledged in round ${round}`);
      const revision = await table.put('after', 'x');
      assert.ok(revision > 0);
      await store.close();
    }
    t.diagnostic(`0 of ${acknowledged} acknowledged writes lost`);
  });

  it('a second process is told who has the folder; a dead one is no hindrance', async () => {
    const folder = newFolder();
    const first = new StoreProcess('open', folder);
    await first.line(/^open$/);
    await assert.rejects(
      open(folder),
      code('store-in-use', ({ message, hint }) => {
        assert.match(message, new RegExp(`remora, pid ${first.child.pid}, since 20`));
        assert.match(hint, /Stop that process/);
      }),
    );
    const second = new StoreProcess('open', folder);
    assert.match(await second.line(/^failed/), /^failed store-in-use .*pid \d+/);
    first.child.kill('SIGSTOP');
    await assert.rejects(
      open(folder),
      code('store-in-use', ({ message }) =>
        assert.match(message, new RegExp(`pid ${first.child.pid}, which does not answer`)),
      ),
    );
    await first.kill();
    const store = await open(folder);
    await assert.rejects(open(folder), code('store-in-use'));
    await store.close();
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.startsWith('owner-')),
      [],
    );
  });

  it('of many that start at once one gets the folder at most', async () => {
    const folder = newFolder();
    await (await open(folder)).close();
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => open(folder)));
    const stores = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    for (const outcome of outcomes) if (outcome.status === 'rejected') code('store-in-use')(outcome.reason);
    assert.ok(stores.length <= 1, `${stores.length} got it`);
    for (const store of stores) await store.close();
    await (await open(folder)).close();
  });

  it('folders and files that are not ours', async () => {
    const foreign = newFolder();
    mkdirSync(foreign, { mode: 0o700 });
    writeFileSync(join(foreign, 'thesis.txt'), 'years of work');
    await assert.rejects(
      open(foreign),
      code('not-a-store', ({ message }) => assert.match(message, /thesis\.txt/)),
    );
    assert.equal(readFileSync(join(foreign, 'thesis.txt'), 'utf8'), 'years of work');

    const open0755 = newFolder();
    mkdirSync(open0755, { mode: 0o755 });
    await assert.rejects(open(open0755), code('unsafe-folder'));

    const newer = newFolder();
    mkdirSync(newer, { mode: 0o700 });
    writeFileSync(join(newer, 'store.json'), '{"format": 99}');
    await assert.rejects(open(newer), code('newer-store'));
    for (const mark of ['', '{', 'null', '{"format":"x"}']) {
      writeFileSync(join(newer, 'store.json'), mark);
      await assert.rejects(open(newer), code('store-corrupt'), mark);
    }
    const file = join(parent, 'a-file');
    writeFileSync(file, '');
    await assert.rejects(open(join(file, 'data')), code('folder-failed'));
  });

  it('damaged files are named, and other keys go on', async () => {
    const folder = newFolder();
    const store = await open(folder);
    const table = await store.state(things, text);
    for (let n = 0; n < 300; n++) await table.put(`k${n}`, `value-${n}-`.padEnd(300, '#'));
    await store.close();
    const data = join(folder, 'tables.mdb');
    const whole = join(parent, 'whole.mdb');
    copyFileSync(data, whole);

    writeFileSync(data, 'this is no data file at all'.repeat(1000));
    await assert.rejects(open(folder), code('store-corrupt'));
    copyFileSync(whole, data);
    truncateSync(data, 5000);
    await assert.rejects(open(folder), code('store-corrupt'));
    for (const bytes of [9000, 20_000]) {
      copyFileSync(whole, data);
      truncateSync(data, bytes);
      await assert.rejects(
        open(folder),
        code('store-corrupt', ({ message }) => assert.match(message, /its end is missing/)),
      );
    }

    const bytes = readFileSync(whole);
    for (let at = bytes.indexOf('value-77-'); at >= 0; at = bytes.indexOf('value-77-', at + 1))
      bytes[at] = 0x58;
    writeFileSync(data, bytes);
    const damaged = await open(folder);
    const again = await damaged.state(things, text);
    await assert.rejects(
      again.get('k77'),
      code('corrupt-record', ({ message }) => assert.match(message, /"k77".*checksum/)),
    );
    await assert.rejects(all(again.scan()), code('corrupt-record'));
    assert.equal((await again.get('k78'))?.value, 'value-78-'.padEnd(300, '#'));
    await again.put('k77', 'anew');
    assert.equal((await again.get('k77'))?.value, 'anew');
    assert.equal((await all(again.scan())).length, 300);
    await damaged.close();
  });

  it('damage anywhere in the file: the data, or an error; never other data, and no crash', async (t) => {
    const folder = newFolder();
    const store = await open(folder);
    const table = await store.state(things, text);
    for (let round = 0; round < 3; round++) {
      await Promise.all(Array.from({ length: 400 }, (_, n) => table.put(`k${n}`, `k${n}-`.padEnd(200, '#'))));
    }
    await store.close();
    const data = join(folder, 'tables.mdb');
    const whole = readFileSync(data);
    const pages = whole.length / 4096;
    const met = new Map<string, number>();
    const damage = fc.tuple(
      fc.constantFrom('bits', 'zeros', 'noise'),
      fc.nat(),
      fc.uint8Array({ minLength: 64, maxLength: 64 }),
    );
    for (const [kind, at, noise] of fc.sample(damage, { seed: 20261122, numRuns: 18 })) {
      const bytes = Buffer.from(whole);
      const page = (at % pages) * 4096;
      if (kind === 'zeros') bytes.fill(0, page, page + 4096);
      else if (kind === 'noise') bytes.fill(noise, page, page + 4096);
      else for (const part of noise) bytes[(at + part * 2053) % bytes.length] = part;
      writeFileSync(data, bytes);
      const looker = new StoreProcess('look', folder);
      const [code] = (await looker.exited) as [number | null];
      assert.equal(code, 0, `${kind} at page ${page / 4096}: ${looker.child.signalCode}`);
      const [, wrong, codes = ''] = (await looker.line(/^looked/)).split(' ');
      assert.equal(wrong, '0', `${kind} at page ${page / 4096}`);
      assert.ok(!codes.includes('??'), codes);
      met.set(codes || 'nothing', (met.get(codes || 'nothing') ?? 0) + 1);
    }
    t.diagnostic(`what readers met: ${[...met].map(([codes, count]) => `${codes} ${count}x`).join('; ')}`);
    assert.ok(met.size > 1, 'some damage was met');
  });
});
