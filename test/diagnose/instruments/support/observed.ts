import assert from 'node:assert/strict';
import type { Risk } from '../../../../src/base/index.js';
import { eventually, type NodeMajor, type SpawnOptions } from '../../../support/index.js';
import type { TestLike } from '../../../target/attach/attaching.js';
import type { WireResult } from '../../support/bench.js';
import { isStatus, type Live, live } from '../../support/liveSession.js';

/** test/targets/observed.cjs (or another that takes lines), and a session that looks at it. */
export interface Observed extends Live {
  /** Runs lines in the process, one after the other, and gives what each came to. */
  run(...lines: string[]): Promise<string[]>;
  /** Starts a command, waits until it observes, runs the lines, and gives all results to the end. */
  observe(command: string, ...lines: string[]): Promise<WireResult[]>;
  /** The same without waiting for the end: gives what came until `fits`. */
  begin(command: string): Promise<WireResult[]>;
}

export async function observed(
  t: TestLike,
  node: NodeMajor,
  allow?: readonly Risk[],
  file: string | Partial<SpawnOptions> = 'observed.cjs',
): Promise<Observed> {
  const at = await live(t, node, typeof file === 'string' ? { file } : file, allow);
  let said = 0;
  const answers = () => at.process.stdout().match(/^(did|threw) .*$/gm) ?? [];
  const run = async (...lines: string[]): Promise<string[]> => {
    for (const line of lines) at.process.write(line);
    const from = said;
    said += lines.length;
    await eventually(() => answers().length >= said, {
      what: `an answer to ${lines.join(' ')}`,
      timeoutMs: 10_000,
    });
    return answers().slice(from, said);
  };
  const begin = async (command: string): Promise<WireResult[]> => {
    await at.start(command);
    return at.until((result) => result.type === 'enhancer' || isStatus(result));
  };
  return Object.assign(at, {
    run,
    begin,
    async observe(command: string, ...lines: string[]) {
      const head = await begin(command);
      if (head.some(isStatus)) return head;
      await run(...lines);
      return [...head, ...(await at.until(isStatus))];
    },
  });
}

export const hits = (results: readonly WireResult[], type = 'watch'): WireResult[] =>
  results.filter((result) => result.type === type);

export const values = (results: readonly WireResult[]): unknown[] => hits(results).map(({ json }) => json);

export const messages = (results: readonly WireResult[]): string =>
  results
    .filter(({ type }) => type === 'message')
    .map(({ message }) => String(message))
    .join('\n');

export function statusOf(results: readonly WireResult[]): WireResult {
  const status = results.find(isStatus);
  assert.ok(status, JSON.stringify(results));
  return status;
}

export interface MonitorRow {
  readonly className: string;
  readonly methodName: string;
  readonly total: number;
  readonly success: number;
  readonly failed: number;
  readonly cost: number;
  readonly avg: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
  readonly failRate: number;
  readonly timestamp: string;
}

/** Rows of a running `monitor` until they come to so many calls, which may fall into several cycles; then it is ended. */
export async function monitored(at: Live, calls: number): Promise<MonitorRow[]> {
  const rows: MonitorRow[] = [];
  while (rows.reduce((sum, { total }) => sum + total, 0) < calls) {
    const read = await at.until(({ type }) => type === 'monitor');
    rows.push(...hits(read, 'monitor').flatMap(({ monitorDataList }) => monitorDataList as MonitorRow[]));
  }
  await at.interrupt();
  assert.equal(statusOf(await at.until(isStatus)).statusCode, 0);
  return rows;
}
