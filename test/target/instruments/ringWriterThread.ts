/** The writing thread of a test of the ring: waits when it is full, as the probe never does. */
import { workerData } from 'node:worker_threads';
import { openCells } from '../../../src/probe/instrument/recording/cells.js';
import { RingWriter } from '../../../src/probe/instrument/recording/ring.js';

const { shared, count } = workerData as { shared: SharedArrayBuffer; count: number };
const ring = new RingWriter(openCells(shared));
const pause = new Int32Array(new SharedArrayBuffer(4));

for (let n = 0; n < count; n++) {
  const text = JSON.stringify({ n, pad: 'p'.repeat(n % 700) });
  while (!ring.write(text)) Atomics.wait(pause, 0, 0, 1);
}
