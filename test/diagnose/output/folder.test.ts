/** The agent's output folder on a real disk: names, limits, links, full disks, and what is left after each fault. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { RemoraError } from '../../../src/base/index.js';
import { OutputFolder } from '../../../src/diagnose/index.js';
import { isOutputName, numberedName, outputNameOf } from '../../../src/diagnose/output/outputName.js';
import { limit, scratch } from '../../http/support.js';
import { projectRoot } from '../../support/index.js';

function folderOf(t: TestContext): { folder: OutputFolder; place: string } {
  const place = join(scratch(t), 'output');
  return { folder: new OutputFolder(() => place), place };
}

const code = (wanted: string) => (error: unknown) => error instanceof RemoraError && error.code === wanted;

/** Every file of the folder, unfinished ones too. */
function filesIn(place: string): string[] {
  return ['read', 'observe', 'change'].flatMap((risk) => readdirSync(join(place, risk)));
}

test('a file is written in pieces, has its name when it is closed, and belongs to nobody else', async (t) => {
  const { folder, place } = folderOf(t);
  const file = await folder.create('dump.txt', { risk: 'change' });
  const first = file.write('one ');
  const second = file.write(Buffer.from('two'));
  await Promise.all([first, second]);
  assert.deepEqual(await folder.list(), [], 'unfinished ones are not shown');
  await file.close();
  await file.close();
  await file.abort();
  assert.equal(file.bytes, 7);
  assert.equal(file.url, '/arthas-output/dump.txt');
  assert.equal(file.path, join(place, 'change', 'dump.txt'));
  assert.equal(readFileSync(file.path, 'utf8'), 'one two');
  assert.equal(statSync(file.path).mode & 0o777, 0o600);
  assert.equal(statSync(join(place, 'change')).mode & 0o777, 0o700);
  const [entry] = await folder.list();
  assert.deepEqual([entry?.name, entry?.bytes, entry?.risk], ['dump.txt', 7, 'change']);
  assert.deepEqual(filesIn(place), ['dump.txt']);
});

test('what is given up leaves nothing, and who closes it is told', async (t) => {
  const { folder, place } = folderOf(t);
  const file = await folder.create('gone.txt');
  await file.write('something');
  await file.abort();
  assert.deepEqual(filesIn(place), []);
  await assert.rejects(file.close(), code('output-aborted'));
  await assert.rejects(file.write('more'), code('output-aborted'));
  await (await folder.create('gone.txt')).close();
});

test('a taken name is refused, numbered or replaced, whatever risk the old file has', async (t) => {
  const { folder, place } = folderOf(t);
  const write = async (text: string, options: Parameters<OutputFolder['create']>[1]) => {
    const file = await folder.create('a.txt', options);
    await file.write(text);
    await file.close();
    return file.name;
  };
  await write('1', { risk: 'change' });
  await assert.rejects(folder.create('a.txt', { risk: 'read' }), code('output-taken'));
  assert.equal(await write('2', { whenTaken: 'number' }), 'a-2.txt');
  assert.equal(await write('3', { whenTaken: 'number' }), 'a-3.txt');
  assert.equal(await write('4', { whenTaken: 'replace', risk: 'observe' }), 'a.txt');
  assert.deepEqual(filesIn(place).sort(), ['a-2.txt', 'a-3.txt', 'a.txt']);
  assert.equal(readFileSync(join(place, 'observe', 'a.txt'), 'utf8'), '4');
  const open = await folder.create('busy.txt');
  await assert.rejects(folder.create('busy.txt'), code('output-busy'));
  await assert.rejects(folder.append('busy.txt'), code('output-busy'));
  await open.abort();
});

test('many at once get names of their own', async (t) => {
  const { folder, place } = folderOf(t);
  const names = await Promise.all(
    Array.from({ length: 20 }, async (_, index) => {
      const file = await folder.create('same.txt', { whenTaken: 'number' });
      await file.write(String(index));
      await file.close();
      return file.name;
    }),
  );
  assert.equal(new Set(names).size, 20);
  assert.equal(filesIn(place).length, 20);
});

