import assert from 'node:assert/strict';
import { test } from 'node:test';
import { host, idOf, launchRoot, never, request, session, sh } from './support/host.js';

test('a session gives its output from the first byte, and its exit status', async (t) => {
  const { containers } = host(t);
  await launchRoot(containers);
  const result = await session(containers, 'root.a', sh('printf out; printf err >&2; exit 10'));
  assert.deepEqual(result, { stdout: 'out', stderr: 'err', termination: { exitStatus: 2560 } });
});

test('exit statuses are wait statuses: codes, signals, and codes that look like signals', async (t) => {
  const { containers } = host(t);
  await launchRoot(containers);
  const cases: [string, number][] = [
    ['exit 0', 0],
    ['exit 3', 768],
    ['exit 139', 139 << 8],
    ['kill -9 $$', 9],
    ['kill -15 $$', 15],
    ['kill -11 $$', 11],
  ];
  for (const [index, [text, status]] of cases.entries()) {
    const debug = await session(containers, `root.d${index}`, sh(text));
    assert.equal(debug.termination?.exitStatus, status, `session: ${text}`);
    await containers.launch(request(`root.n${index}`, sh(text)));
    const kept = await containers.wait(idOf(`root.n${index}`), never);
    assert.equal((kept?.exitStatus ?? -1) & ~128, status & ~(status < 256 ? 128 : 0), `kept: ${text}`);
  }
});

test('an id in use is left alone', async (t) => {
  const { containers } = host(t);
  assert.equal(await containers.launch(request('root', sh('exec sleep 1000'))), 'launched');
  for (let again = 0; again < 3; again += 1) {
    assert.equal(await containers.launch(request('root', sh('exit 1'))), 'exists');
  }
  assert.equal(await containers.kill(idOf('root')), true);
  const ended = containers.wait(idOf('root'), never);
  assert.deepEqual(await ended, { exitStatus: 9 });
  assert.equal(await containers.wait(idOf('root'), never), undefined, 'a root is forgotten at once');
});
