import { createInterface } from 'node:readline';
import { fees, Orders, routes, soldSoFar } from './orders.js';
import { setRate } from './rates.js';

const handlers: Record<string, (cents: number) => string> = {};
routes((name, handler) => {
  handlers[name] = handler;
});

const t = {
  Orders,
  handlers,
  soldSoFar,
  setRate,
  orders: new Orders(),
  feeOf: (cents: number) => fees.of(cents),
  fileOf: (path: string) => fees.file(path),
};
(globalThis as { t?: unknown }).t = t;

console.log('ready');
// Evaluates lines, for tests.
createInterface({ input: process.stdin }).on('line', (line) => {
  Promise.resolve()
    // biome-ignore lint/security/noGlobalEval: a test steers this program line by line.
    .then(() => (0, eval)(line) as unknown)
    .catch((error: unknown) => `threw ${String(error)}`)
    .then((value) => console.log(`= ${JSON.stringify(value)}`));
});
