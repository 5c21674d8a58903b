'use strict';
// Calls busyWork.hot as fast as it can, by way of its export, and says how long a call took: nanoseconds, of the quicker
// half of its batches, since other programs use the machine as well.
const work = require('./busyWork.cjs');

const BATCH = 200;

let on = true;
let batches = [];

function turn() {
  if (on) {
    const until = performance.now() + 5;
    while (performance.now() < until) {
      const start = process.hrtime.bigint();
      for (let i = 0; i < BATCH; i++) work.hot(i);
      batches.push(Number(process.hrtime.bigint() - start) / BATCH);
    }
  }
  setTimeout(turn, on ? 0 : 20);
}

process.stdin.on('data', (data) => {
  on = String(data).trim() !== 'off';
});

setInterval(() => {
  batches.sort((a, b) => a - b);
  console.log(`call ${Math.round(batches[batches.length >> 1] ?? 0)} ns`);
  batches = [];
}, 250);
turn();
console.log('ready');
