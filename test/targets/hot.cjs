// What benches watch: a hot function, called in loops or by HTTP requests. Steered by lines of JSON, each answered by one.
const fs = require('node:fs');
const http = require('node:http');
const inspector = require('node:inspector');
const readline = require('node:readline');

const tariff = { rate: 19 };

function price(net, count) {
  return net * count + (((net * count * tariff.rate) / 100) % 7);
}

function add(a, b) {
  return a + b;
}

async function addLater(a, b) {
  return a + b;
}

/** Without a call, and with five. */
function noCall(n) {
  return n + 15;
}

function fiveCalls(n) {
  return add(add(add(add(add(n, 1), 2), 3), 4), 5);
}

/** Without an await, and with five of calls. */
async function noAwait(n) {
  return n + 15;
}

async function fiveAwaits(n) {
  const first = await addLater(await addLater(n, 1), 2);
  return await addLater(await addLater(await addLater(first, 3), 4), 5);
}

// Called by their properties, as by a caller in another module.
module.exports = { price, noCall, fiveCalls, noAwait, fiveAwaits };

// A cart of two hundred lines, priced one by one and answered as JSON.
const cart = Array.from({ length: 200 }, (_, i) => ({ article: `article ${i}`, net: i, count: 2 }));
const server = http.createServer((request, response) => {
  if (request.url === '/awaiting') {
    void answerLater(response);
    return;
  }
  const lines = cart.map((line) => ({ ...line, price: module.exports.price(line.net, line.count) }));
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ lines, currency: 'EUR' }));
});
/** As handlers of services are: some awaits of what is there at once, and a few of what takes a turn of the loop. */
async function answerLater(response) {
  let sum = 0;
  for (let i = 0; i < 5; i += 1) {
    sum = await module.exports.fiveAwaits(sum);
    await new Promise(setImmediate);
  }
  const lines = cart.map((line) => ({ ...line, price: module.exports.price(line.net, line.count) }));
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ lines, sum }));
}

server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => console.log(`ready ${server.address().port}`));

/** Nanoseconds of this thread's own; of less than some milliseconds it says nothing. */
const ownTime = () => Number(fs.readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ', 1)[0]);

/** Nanoseconds a call in a loop, by the clock and of the processor. */
function measure({ times }) {
  let sum = 0;
  const own = ownTime();
  const start = process.hrtime.bigint();
  for (let i = 0; i < times; i += 1) sum += module.exports.price(i, 2);
  const nanoseconds = Number(process.hrtime.bigint() - start) / times;
  return { nanoseconds, own: (ownTime() - own) / times, sum };
}

/** The same of another function; each has a loop of its own, as in a program. */
const loops = new Map();
async function measureOf({ times, of }) {
  if (!loops.has(of)) {
    const wait = of.includes('wait') ? 'await ' : '';
    const AsyncFunction = measureOf.constructor;
    const text = `let sum = 0; for (let i = 0; i < times; i += 1) sum += ${wait}exports.${of}(i); return sum;`;
    loops.set(of, new (wait ? AsyncFunction : Function)('exports', 'times', text));
  }
  const start = process.hrtime.bigint();
  const sum = await loops.get(of)(module.exports, times);
  return { nanoseconds: Number(process.hrtime.bigint() - start) / times, sum };
}

/** Work of about `workNs` between two calls, for `ms`; how many calls each tenth of a second saw. */
async function busy({ ms, spins }) {
  const windows = [];
  const end = Date.now() + ms;
  while (Date.now() < end) {
    const until = Date.now() + 100;
    let calls = 0;
    while (Date.now() < until) {
      for (let i = 0; i < 500; i += 1) {
        spin(spins);
        module.exports.price(i, 2);
      }
      calls += 500;
      await new Promise(setImmediate);
    }
    windows.push({ at: Date.now(), calls });
  }
  return { windows };
}

let sink = 0;
function spin(times) {
  for (let i = 0; i < times; i += 1) sink = (sink * 31 + i) | 0;
}

/** One call each `1000 / rate` ms in batches, for events end to end. */
async function steady({ ms, rate }) {
  let calls = 0;
  const start = Date.now();
  while (Date.now() - start < ms) {
    const due = ((Date.now() - start) / 1000) * rate;
    for (; calls < due; calls += 1) module.exports.price(calls, 2);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return { calls, ms: Date.now() - start };
}

let gaps;
/** Longest times between two turns of the event loop, from one `gaps` to the next. */
function turn(last) {
  if (!gaps) return;
  const now = performance.now();
  if (now - last > 0.1) gaps.push(now - last);
  setImmediate(turn, now);
}

let own;
/** V8's profiler, started by the program itself: what no tool can be below. Without a rate: ends it. */
function profileItself({ rate }) {
  own?.post('Profiler.stop');
  own?.disconnect();
  own = undefined;
  if (rate === undefined) return {};
  own = new inspector.Session();
  own.connect();
  own.post('Profiler.enable');
  own.post('Profiler.setSamplingInterval', { interval: Math.round(1e6 / rate) });
  own.post('Profiler.start');
  return {};
}

const orders = {
  measure,
  profileItself,
  measureOf,
  busy,
  steady,
  usage() {
    const { user, system } = process.cpuUsage();
    return { cpuUs: user + system, rss: process.memoryUsage.rss() };
  },
  gaps() {
    const last = gaps ?? [];
    const idle = !gaps;
    gaps = [];
    if (idle) turn(performance.now());
    return { gaps: last };
  },
  noGaps() {
    gaps = undefined;
    return {};
  },
};

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const order = JSON.parse(line);
  void Promise.resolve(orders[order.do](order)).then((answer) =>
    process.stdout.write(`${JSON.stringify({ id: order.id, ...answer })}\n`),
  );
});
