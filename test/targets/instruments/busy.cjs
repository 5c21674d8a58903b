'use strict';
// Calls busyWork.hot as fast as it can, by way of its export, and says how many calls a millisecond of CPU gave.
const work = require('./busyWork.cjs');

let on = true;
let calls = 0;
let wanted = 0;

function turn() {
  if (on) {
    const until = performance.now() + 5;
    while (performance.now() < until) for (let i = 0; i < 200; i++) calls += work.hot(i) === 0.5 ? 0 : 1;
  }
  setTimeout(turn, on ? 0 : 20);
}

process.stdin.on('data', (data) => {
  const line = String(data).trim();
  if (line === 'off') on = false;
  if (line === 'on') on = true;
  if (line.startsWith('rate')) wanted = Number(line.slice(4));
});

let last = process.cpuUsage();
let lastAt = performance.now();
setInterval(() => {
  const now = process.cpuUsage();
  const cpuMs = (now.user + now.system - last.user - last.system) / 1000;
  const ms = performance.now() - lastAt;
  console.log(`rate ${Math.round(calls / Math.max(1, cpuMs))} ${Math.round((calls / ms) * 1000)} ${wanted}`);
  calls = 0;
  last = process.cpuUsage();
  lastAt = performance.now();
}, 250);
turn();
console.log('ready');