test('appending grows a file before the eyes of others; giving up takes back only what was appended', async (t) => {
  const { folder, place } = folderOf(t);
  const first = await folder.append('log.txt');
  await first.write('one\n');
  assert.equal(readFileSync(first.path, 'utf8'), 'one\n');
  await first.close();
  const second = await folder.append('log.txt');
  await second.write('two\n');
  assert.equal(readFileSync(second.path, 'utf8'), 'one\ntwo\n');
  await second.abort();
  assert.equal(readFileSync(first.path, 'utf8'), 'one\n');
  const third = await folder.append('new.txt');
  await third.write('x');
  await third.abort();
  assert.deepEqual(filesIn(place), ['log.txt']);
  await assert.rejects(folder.append('log.txt', { risk: 'change' }), code('output-taken'));
});

test('names that lead elsewhere are refused before anything is made', async (t) => {
  const { folder, place } = folderOf(t);
  for (const name of [
    '',
    '.',
    '..',
    '../x',
    'a/b',
    '/etc/passwd',
    '.hidden',
    'a\0b',
    'a\nb',
    '-rf',
    'a b',
    'ü',
    'x'.repeat(161),
  ]) {
    assert.throws(() => folder.create(name), code('bad-output-name'), JSON.stringify(name));
    assert.throws(() => folder.append(name), code('bad-output-name'), JSON.stringify(name));
    await assert.rejects(folder.open(name), code('output-not-found'));
    await assert.rejects(folder.remove(name), code('output-not-found'));
  }
  assert.equal(existsSync(place), false);
});

test('any text makes a name, and numbering keeps it one', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.nat(100_000), (text, number) => {
      const name = `${outputNameOf(text)}.cpu.html`;
      assert.ok(isOutputName(name), name);
      assert.ok(isOutputName(numberedName(name, number + 1)));
    }),
    { seed: 5, numRuns: 500 },
  );
});

test('links, pipes and folders are neither followed, shown, overwritten nor removed', async (t) => {
  const { folder, place } = folderOf(t);
  await (await folder.create('made.txt')).close();
  const secret = join(scratch(t), 'secret');
  writeFileSync(secret, 'secret');
  symlinkSync(secret, join(place, 'observe', 'link.txt'));
  mkdirSync(join(place, 'observe', 'folder'));
  assert.equal(spawnSync('mkfifo', [join(place, 'observe', 'pipe')]).status, 0);
  for (const name of ['link.txt', 'folder', 'pipe']) {
    await assert.rejects(folder.open(name), code('output-not-found'), name);
    await assert.rejects(folder.create(name), code('output-taken'), name);
    await assert.rejects(folder.append(name), code('output-taken'), name);
    await assert.rejects(folder.remove(name), code('output-not-found'), name);
  }
  assert.deepEqual(
    (await folder.list()).map(({ name }) => name),
    ['made.txt'],
  );
  const file = await folder.create('link.txt', { whenTaken: 'replace' });
  await file.write('new');
  await file.close();
  assert.equal(readFileSync(secret, 'utf8'), 'secret', 'the link was replaced, not followed');
});

test('a name that somebody takes while the file is written is not written over', async (t) => {
  const { folder, place } = folderOf(t);
  const file = await folder.create('race.txt');
  await file.write('ours');
  linkSync(join(place, 'observe', filesIn(place)[0] ?? ''), join(place, 'observe', 'other.txt'));
  writeFileSync(join(place, 'observe', 'race.txt'), 'theirs');
  await assert.rejects(file.close(), code('output-taken'));
  assert.equal(readFileSync(join(place, 'observe', 'race.txt'), 'utf8'), 'theirs');
  assert.deepEqual(filesIn(place).sort(), ['other.txt', 'race.txt']);
});

