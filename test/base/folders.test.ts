import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import {
  checkPrivateFolder,
  ensurePrivateFolder,
  RemoraError,
  runtimeFolder,
  stateFolder,
} from '../../src/base/index.js';
import { isRoot, NEEDS_ROOT, STRANGER_UID, scratch } from '../http/support.js';

function setVariable(t: TestContext, name: string, value: string | undefined): void {
  const before = process.env[name];
  const set = (text: string | undefined): void => {
    if (text === undefined) delete process.env[name];
    else process.env[name] = text;
  };
  set(value);
  t.after(() => set(before));
}

const unsafe = (path: string, text: RegExp): void => {
  assert.throws(
    () => ensurePrivateFolder(path),
    (error) => error instanceof RemoraError && error.code === 'unsafe-folder' && text.test(error.message),
  );
};

test('a private folder is made with 0700 and found again', (t) => {
  const path = join(scratch(t), 'a', 'b');
  assert.equal(ensurePrivateFolder(path), path);
  assert.equal(statSync(path).mode & 0o777, 0o700);
  ensurePrivateFolder(path);
});

test('what others could read, write or swap is refused', (t) => {
  const base = scratch(t);
  const wide = join(base, 'wide');
  mkdirSync(wide);
  chmodSync(wide, 0o755);
  unsafe(wide, /0755, not 0700/);
  const file = join(base, 'file');
  writeFileSync(file, '');
  unsafe(file, /not a directory/);
  assert.throws(
    () => ensurePrivateFolder(join(file, 'inside')),
    (error) => error instanceof RemoraError && error.code === 'folder-failed',
  );
  const link = join(base, 'link');
  mkdirSync(join(base, 'real'), { mode: 0o700 });
  symlinkSync(join(base, 'real'), link);
  unsafe(link, /symbolic link/);
  const open = join(base, 'open');
  mkdirSync(open);
  chmodSync(open, 0o777);
  unsafe(join(open, 'x'), /not sticky/);
  chmodSync(open, 0o1777);
  checkPrivateFolder(join(open, 'x'));
  assert.throws(() => checkPrivateFolder(join(base, 'none')), /does not exist/);
});

test("another user's folder is refused", (t) => {
  if (!isRoot) return t.skip(NEEDS_ROOT);
  const path = join(scratch(t), 'theirs');
  mkdirSync(path, { mode: 0o700 });
  chownSync(path, STRANGER_UID, STRANGER_UID);
  unsafe(path, /belongs to uid 65534/);
});

test('the runtime folder follows XDG_RUNTIME_DIR, or is named after the uid', (t) => {
  const base = scratch(t);
  setVariable(t, 'XDG_RUNTIME_DIR', base);
  assert.equal(runtimeFolder(), join(base, 'remora'));
  setVariable(t, 'XDG_RUNTIME_DIR', undefined);
  setVariable(t, 'TMPDIR', base);
  assert.equal(runtimeFolder(), join(base, `remora-${process.getuid?.()}`));
  setVariable(t, 'XDG_RUNTIME_DIR', 'relative');
  assert.equal(runtimeFolder(), join(base, `remora-${process.getuid?.()}`));
});

test('the state folder follows XDG_STATE_HOME, or is in the home', (t) => {
  const base = scratch(t);
  setVariable(t, 'XDG_STATE_HOME', join(base, 'state'));
  assert.equal(stateFolder(), join(base, 'state', 'remora'));
  setVariable(t, 'XDG_STATE_HOME', undefined);
  setVariable(t, 'HOME', base);
  assert.equal(stateFolder(), join(base, '.local', 'state', 'remora'));
});
