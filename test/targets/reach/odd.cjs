'use strict';
// Functions that are hard to reach, or not to be changed at all.

class Account {
  #balance = 100;

  withdraw(amount) {
    if (!this.#covers(amount)) throw new RangeError('no');
    this.#balance -= amount;
    return this.#balance;
  }

  #covers(amount) {
    return this.#balance >= amount;
  }
}

class Base {
  constructor(n) {
    this.n = n;
  }
}

class Derived extends Base {
  constructor(n) {
    super(n + 1);
  }
}

class Stays {
  static #count = 0;
  static made() {
    return Stays.#count;
  }
  constructor() {
    Stays.#count += 1;
  }
}

const frozen = Object.freeze({
  cold(n) {
    return n * 3;
  },
});

const held = (n) => n * 4;
const open = (n) => n * 5;
const fixed = {};
Object.defineProperty(fixed, 'held', { value: held });
Object.defineProperty(fixed, 'open', { value: open, configurable: true });

let trapped = 0;
const proxied = new Proxy(
  {
    behind(n) {
      return n * 6;
    },
  },
  {
    get(...args) {
      trapped += 1;
      return Reflect.get(...args);
    },
    getOwnPropertyDescriptor(...args) {
      trapped += 1;
      return Reflect.getOwnPropertyDescriptor(...args);
    },
    ownKeys(...args) {
      trapped += 1;
      return Reflect.ownKeys(...args);
    },
    getPrototypeOf(...args) {
      trapped += 1;
      return Reflect.getPrototypeOf(...args);
    },
  },
);

let got = 0;
const guarded = {
  get lazy() {
    got += 1;
    return null;
  },
};

function* counting(n) {
  for (let i = 0; i < n; i++) yield i;
}

async function slowly(n) {
  await null;
  return n * 7;
}

function replaced(n) {
  return n * 8;
}

// An old way to inherit.
function Old(n) {
  this.n = n;
}
Old.prototype.twice = function () {
  return this.n * 2;
};

const makeCounter = (step) => {
  const advance = (n) => n + step;
  return (n) => advance(n);
};

const kept = { one: makeCounter(1) };

module.exports = {
  Account,
  Base,
  Derived,
  Stays,
  Old,
  frozen,
  fixed,
  proxied,
  guarded,
  counting,
  slowly,
  replaced,
  kept,
  makeCounter,
  shout: (text) => JSON.stringify({ text }),
  touched: () => [trapped, got],
  sort: (list) => [...list].sort((a, b) => a - b),
};
