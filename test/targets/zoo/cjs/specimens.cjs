// The specimens of src/specimens.ts as somebody writes them by hand: CommonJS, sloppy mode, older ways to make a class.
const { body, post } = require('../../dist/zoo/transpiled/keeper.js');
const { checkConstructor, checkGenerator, checkNew } = require('../../dist/zoo/transpiled/checks.js');

exports.addExported = function addExported(_a, _b) {
  return body('export', this, new.target, arguments);
};

exports.takenApart = function (_a, _b) {
  return body('export-taken-apart', this, new.target, arguments);
};

exports.addArrow = (a, b) => body('export-const', undefined, undefined, [a, b]);

function Till() {
  this.drawer = [];
}
Till.prototype.pay = function (_a, _b) {
  return body('prototype-assigned', this, new.target, arguments);
};
const till = new Till();

class Account {
  static opened(_a, _b) {
    return body('static', this, undefined, arguments);
  }
  #secret(_a, _b) {
    return body('private-method', this, undefined, arguments);
  }
  save = (a, b) => body('field-arrow', this, undefined, [a, b]);
  withdraw(_a, _b) {
    return body('method', this, undefined, arguments);
  }
  get balance() {
    return body('getter', this, undefined, [], post.next);
  }
  set limit(_value) {
    post.caught = body('setter', this, undefined, arguments, post.next);
  }
  async transfer(_a, _b) {
    await undefined;
    return body('async-method', this, undefined, arguments);
  }
  callSecret(a, b) {
    return this.#secret(a, b);
  }
  readSecret() {
    return this.#secret;
  }
}

class Savings extends Account {
  withdraw(a, b) {
    return super.withdraw(a, b);
  }
}

class Widget {
  value;
  constructor(_a, _b) {
    this.value = body(
      'constructor',
      new.target.prototype === Object.getPrototypeOf(this),
      new.target,
      arguments,
    );
  }
  /** What the class is to itself. */
  static inside() {
    return Widget;
  }
  static isKnown(value) {
    return value instanceof Widget;
  }
}

class SubWidget extends Widget {}

const api = {
  handle(_a, _b) {
    return body('object-method', this, undefined, arguments);
  },
};

function hidden(_a, _b) {
  return body('module-function', this, new.target, arguments);
}

let changeable = function changeable(_a, _b) {
  return body('let', this, new.target, arguments);
};

function change() {
  changeable = changeable.bind(undefined);
}

const constant = (a, b) => body('const', undefined, undefined, [a, b]);

const Ledger = class {
  enter(_a, _b) {
    return body('class-expression', this, undefined, arguments);
  }
};

function makeAdder(kind) {
  return function summed(_a, _b) {
    return body(kind, this, new.target, arguments);
  };
}

const adder = makeAdder('closure');

class Bell {
  ring(_a, _b) {
    return body('bound', this, undefined, arguments);
  }
}

const bell = new Bell();
const rung = bell.ring.bind(bell);

async function later(_a, _b) {
  await undefined;
  return body('async', this, new.target, arguments);
}

function promised(...args) {
  const [self, target] = [this, new.target];
  return new Promise((resolve) => resolve(body('promise', self, target, args)));
}

function* generate(_a, _b) {
  const value = body('generator', this, undefined, arguments);
  const sent = yield value - 1;
  return value + (Number(sent) || 0);
}

async function* stream(_a, _b) {
  yield body('async-generator', this, undefined, arguments);
  yield 1;
}

function countDown(a, b) {
  const value = body('recursive', this, new.target, arguments);
  return b <= 0 ? value : countDown.call(this, a, b - 1) + 1;
}

function decorate(fn) {
  return function around(...args) {
    return fn.apply(this, args);
  };
}

const decorated = decorate(function inner(_a, _b) {
  return body('decorated', this, new.target, arguments);
});

function perCall(a, b) {
  const made = function fresh(_a, _b) {
    return body('closure-per-call', this, new.target, arguments);
  };
  return made(a, b);
}

const handlers = new Map([
  [
    'list',
    function listed(_a, _b) {
      return body('held-by-map', this, new.target, arguments);
    },
  ],
]);

const account = new Account();
const savings = new Savings();
const ledger = new Ledger();

function withNext(a, b, work) {
  post.next = [a, b];
  return work();
}

async function collect(a, b) {
  let sum = 0;
  for await (const value of stream(a, b)) sum += value;
  return sum - 1;
}
exports.Account = Account;
exports.Widget = Widget;
exports.api = api;
exports.change = change;

