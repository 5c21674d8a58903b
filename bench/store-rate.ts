/**
 * Durable puts of 300 bytes with 1 and with 64 in flight, against appending the same bytes to a file and fdatasync, one
 * after the other, on the same disk, in turns. Ratios with both ends of the 95 % interval of the pairs. The floor syncs
 * each record alone: what 64 in flight gain over it is what group commit gains.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jsonCodec, openLmdbStore, type StateTable } from '../src/store/index.js';
import { median, ratioInterval } from './support/statistics.js';

const ROUNDS = 10;
const MS = 700;
const VALUE = 'x'.repeat(290);
const KEYS = 20_000;

async function perSecond(inFlight: number, write: (n: number) => Promise<unknown>): Promise<number> {
  const start = performance.now();
  let count = 0;
  const worker = async (): Promise<void> => {
    while (performance.now() - start < MS) await write(count++);
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  return (count / (performance.now() - start)) * 1000;
}

const folder = mkdtempSync(join(process.env.BENCH_FOLDER ?? tmpdir(), 'remora-bench-'));
mkdirSync(join(folder, 'data'), { mode: 0o700 });
const store = await openLmdbStore({ folder: join(folder, 'data'), address: '127.0.0.1:34601' });
const table: StateTable<string> = await store.state(
  { name: 'bench', kind: 'state', partitions: 8 },
  jsonCodec(),
);
const file = await open(join(folder, 'raw'), 'a');
const record = Buffer.from(JSON.stringify(VALUE));
const put = (n: number): Promise<unknown> => table.put(`key-${n % KEYS}`, VALUE);
const append = async (): Promise<void> => {
  await file.write(record);
  await file.datasync();
};

const rates = { floor: [] as number[], one: [] as number[], many: [] as number[] };
await perSecond(64, put);
await perSecond(1, append);
for (let round = 0; round < ROUNDS; round++) {
  rates.floor.push(await perSecond(1, append));
  rates.one.push(await perSecond(1, put));
  rates.many.push(await perSecond(64, put));
}
await store.close();
await file.close();
rmSync(folder, { recursive: true, force: true });

function report(what: string, ours: readonly number[]): void {
  const ratios = ours.map((rate, round) => rate / (rates.floor[round] ?? Number.NaN));
  const { low, mid, high } = ratioInterval(ratios);
  console.log(
    `${what}: ${Math.round(median(ours))} puts/s; append + fdatasync ${Math.round(median(rates.floor))}/s: ` +
      `${mid.toFixed(2)}x (95 % interval ${low.toFixed(2)} to ${high.toFixed(2)})`,
  );
}

report('durable puts, 1 in flight', rates.one);
report('durable puts, 64 in flight', rates.many);
