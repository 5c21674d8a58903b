import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SessionStoreOptions } from '../../../src/diagnose/index.js';
import { Targets } from '../../../src/target/index.js';
import {
  freePort,
  type NodeMajor,
  type SpawnedTarget,
  type SpawnOptions,
  spawnTarget,
} from '../../support/index.js';
import { Bench } from './bench.js';

/** A bench whose targets are real processes. */
export interface LiveBench {
  readonly bench: Bench;
  readonly targets: Targets;
  close(): Promise<void>;
}

export async function liveBench(options: Partial<SessionStoreOptions> = {}): Promise<LiveBench> {
  const folder = mkdtempSync(join(tmpdir(), 'remora-test-live-'));
  const targets = new Targets({ owner: `test agent ${process.pid}`, folder });
  const bench = await Bench.start({ targets, ...options });
  return {
    bench,
    targets,
    async close() {
      await bench.close();
      await targets.close('the test is over');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A target whose inspector takes a port that nobody else wants. */
export async function liveTarget(
  node: NodeMajor,
  file: string,
  options: Partial<SpawnOptions> = {},
): Promise<SpawnedTarget> {
  return await spawnTarget({
    node,
    file,
    ...options,
    nodeArgs: [`--inspect-port=${await freePort()}`, ...(options.nodeArgs ?? [])],
  });
}
