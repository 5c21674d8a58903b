// Functions whose call trees are known, called by lines on standard input: each is a function body over `api`.
const readline = require('node:readline');
const fs = require('node:fs');
const { setTimeout: sleep } = require('node:timers/promises');

const AsyncFunction = (async () => {}).constructor;

function spin(ms) {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

function slow() {
  spin(20);
  return leaf(1);
}

function quick(n) {
  return leaf(n) + leaf(n + 1);
}

function leaf(n) {
  return n + 1;
}

function fails(text) {
  throw new RangeError(`it fails: ${text}`);
}

async function later(ms, value) {
  await sleep(ms);
  return quick(value);
}

async function rejects(ms) {
  await sleep(ms);
  throw new TypeError('rejected later');
}

class Shelf {
  #books = [3, 1, 2];

  sorted() {
    const all = [...this.#books].sort((a, b) => a - b);
    return this.describe(all);
  }

  describe(all) {
    return all.map((each) => leaf(each)).join(' ');
  }
}

const shelf = new Shelf();

const api = {
  Shelf,
  levels() {
    const a = quick(1);
    const b = slow();
    return a + b;
  },
  caught() {
    try {
      fails('caught');
    } catch {
      leaf(0);
    }
    return 'went on';
  },
  thrown() {
    leaf(0);
    fails('thrown');
  },
  async waits(ms) {
    const value = await later(ms, 1);
    leaf(value);
    return value;
  },
  async together() {
    const all = await Promise.all([later(30, 1), later(60, 2)]);
    return all.length;
  },
  async refused() {
    await rejects(10);
  },
  async caughtLater() {
    try {
      await rejects(10);
    } catch {
      return 'went on';
    }
  },
  callbacks() {
    return new Promise((resolve) => {
      setTimeout(() => {
        quick(1);
        queueMicrotask(() => {
          leaf(5);
          setImmediate(() => resolve(leaf(6)));
        });
      }, 10);
    });
  },
  factorial(n) {
    return n < 2 ? 1 : n * api.factorial(n - 1);
  },
  loop(times) {
    let sum = 0;
    for (let i = 0; i < times; i += 1) sum += leaf(i);
    return sum;
  },
  many() {
    let sum = 0;
    for (let i = 0; i < 300; i += 1) sum += api[`f${i}`]();
    return sum;
  },
  sameLine() {
    // biome-ignore format: three calls of one function in one line
    return [leaf(1), leaf(2), leaf(3)];
  },
  books() {
    return shelf.sorted();
  },
  /** Called all the time. */
  tick(n) {
    try {
      fails(leaf(n));
    } catch {
      return leaf(n) + leaf(0);
    }
  },
  reads() {
    const text = fs.readFileSync(__filename, 'utf8');
    return JSON.stringify({ length: text.length }).length;
  },
};
for (let i = 0; i < 300; i += 1) api[`f${i}`] = () => i;

module.exports = api;
const plain = { ...api };
/** Names of the functions that are not what they were at the start. */
module.exports.changed = () => Object.keys(plain).filter((name) => api[name] !== plain[name]);

let ticks = 0;
setInterval(() => api.tick(++ticks), 20);

readline.createInterface({ input: process.stdin }).on('line', async (line) => {
  try {
    const value = await new AsyncFunction('api', line)(api);
    console.log(`did ${JSON.stringify(value) ?? 'nothing'}`);
  } catch (error) {
    console.log(`threw ${error.name}: ${error.message}`);
  }
});

console.log('ready');
