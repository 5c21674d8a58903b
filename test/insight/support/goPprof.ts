import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder, goBuilds, lacksSystemParts, systemPart } from '../../support/index.js';

/** `skip` of a test that needs the pprof client of Go: false, or why. */
export const noGo: string | false = lacksSystemParts('go');

export interface PprofRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `go tool pprof ARGS`, the real client. Newer Go builds it at its first use. */
export function goPprof(args: readonly string[]): Promise<PprofRun> {
  const go = systemPart('go') ?? 'go';
  const home = join(cacheFolder, 'go');
  mkdirSync(join(home, 'pprof'), { recursive: true });
  const env = {
    PATH: process.env.PATH,
    HOME: home,
    ...goBuilds(go),
    GOFLAGS: '-mod=mod',
    PPROF_TMPDIR: join(home, 'pprof'),
  };
  return new Promise((resolve, reject) => {
    const child = spawn(go, ['tool', 'pprof', ...args], { env, cwd: home, timeout: 180_000 });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (part) => {
      stdout += part;
    });
    child.stderr.on('data', (part) => {
      stderr += part;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** Rows of `-top`: function, and its flat and cumulative share in percent. */
export function topRows(text: string): { name: string; flat: number; cum: number }[] {
  const rows: { name: string; flat: number; cum: number }[] = [];
  for (const line of text.split('\n')) {
    const [, flat, cum, name] = /^\s*\S+\s+([\d.]+)%\s+[\d.]+%\s+\S+\s+([\d.]+)%\s+(.+)$/.exec(line) ?? [];
    if (name !== undefined) rows.push({ name: name.trim(), flat: Number(flat), cum: Number(cum) });
  }
  return rows;
}
