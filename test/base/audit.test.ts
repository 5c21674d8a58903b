import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Audit, type AuditRecord, counters, createLog, RemoraError } from '../../src/base/index.js';
import { ask, isRoot, limit, NEEDS_ROOT, scratch, start } from '../http/support.js';

const silent = createLog({ level: 'silent' });
const RECORD: AuditRecord = {
  caller: { kind: 'uid', user: 'uid:1', role: 'admin', address: '127.0.0.1:1' },
  action: 'arthas.exec',
  process: '7 (shop)',
  command: 'sysprop --token abc http://a:pw@h/',
  outcome: 'ok',
  detail: { password: 'p', size: 3 },
};

function lines(path: string): Record<string, unknown>[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

test('a record is one line of JSON in a file of 0600, secrets masked', (t) => {
  const audit = new Audit(join(scratch(t), 'audit'), silent);
  t.after(() => audit.close());
  audit.write(RECORD);
  assert.equal(statSync(audit.path).mode & 0o777, 0o600);
  const [{ time, ...record } = {}] = lines(audit.path);
  assert.match(String(time), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$/);
  assert.deepEqual(record, {
    user: 'uid:1',
    kind: 'uid',
    address: '127.0.0.1:1',
    role: 'admin',
    action: 'arthas.exec',
    process: '7 (shop)',
    command: 'sysprop --token *** http://a:***@h/',
    outcome: 'ok',
    detail: { password: '***', size: 3 },
  });
});

test('a sink gets each record as the file does, masked, until it is taken away', (t) => {
  const audit = new Audit(join(scratch(t), 'audit'), silent);
  t.after(() => audit.close());
  const sunk: unknown[] = [];
  audit.write(RECORD);
  audit.setSink((line) => sunk.push(JSON.parse(JSON.stringify(line))));
  audit.write(RECORD);
  audit.write({ ...RECORD, action: 'arthas.other' });
  audit.setSink(undefined);
  audit.write(RECORD);
  const kept = lines(audit.path);
  assert.equal(kept.length, 4);
  assert.deepEqual(sunk, kept.slice(1, 3));
});

test('a file that grows too large is put aside, a bounded number of them', (t) => {
  limit(t, 'audit-file-bytes', 1000);
  limit(t, 'audit-files', 2);
  const folder = join(scratch(t), 'audit');
  const audit = new Audit(folder, silent);
  t.after(() => audit.close());
  for (let count = 0; count < 40; count++) audit.write({ ...RECORD, detail: { count } });
  assert.deepEqual(readdirSync(folder).sort(), ['audit.1.jsonl', 'audit.2.jsonl', 'audit.jsonl']);
  const kept = ['audit.2.jsonl', 'audit.1.jsonl', 'audit.jsonl'].flatMap((name) => {
    assert.ok(statSync(join(folder, name)).size <= 1000);
    return lines(join(folder, name)).map(({ detail }) => (detail as { count: number }).count);
  });
  assert.equal(kept.at(-1), 39);
  assert.deepEqual(
    kept,
    kept.map((_, index) => 40 - kept.length + index),
  );
});

test('a link in place of the file is refused, and appending goes on after a restart', (t) => {
  const folder = scratch(t);
  const other = join(folder, 'other');
  writeFileSync(other, 'mine');
  for (const [name, make] of [
    ['soft', symlinkSync],
    ['hard', linkSync],
  ] as const) {
    const place = join(folder, name);
    mkdirSync(place, { mode: 0o700 });
    make(other, join(place, 'audit.jsonl'));
    assert.throws(
      () => new Audit(place, silent),
      (error) => error instanceof RemoraError && error.code === 'unsafe-audit-file',
      name,
    );
  }
  assert.equal(readFileSync(other, 'utf8'), 'mine');
  const place = join(folder, 'again');
  for (let count = 1; count <= 2; count++) {
    const audit = new Audit(place, silent);
    audit.write(RECORD);
    audit.close();
    assert.equal(lines(audit.path).length, count);
  }
});

test('a full disk breaks no call; it is logged once and counted, and records come back with room', async (t) => {
  if (!isRoot) return t.skip(NEEDS_ROOT);
  const disk = join(scratch(t), 'disk');
  mkdirSync(disk, { mode: 0o700 });
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k,mode=0700', 'tmpfs', disk]);
  if (mounted.status !== 0) return t.skip(`no file system can be mounted here: ${mounted.stderr}`);
  let audit: Audit | undefined;
  try {
    const logFile = join(scratch(t), 'log');
    audit = new Audit(join(disk, 'audit'), createLog({ file: logFile }));
    const { port } = await start(t, { audit, trust: 'token' });
    const filler = join(disk, 'filler');
    try {
      writeFileSync(filler, Buffer.alloc(60 * 1024));
      for (;;) writeFileSync(filler, Buffer.alloc(4096), { flag: 'a' });
    } catch (error) {
      assert.match(String(error), /ENOSPC/);
    }
    const failures = counters.counter('audit.failures', '');
    const before = failures.value;
    for (let count = 0; count < 5; count++) assert.equal((await ask({ port })).status, 401);
    // A last page may still have had room for the first ones.
    for (let count = 0; count < 40; count++) audit.write(RECORD);
    assert.ok(failures.value > before);
    assert.equal(lines(logFile).filter(({ msg }) => /cannot be written/.test(String(msg))).length, 1);
    rmSync(filler);
    audit.write({ ...RECORD, action: 'after' });
    assert.equal((await ask({ port })).status, 401);
    // A line that was torn by the full disk stands alone.
    const whole = readFileSync(audit.path, 'utf8').split('\n').filter(Boolean);
    assert.ok(
      whole.some((line) => line.startsWith('{') && line.includes('"action":"after"') && JSON.parse(line)),
    );
    assert.equal(lines(logFile).filter(({ msg }) => /written again/.test(String(msg))).length, 1);
  } finally {
    audit?.close();
    spawnSync('umount', [disk]);
  }
});
