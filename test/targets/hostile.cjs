// Values that punish whoever looks at them carelessly, on globalThis.hostile. `touched` counts every getter, trap,
// thenable and toString that ran; looking must leave it at 0. With `--tamper` the built-ins are spoilt as well.
const http = require('node:http');
const vm = require('node:vm');

const touched = { count: 0, by: [] };

function touch(what) {
  touched.count += 1;
  if (touched.by.length < 100) touched.by.push(what);
}

function trapped(target, name) {
  const handler = {};
  for (const trap of Object.getOwnPropertyNames(Reflect)) {
    handler[trap] = () => {
      touch(`${name}.${trap}`);
      throw new Error(`trap ${trap} of ${name}`);
    };
  }
  return new Proxy(target, handler);
}

function nested(depth) {
  let value = { depth: 0 };
  for (let level = 1; level < depth; level += 1) value = { depth: level, value };
  return value;
}

function makeHostile() {
  const cycle = { name: 'cycle', list: [], map: new Map() };
  cycle.self = cycle;
  cycle.list.push(cycle);
  cycle.map.set(cycle, cycle);

  const revoked = Proxy.revocable({}, {});
  revoked.revoke();

  const error = new Error('hostile error');
  Object.defineProperty(error, 'stack', {
    get() {
      touch('error.stack');
      throw new Error('no stack for you');
    },
  });
  Object.defineProperty(error, 'message', {
    get() {
      touch('error.message');
      return 'lie';
    },
  });

  const named = function original() {};
  Object.defineProperty(named, 'name', {
    get() {
      touch('function.name');
      return { toString: null };
    },
  });

  return {
    throwing: {
      get boom() {
        touch('throwing.boom');
        throw new Error('boom');
      },
      fine: 1,
    },
    endless: {
      get loop() {
        touch('endless.loop');
        for (;;);
      },
    },
    proxy: trapped({ a: 1 }, 'proxy'),
    proxyFunction: trapped(() => 1, 'proxyFunction'),
    proxyArray: trapped([1, 2, 3], 'proxyArray'),
    revoked: revoked.proxy,
    cycle,
    deep: nested(20_000),
    hugeString: 'x'.repeat(32 * 1024 * 1024),
    hugeArray: new Array(1_000_000).fill(7),
    sparse: Object.assign([], { 4000000000: 'far' }),
    manyKeys: Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`key${index}`, index])),
    text: {
      toString() {
        touch('text.toString');
        throw new Error('toString');
      },
      valueOf() {
        touch('text.valueOf');
        throw new Error('valueOf');
      },
      toJSON() {
        touch('text.toJSON');
        throw new Error('toJSON');
      },
      [Symbol.toPrimitive]() {
        touch('text.toPrimitive');
        throw new Error('toPrimitive');
      },
      [Symbol.for('nodejs.util.inspect.custom')]() {
        touch('text.inspect');
        throw new Error('inspect');
      },
      get [Symbol.toStringTag]() {
        touch('text.toStringTag');
        throw new Error('toStringTag');
      },
    },
    thenable: {
      // biome-ignore lint/suspicious/noThenProperty: an object that only looks like a promise is the point
      get then() {
        touch('thenable.then');
        return () => {};
      },
    },
    iterable: {
      [Symbol.iterator]() {
        touch('iterable.iterator');
        return { next: () => ({ done: false, value: 0 }) };
      },
    },
    poisonedMap: Object.defineProperty(new Map([['a', 1]]), 'size', {
      get() {
        touch('map.size');
        throw new Error('size');
      },
    }),
    constructorless: Object.defineProperty({}, 'constructor', {
      get() {
        touch('constructor');
        throw new Error('constructor');
      },
    }),
    error,
    named,
    bare: Object.assign(Object.create(null), { a: 1 }),
    foreign: vm.runInNewContext('({ list: [1, 2], date: new Date(0), error: new Error("foreign") })'),
    badDate: new Date(Number.NaN),
    big: 2n ** 4096n,
    symbol: Symbol('hostile'),
    negativeZero: -0,
    loneSurrogate: 'a\ud800b',
    control: 'a\u0000b\u001b[31mred\u2028',
    never: new Promise(() => {}),
    '__proto__ ': 'nearly',
    ['__proto__']: 'an own property of that name',
  };
}

function take(value) {
  return value;
}

function tamper() {
  for (const method of ['map', 'forEach', 'push', 'slice', 'join', Symbol.iterator]) {
    const original = Array.prototype[method];
    Array.prototype[method] = function (...args) {
      return Reflect.apply(original, this, args);
    };
  }
  // Enumerable on purpose: every careless for-in meets it.
  Object.prototype.tampered = 'everywhere';
  Object.prototype.toJSON = function () {
    if (!touched.watching) return this;
    touch('Object.prototype.toJSON');
    return 'spoilt';
  };
  Error.prepareStackTrace = () => 'no stack';
}

const hostile = makeHostile();
globalThis.hostile = hostile;
globalThis.touched = touched;

const server = http.createServer((_request, response) => {
  response.end(`${touched.count}\n${touched.by.map((entry) => `${entry}\n`).join('')}`);
});
server.listen(0, '127.0.0.1', () => {
  console.log(`ready ${server.address().port}`);
  if (process.argv.includes('--tamper')) tamper();
  touched.watching = true;
});

// Each value passes through a function as argument and as result, for whoever watches it.
const values = Object.values(hostile);
let turn = 0;
setInterval(() => take(values[turn++ % values.length]), 50);

module.exports = { hostile, take };
