import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { cacheFolder, goBuilds, projectRoot } from '../support/index.js';
import { ApiBench, until } from './support/apiBench.js';
import { host } from './support/host.js';

/** Where Go is, beside the search path. */
const GO = ['go', '/usr/local/go/bin/go', '/usr/lib/go/bin/go'];
const BUILD_MS = 300_000;
const binary = join(cacheFolder, 'mesosgo');

/** Builds the program; says what is missing. The module proxy is asked once, then Go has the module. */
function build(): string | undefined {
  const go = GO.find((name) => spawnSync(name, ['version']).status === 0);
  if (!go) return 'Go is missing: install golang (1.21 or newer)';
  mkdirSync(cacheFolder, { recursive: true });
  const { status, stderr } = spawnSync(go, ['build', '-o', binary, '.'], {
    cwd: join(projectRoot, 'test', 'peers', 'mesosGo'),
    encoding: 'utf8',
    env: { ...process.env, ...goBuilds(go) },
    timeout: BUILD_MS,
  });
  return status === 0 && existsSync(binary) ? undefined : `mesos-go could not be built: ${stderr}`;
}

interface Seen {
  readonly Healthy: boolean;
  readonly Version: string;
  readonly Session: string;
  readonly Stderr: string;
  readonly Output: string;
  readonly ExitStatus: number;
  readonly Second: string;
  readonly Refused: string;
  readonly Killed: number;
}

/** What the program printed; not spawnSync, which would stop the very agent that it talks to. */
function run(url: string, codec: string): Promise<Seen> {
  return new Promise((resolve, reject) => {
    const child = spawn(binary, [url, codec, 'root'], { timeout: 30_000 });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (piece: Buffer) => {
      stdout += piece.toString();
    });
    child.stderr.on('data', (piece: Buffer) => {
      stderr += piece.toString();
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(JSON.parse(stdout) as Seen);
      else reject(new Error(`mesosgo ended with ${code}: ${stderr}`));
    });
  });
}

const skip =
  process.env.REMORA_TEST_SKIP_SYSTEM === '1' ? 'REMORA_TEST_SKIP_SYSTEM=1: needs Go and mesos-go' : false;

describe('mesos-go, unmodified', { skip }, () => {
  before(() => assert.equal(build(), undefined));

  for (const codec of ['protobuf', 'json']) {
    it(`session, output, input, wait, kill, remove: ${codec}`, async (t) => {
      const { containers } = host(t);
      const bench = await ApiBench.start(t, containers);
      const seen = await run(`http://127.0.0.1:${bench.port}/api/v1`, codec);
      assert.equal(seen.Healthy, true);
      assert.equal(seen.Version, '1.2.3');
      assert.equal(seen.Session, 'hello from mesos-go\nagain\n');
      assert.equal(seen.Stderr, 'ready\n');
      // Attached second: it has what came after, and the input did.
      assert.equal(seen.Output, 'hello from mesos-go\nagain\n');
      assert.equal(seen.ExitStatus, codec === 'json' ? 9 : 2560);
      assert.match(seen.Second, /Unknown container root.nested$/);
      assert.equal(seen.Killed, 9);
      if (codec === 'json') assert.match(seen.Refused, /Expecting 'process_io.data.data' to be present/);
      // A kill is answered when the signal was sent.
      await until(() => containers.list().every(({ state }) => state === 'terminated'));
    });
  }
});
