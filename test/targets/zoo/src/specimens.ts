/** One function of each kind, and whoever calls those that only this module can reach. */
import { checkConstructor, checkGenerator, checkNew } from './checks.js';
import { body, post, type Specimen } from './keeper.js';

export function addExported(this: unknown, _a: unknown, _b: number): number {
  return body('export', this, new.target, arguments);
}

export function takenApart(this: unknown, _a: unknown, _b: number): number {
  return body('export-taken-apart', this, new.target, arguments);
}

export const addArrow = (a: unknown, b: number): number => body('export-const', undefined, undefined, [a, b]);

// biome-ignore lint/style/noDefaultExport: a kind of its own.
export default function addDefault(this: unknown, _a: unknown, _b: number): number {
  return body('default-export', this, new.target, arguments);
}

export class Account {
  static opened(this: unknown, _a: unknown, _b: number): number {
    return body('static', this, undefined, arguments);
  }
  #secret(_a: unknown, _b: number): number {
    return body('private-method', this, undefined, arguments);
  }
  save = (a: unknown, b: number): number => body('field-arrow', this, undefined, [a, b]);
  withdraw(_a: unknown, _b: number): number {
    return body('method', this, undefined, arguments);
  }
  get balance(): number {
    return body('getter', this, undefined, [], post.next);
  }
  set limit(_value: number) {
    post.caught = body('setter', this, undefined, arguments, post.next);
  }
  async transfer(_a: unknown, _b: number): Promise<number> {
    await undefined;
    return body('async-method', this, undefined, arguments);
  }
  callSecret(a: unknown, b: number): number {
    return this.#secret(a, b);
  }
  readSecret(): unknown {
    return this.#secret;
  }
}

export class Savings extends Account {
  override withdraw(a: unknown, b: number): number {
    return super.withdraw(a, b);
  }
}

export class Widget {
  readonly value: number;
  constructor(_a: unknown, _b: number) {
    this.value = body(
      'constructor',
      new.target.prototype === Object.getPrototypeOf(this),
      new.target,
      arguments,
    );
  }
  /** What the class is to itself. */
  static inside(): typeof Widget {
    return Widget;
  }
  static isKnown(value: unknown): boolean {
    return value instanceof Widget;
  }
}

class SubWidget extends Widget {}

export const api = {
  handle(_a: unknown, _b: number): number {
    return body('object-method', this, undefined, arguments);
  },
};

function hidden(this: unknown, _a: unknown, _b: number): number {
  return body('module-function', this, new.target, arguments);
}

let changeable = function changeable(this: unknown, _a: unknown, _b: number): number {
  return body('let', this, new.target, arguments);
};
export function change(): void {
  changeable = changeable.bind(undefined) as typeof changeable;
}

const constant = (a: unknown, b: number): number => body('const', undefined, undefined, [a, b]);

const Ledger = class {
  enter(_a: unknown, _b: number): number {
    return body('class-expression', this, undefined, arguments);
  }
};

function makeAdder(kind: string) {
  return function summed(this: unknown, _a: unknown, _b: number): number {
    return body(kind, this, new.target, arguments);
  };
}
const adder = makeAdder('closure');

class Bell {
  ring(_a: unknown, _b: number): number {
    return body('bound', this, undefined, arguments);
  }
}
const bell = new Bell();
const rung = bell.ring.bind(bell);

async function later(this: unknown, _a: unknown, _b: number): Promise<number> {
  await undefined;
  return body('async', this, new.target, arguments);
}

function promised(this: unknown, ...args: [unknown, number]): Promise<number> {
  const [self, target] = [this, new.target];
  return new Promise((resolve) => resolve(body('promise', self, target, args)));
}

function* generate(this: unknown, _a: unknown, _b: number): Generator<number, number, unknown> {
  const value = body('generator', this, undefined, arguments);
  const sent = yield value - 1;
  return value + (Number(sent) || 0);
}

async function* stream(this: unknown, _a: unknown, _b: number): AsyncGenerator<number> {
  yield body('async-generator', this, undefined, arguments);
  yield 1;
}

function countDown(this: unknown, a: unknown, b: number): number {
  const value = body('recursive', this, new.target, arguments);
  return b <= 0 ? value : countDown.call(this, a, b - 1) + 1;
}

function decorate<F extends (...args: never[]) => unknown>(fn: F): F {
  return function around(this: unknown, ...args: never[]) {
    return fn.apply(this, args);
  } as F;
}
const decorated = decorate(function inner(this: unknown, _a: unknown, _b: number): number {
  return body('decorated', this, new.target, arguments);
});

function perCall(a: unknown, b: number): number {
  const made = function fresh(this: unknown, _a: unknown, _b: number): number {
    return body('closure-per-call', this, new.target, arguments);
  };
  return made(a, b);
}

const handlers = new Map<string, (a: unknown, b: number) => number>([
  [
    'list',
    function listed(this: unknown, _a: unknown, _b: number): number {
      return body('held-by-map', this, new.target, arguments);
    },
  ],
]);

const account = new Account();
const savings = new Savings();
const ledger = new Ledger();

function withNext<T>(a: unknown, b: number, work: () => T): T {
  post.next = [a, b];
  return work();
}

async function collect(a: unknown, b: number): Promise<number> {
  let sum = 0;
  for await (const value of stream(a, b)) sum += value;
  return sum - 1;
}

export const specimens: readonly Specimen[] = [
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
    kind: 'held-by-map',
    name: 'listed',
    call: (a, b) => handlers.get('list')?.(a, b),
    slot: () => ({ read: () => handlers.get('list') }),
  },
];
