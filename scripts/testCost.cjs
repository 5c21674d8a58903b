// Loaded into every process of `node --test` (--require): a test file's own says at its end what the file cost, one JSON line,
// `{file, cpu, wall}` in seconds, for testLanes.mjs. CPU is that of the process and of the children that it waited for;
// daemons that go on by themselves are not in it.
const { appendFileSync, readFileSync } = require('node:fs');
const { isMainThread } = require('node:worker_threads');

const TICKS_PER_SECOND = 100;
const [, file = ''] = process.argv;
const costs = process.env.REMORA_TEST_COSTS;

/** utime, stime, cutime and cstime: fields 14 to 17 of proc_pid_stat(5), counted behind the name, which may hold anything. */
function cpuSeconds() {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS_PER_SECOND;
}

if (costs && isMainThread && process.env.NODE_TEST_CONTEXT && file.endsWith('.test.js')) {
  process.once('exit', () => {
    const cost = { file, cpu: cpuSeconds(), wall: process.uptime() };
    appendFileSync(costs, `${JSON.stringify(cost)}\n`);
  });
}
