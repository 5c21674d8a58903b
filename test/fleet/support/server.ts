import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Daemon, type DaemonOptions, startDaemon } from '../../../src/daemon.js';

interface Test {
  after(fn: () => Promise<void> | void): void;
}

export interface TestServer {
  readonly daemon: Daemon;
  readonly port: number;
  readonly folder: string;
  readonly socketPath: string;
  readonly auditFile: string;
}

/** A server as `remora server` runs it, with folders of its own. */
export async function startTestServer(test: Test, options: Partial<DaemonOptions> = {}): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), 'remora-fleet-'));
  test.after(() => rmSync(folder, { recursive: true, force: true }));
  const state = process.env.XDG_STATE_HOME;
  process.env.XDG_STATE_HOME = join(folder, 'state');
  const socketPath = join(folder, 'server.sock');
  const daemon = await startDaemon({
    socketPath,
    listen: [{ host: '127.0.0.1', port: 0, required: true }],
    trust: 'uid',
    tokens: [],
    hosts: [],
    insecure: false,
    log: { level: 'silent' },
    server: { dataFolder: join(folder, 'store') },
    ...options,
  });
  if (state === undefined) delete process.env.XDG_STATE_HOME;
  else process.env.XDG_STATE_HOME = state;
  test.after(() => daemon.close('the test is over'));
  const port = Number(new URL(daemon.addresses[0] ?? '').port);
  return { daemon, port, folder, socketPath, auditFile: join(folder, 'state', 'remora', 'audit.jsonl') };
}
