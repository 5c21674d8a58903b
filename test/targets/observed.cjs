// Functions of several kinds, called by lines on standard input: each is a function body over `api` and says what came of it.
const readline = require('node:readline');
const http = require('node:http');
const { setTimeout: sleep } = require('node:timers/promises');

class Cart {
  constructor(owner) {
    this.owner = owner;
    this.items = [];
  }

  add(name, count) {
    if (count < 0) throw new RangeError(`cannot add ${count}`);
    this.items.push({ name, count });
    return this.items.length;
  }
}

const AsyncFunction = (async () => {}).constructor;
const traps = { reads: 0 };
const api = {
  Cart,
  traps,
  cart: new Cart('eve'),
  add(a, b) {
    return a + b;
  },
  tick(number) {
    return number % 2;
  },
  login(user, password) {
    return { user, password, token: 'topsecret-token', ok: password.length > 3 };
  },
  wide(count) {
    return Array.from({ length: count }, (_, index) => ({ text: 'ä'.repeat(5000), index }));
  },
  async later(ms, value) {
    await sleep(ms);
    if (value === 'reject') throw new Error('it was rejected');
    return { value };
  },
  outer(number) {
    return api.middle(number);
  },
  middle(number) {
    return api.inner(number);
  },
  inner(number) {
    return number;
  },
  async asyncOuter(number) {
    await sleep(1);
    return await api.asyncInner(number);
  },
  async asyncInner(number) {
    await sleep(1);
    return api.inner(number);
  },
  spin(ms) {
    const end = performance.now() + ms;
    while (performance.now() < end);
    return ms;
  },
  hidden(number) {
    return double(number);
  },
  strange() {
    const cyclic = { name: 'cyclic' };
    cyclic.self = cyclic;
    const getter = {
      get trap() {
        traps.reads += 1;
        throw new Error('a getter ran');
      },
    };
    const proxy = new Proxy(
      {},
      {
        get() {
          traps.reads += 1;
          throw new Error('a trap ran');
        },
      },
    );
    return { cyclic, getter, proxy, [Symbol('s')]: 1n, big: 'x'.repeat(100_000), list: Array(5000).fill(7) };
  },
};

function double(number) {
  return number * 2;
}

module.exports = api;

const plain = { ...api };
const plainAdd = Cart.prototype.add;
/** Names of the functions that are not what they were at the start. */
module.exports.changed = () => {
  const names = Object.keys(plain).filter((name) => api[name] !== plain[name]);
  return Cart.prototype.add === plainAdd ? names : [...names, 'Cart.add'];
};

let ticks = 0;
setInterval(() => api.tick(++ticks), 20);

readline.createInterface({ input: process.stdin }).on('line', async (line) => {
  try {
    const value = await new AsyncFunction('api', 'require', line)(api, require);
    console.log(`did ${JSON.stringify(value) ?? 'nothing'}`);
  } catch (error) {
    console.log(`threw ${error.name}: ${error.message}`);
  }
});

http
  .createServer((_request, response) => response.end('hello\n'))
  .listen(0, '127.0.0.1', function listening() {
    console.log(`ready ${this.address().port}`);
  });
