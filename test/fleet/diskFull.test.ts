/** A server whose disk fills up: it says so, keeps what it has said yes to, and goes on where there is room again. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { FleetClient, RemoraError } from '../../src/client/index.js';
import { startServerChild } from './support/child.js';

/** Why a disk of a known size cannot be made here. */
function noSmallDisk(): string | false {
  const probe = mkdtempSync(join(tmpdir(), 'remora-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', probe], { stdio: 'ignore' });
    execFileSync('umount', [probe]);
    return false;
  } catch {
    return 'needs the right to mount a file system';
  } finally {
    rmSync(probe, { recursive: true, force: true });
  }
}

it('a disk that fills up', { skip: noSmallDisk(), timeout: 60_000 }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'remora-full-'));
  const store = join(folder, 'store');
  mkdirSync(store, { mode: 0o700 });
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=6m,mode=0700', 'tmpfs', store]);
  let server = await startServerChild(folder);
  t.after(async () => {
    await server.kill();
    execFileSync('umount', ['-l', store]);
    rmSync(folder, { recursive: true, force: true });
  });
  let client = new FleetClient({ url: `http://127.0.0.1:${server.port}` });
  const agent = { id: 'a', type: '', version: '', ip: '', tags: {}, status: '', startupTime: 0n };
  await client.heartbeat(agent);
  const content = 'x'.repeat(50_000);
  const kept: string[] = [];
  let refusal: unknown;
  for (let index = 0; index < 1000 && !refusal; index++) {
    await client.createConfig({ name: `config-${index}`, content }).then(
      () => kept.push(`config-${index}`),
      (error: unknown) => {
        refusal = error;
      },
    );
  }
  assert.ok(
    refusal instanceof RemoraError && kept.length > 10,
    `${kept.length} configs, then ${String(refusal)}`,
  );
  assert.deepEqual([refusal.code, refusal.details.status], ['internal-server-error', 500]);
  assert.match(refusal.message, /no space left/i);
  const names = async () => (await client.listConfigs()).map(({ name }) => name).sort();
  assert.deepEqual(await names(), [...kept].sort());
  await client.heartbeat(agent);
  await assert.rejects(client.updateConfig({ name: 'config-0', content: `${content}${content}` }), /space/);
  assert.equal((await client.config('config-0')).content, content);
  // Room is made by whoever runs the host; the server needs no restart.
  execFileSync('mount', ['-o', 'remount,size=16m', store]);
  await client.createConfig({ name: 'after', content });
  client.close();
  await server.kill();
  server = await startServerChild(folder);
  client = new FleetClient({ url: `http://127.0.0.1:${server.port}` });
  t.after(() => client.close());
  assert.deepEqual(await names(), [...kept, 'after'].sort());
  for (const name of kept) assert.equal((await client.config(name)).content, content, name);
});