exports.specimens = [
  {
    kind: 'method',
    name: 'Account.withdraw',
    call: (a, b) => account.withdraw(a, b),
    self: () => account,
    slot: () => ({ of: Account.prototype, key: 'withdraw' }),
    more: (a, b) => (savings.withdraw(a, b) === a * 100 + b ? [] : ['super.withdraw gives another value']),
  },
  {
    kind: 'static',
    name: 'Account.opened',
    call: (a, b) => Account.opened(a, b),
    self: () => Account,
    slot: () => ({ of: Account, key: 'opened' }),
  },
  {
    kind: 'getter',
    name: 'Account.balance',
    call: (a, b) => withNext(a, b, () => account.balance),
    self: () => account,
    count: 0,
    slot: () => ({ of: Account.prototype, key: 'balance' }),
  },
  {
    kind: 'setter',
    name: 'Account.limit',
    call: (a, b) =>
      withNext(a, b, () => {
        account.limit = b;
        return post.caught;
      }),
    self: () => account,
    count: 1,
    slot: () => ({ of: Account.prototype, key: 'limit' }),
  },
  {
    kind: 'private-method',
    name: 'Account#secret',
    call: (a, b) => account.callSecret(a, b),
    self: () => account,
    slot: () => ({ read: () => account.readSecret() }),
  },
  {
    kind: 'field-arrow',
    name: 'Account#save',
    call: (a, b) => account.save(a, b),
    self: () => account,
    slot: () => ({ of: account, key: 'save' }),
  },
  {
    kind: 'async-method',
    name: 'Account.transfer',
    call: (a, b) => account.transfer(a, b),
    self: () => account,
    rejects: true,
    slot: () => ({ of: Account.prototype, key: 'transfer' }),
  },
  {
    kind: 'constructor',
    name: 'Widget.constructor',
    call: (a, b) => new Widget(a, b).value,
    self: () => true,
    target: () => Widget.inside(),
    slot: () => ({ read: () => Widget }),
    more: (a, b) => checkConstructor(Widget, SubWidget, a, b),
    uncounted: () => checkNew(Widget),
  },
  {
    kind: 'object-method',
    name: 'api.handle',
    call: (a, b) => api.handle(a, b),
    self: () => api,
    slot: () => ({ of: api, key: 'handle' }),
  },
  {
    kind: 'module-function',
    name: 'hidden',
    call: (a, b) => hidden(a, b),
    self: () => globalThis,
    slot: () => ({ read: () => hidden }),
  },
  {
    kind: 'let',
    name: 'changeable',
    call: (a, b) => changeable(a, b),
    slot: () => ({ read: () => changeable }),
  },
  {
    kind: 'const',
    name: 'constant',
    call: (a, b) => constant(a, b),
    slot: () => ({ read: () => constant }),
  },
  {
    kind: 'class-expression',
    name: 'Ledger.enter',
    call: (a, b) => ledger.enter(a, b),
    self: () => ledger,
    slot: () => ({ of: Ledger.prototype, key: 'enter' }),
  },
  {
    kind: 'closure',
    name: 'summed',
    call: (a, b) => adder(a, b),
    slot: () => ({ read: () => adder }),
  },
  {
    kind: 'bound',
    name: 'Bell.ring',
    call: (a, b) => rung(a, b),
    self: () => bell,
    slot: () => ({ read: () => rung }),
  },
  {
    kind: 'async',
    name: 'later',
    call: (a, b) => later(a, b),
    rejects: true,
    slot: () => ({ read: () => later }),
  },
  {
    kind: 'promise',
    name: 'promised',
    call: (a, b) => promised(a, b),
    rejects: true,
    slot: () => ({ read: () => promised }),
  },
  {
    kind: 'generator',
    name: 'generate',
    call: (a, b) => {
      let last = 0;
      for (const value of generate(a, b)) last = value;
      return last + 1;
    },
    slot: () => ({ read: () => generate }),
    more: (a, b) => checkGenerator(generate, a, b),
  },
  {
    kind: 'async-generator',
    name: 'stream',
    call: collect,
    slot: () => ({ read: () => stream }),
  },
  {
    kind: 'recursive',
    name: 'countDown',
    call: (a, _b) => countDown(a, 2),
    value: (a) => a * 100 + 2,
    bodies: 3,
    slot: () => ({ read: () => countDown }),
  },
  {
    kind: 'decorated',
    name: 'inner',
    call: (a, b) => decorated(a, b),
    slot: () => ({ read: () => decorated }),
  },
  {
    kind: 'closure-per-call',
    name: 'made',
    call: perCall,
    slot: () => ({ read: () => perCall }),
  },
  {
    kind: 'prototype-assigned',
    name: 'Till.pay',
    call: (a, b) => till.pay(a, b),
    self: () => till,
    slot: () => ({ of: Till.prototype, key: 'pay' }),
  },
  {
    kind: 'held-by-map',
    name: 'listed',
    call: (a, b) => handlers.get('list')?.(a, b),
    slot: () => ({ read: () => handlers.get('list') }),
  },
];