test('limits: one file, all files, their number; nothing is left of what did not fit', async (t) => {
  const { folder, place } = folderOf(t);
  limit(t, 'output-file-bytes', 10);
  limit(t, 'output-bytes', 15);
  limit(t, 'output-files', 2);
  const big = await folder.create('big.txt');
  await big.write('0123456789');
  await assert.rejects(big.write('x'), code('output-too-large'));
  await assert.rejects(big.close(), code('output-too-large'));
  assert.deepEqual(filesIn(place), []);
  const first = await folder.create('first.txt');
  await first.write('0123456789');
  const second = await folder.create('second.txt');
  await assert.rejects(second.write('0123456789'), code('output-full'));
  await first.close();
  const third = await folder.create('third.txt', { maxBytes: 3 });
  await assert.rejects(third.write('0123'), code('output-too-large'));
  assert.equal((await folder.room()).limit, 5);
  await (await folder.create('fourth.txt')).close();
  await assert.rejects(folder.create('fifth.txt'), code('too-many-outputs'));
  await folder.remove('first.txt');
  assert.equal((await folder.room()).limit, 10);
  assert.deepEqual(filesIn(place), ['fourth.txt']);
});

test('old files and what killed agents left go; what others are writing stays', async (t) => {
  const { folder, place } = folderOf(t);
  await (await folder.create('old.txt')).close();
  await (await folder.create('young.txt')).close();
  const longAgo = Date.now() / 1000 - 8 * 86_400;
  utimesSync(join(place, 'observe', 'old.txt'), longAgo, longAgo);
  writeFileSync(join(place, 'change', '.dump.heapsnapshot.1-1.part'), 'of a process that is no more');
  const open = await folder.create('open.txt');
  assert.equal(existsSync(join(place, 'observe', 'old.txt')), false);
  assert.equal(existsSync(join(place, 'change', '.dump.heapsnapshot.1-1.part')), false);
  await new OutputFolder(() => place).room();
  await open.write('still here');
  await open.close();
  assert.deepEqual(filesIn(place).sort(), ['open.txt', 'young.txt']);
});

/** Writes until it cannot, in a process whose files may not be larger than 64 KB: the system refuses as a full disk does. */
const FILL = `
const { OutputFolder } = await import(process.argv[1] + '/build/src/diagnose/index.js');
const folder = new OutputFolder(() => process.argv[2]);
const file = await folder.create('big.txt');
try {
  for (let index = 0; index < 10; index++) await file.write(Buffer.alloc(20_000));
  console.log('no fault');
} catch (error) { console.log(error.code + ': ' + error.text); }
`;

test('a write that the system refuses is an error with a way out, and nothing is left', async (t) => {
  const { place } = folderOf(t);
  const script = join(scratch(t), 'fill.mjs');
  writeFileSync(
    script,
    FILL.replaceAll('process.argv[1]', 'process.argv[2]').replace('=> process.argv[2]', '=> process.argv[3]'),
  );
  const run = (wrap: string) =>
    spawnSync('bash', ['-c', wrap, 'bash', process.execPath, script, projectRoot, place], {
      encoding: 'utf8',
    });
  const limited = run('ulimit -f 64; exec "$@"');
  assert.match(
    limited.stdout,
    /^output-failed: big\.txt could not be written: .*RLIMIT_FSIZE.*ulimit -f/,
    limited.stderr,
  );
  assert.deepEqual(filesIn(place), []);
  const full = run(
    'mkdir -p -m 700 "$4" && mount -t tmpfs -o size=64k,mode=700 none "$4" && "$@"; ls -A "$4"/* ; umount "$4"',
  );
  if (/permission denied|must be superuser/i.test(full.stderr)) {
    t.diagnostic('may not mount here: the full disk was not tried, only the limit of file sizes');
    return;
  }
  assert.match(
    full.stdout,
    /^output-failed: .*disk of the agent's state folder is full.*Make room/,
    full.stderr,
  );
  assert.doesNotMatch(full.stdout, /part|big\.txt$/m);
});
