// Functions of every kind whose texts are replaced. Evaluates lines of its standard input.
const { createInterface } = require('node:readline');

const rate = 2;
let counter = 0;
let changing = 'a';
const kept = [];

function plain(n) {
  counter += 1;
  return n * rate;
}

function sloppy(a) {
  undeclared = a;
  return arguments.length + typeof nowhere;
}

const fixed = (n) => n + rate;

const named = function again(n) {
  return n <= 0 ? 0 : 1 + again(n - 1);
};

function strict(self) {
  'use strict';
  return this === self;
}

function Made(n) {
  this.n = n;
  this.by = new.target === Made;
}
Made.prototype.get = function get() {
  return this.n;
};

async function waits(n) {
  await null;
  return n * rate;
}

function* counts(n) {
  for (let i = 0; i < n; i++) yield i;
}

async function* countsLater(n) {
  for (let i = 0; i < n; i++) yield i;
}

class Base {
  greet(name) {
    return `hello ${name}`;
  }
  static kind() {
    return 'base';
  }
}

class Cart extends Base {
  #secret = 7;
  static #made = 0;
  arrow = (n) => this.factor * n;
  factor = 3;

  constructor(...items) {
    super();
    this.items = items;
  }

  greet(name) {
    return `${super.greet(name)}!`;
  }

  static kind() {
    return `cart of ${super.kind()}`;
  }

  total(start = 0) {
    return this.items.reduce((sum, each) => sum + each, start);
  }

  peek() {
    return this.#secret;
  }

  #hidden() {
    return 1;
  }

  callHidden() {
    return this.#hidden() + Cart.#made;
  }

  get first() {
    return this.items[0];
  }

  set first(value) {
    this.items[0] = value;
  }

  async later(n) {
    await null;
    return this.#secret + n;
  }

  ['comp' + 'uted'](n) {
    return n;
  }
}

const table = {
  list(n) {
    return n + 1;
  },
  get size() {
    return 1;
  },
};

function counterFrom(start) {
  let value = start;
  return {
    next() {
      value += 1;
      return value;
    },
    read: () => value,
  };
}

function thrower(text) {
  throw new TypeError(text);
}

function wide({ a, b = 2, ...rest }, [c, ...d], ...e) {
  return [a, b, rest, c, d, e];
}

async function imports(name) {
  return (await import(name)).sep;
}

function change(text) {
  changing = text;
}

function nested() {
  const arrow = () => [arguments.length, this === undefined];
  return arrow();
}

const t = {
  plain,
  sloppy,
  fixed: (n) => fixed(n),
  named: (n) => named(n),
  strict,
  Made,
  waits,
  counts,
  countsLater,
  Cart,
  Base,
  table,
  counterFrom,
  thrower,
  wide,
  imports,
  change,
  nested,
  kept,
  namedItself: () => named,
};
module.exports = t;
t.gc = () => {
  require('node:v8').setFlagsFromString('--expose-gc');
  require('node:vm').runInNewContext('gc')();
};
t.state = () => ({ counter, changing });

globalThis.t = t;
console.log('ready');
createInterface({ input: process.stdin }).on('line', async (line) => {
  let value;
  try {
    // biome-ignore lint: a test steers this program line by line.
    value = await (0, eval)(line);
  } catch (error) {
    value = `threw ${error}`;
  }
  console.log(`= ${JSON.stringify(value)}`);
});
