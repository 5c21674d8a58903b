// Counts what a visitor uses of Node's built-ins: intervals, lag histograms and async hooks that are on, and calls of
// its own stack formatter. `--errors=formatter|accessor|frozen` spoils Error in one of three ways. Takes `block MS [FILE]`
// (no longer than until there is such a file), `exec MS`, `busy MS`, `timers COUNT` and `look` on stdin; `look` prints a line of JSON.
const asyncHooks = require('node:async_hooks');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const http = require('node:http');
const perfHooks = require('node:perf_hooks');
const readline = require('node:readline');
const timers = require('node:timers');

const on = { intervals: 0, histograms: 0, hooks: 0, formatted: 0 };

const { setInterval: setIntervalOfNode, clearInterval: clearIntervalOfNode } = timers;
const alive = new Set();
timers.setInterval = (...args) => {
  const timer = setIntervalOfNode(...args);
  alive.add(timer);
  on.intervals = alive.size;
  return timer;
};
timers.clearInterval = (timer) => {
  alive.delete(timer);
  on.intervals = alive.size;
  clearIntervalOfNode(timer);
};

function countOn(module, maker, name) {
  const make = module[maker];
  module[maker] = (...args) => {
    const made = make(...args);
    const { enable, disable } = made;
    made.enable = () => {
      on[name] += 1;
      return Reflect.apply(enable, made, []);
    };
    made.disable = () => {
      on[name] -= 1;
      return Reflect.apply(disable, made, []);
    };
    return made;
  };
}
countOn(perfHooks, 'monitorEventLoopDelay', 'histograms');
countOn(asyncHooks, 'createHook', 'hooks');

function format(error) {
  on.formatted += 1;
  return `formatted ${error}`;
}

const spoil = {
  formatter() {
    Error.prepareStackTrace = format;
    Error.stackTraceLimit = 3;
  },
  accessor() {
    Object.defineProperty(Error, 'prepareStackTrace', { get: () => format, configurable: true });
    Object.defineProperty(Error, 'stackTraceLimit', { get: () => 5, enumerable: true, configurable: true });
  },
  frozen() {
    Object.freeze(Error);
  },
};

function describe(name) {
  const descriptor = Object.getOwnPropertyDescriptor(Error, name);
  return (
    descriptor && Object.fromEntries(Object.entries(descriptor).map(([key, value]) => [key, String(value)]))
  );
}

function blockHere(ms, file) {
  const end = Date.now() + ms;
  let look = Date.now();
  while (Date.now() < end) {
    if (file === undefined || Date.now() < look) continue;
    if (fs.existsSync(file)) return;
    look = Date.now() + 20;
  }
}

/** Always in JavaScript, yet the event loop turns: 40 ms, again and again. */
function busyUntil(end) {
  blockHere(40);
  if (Date.now() < end) setTimeout(busyUntil, 0, end);
}

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const [word, ms, file] = line.split(' ');
  if (word === 'block') blockHere(Number(ms), file);
  if (word === 'exec') execFileSync('sleep', [String(Number(ms) / 1000)]);
  if (word === 'busy') busyUntil(Date.now() + Number(ms));
  if (word === 'timers') for (let left = Number(ms); left > 0; left -= 1) setTimeout(() => {}, 60_000);
  const errors = [describe('prepareStackTrace'), describe('stackTraceLimit')];
  if (word === 'look') console.log(`look ${JSON.stringify({ on, errors })}`);
});

const server = http.createServer((_request, response) => response.end('counted\n'));
server.listen(0, '127.0.0.1', () => {
  const way = process.argv.find((word) => word.startsWith('--errors='))?.slice('--errors='.length);
  console.log(`ready ${server.address().port}`);
  spoil[way]?.();
});
