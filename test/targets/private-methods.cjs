// What cannot be reached by property: private fields and methods, static privates, functions in closures, accessors.
const http = require('node:http');

class Account {
  static #opened = 0;
  #balance = 100;
  #history = [];
  owner;

  static open(owner) {
    Account.#opened += 1;
    return Account.#remember(new Account(owner));
  }

  static #remember(account) {
    account.#history.push('opened');
    return account;
  }

  static get opened() {
    return Account.#opened;
  }

  constructor(owner) {
    this.owner = owner;
  }

  get balance() {
    return this.#balance;
  }

  set limit(value) {
    this.#history.push(`limit ${value}`);
  }

  withdraw(amount) {
    if (!this.#covers(amount)) throw new RangeError(`${this.owner} has only ${this.#balance}`);
    this.#balance -= amount;
    this.#log('withdraw', amount);
    return this.#balance;
  }

  async deposit(amount) {
    await null;
    this.#balance += amount;
    this.#log('deposit', amount);
    return this.#balance;
  }

  #covers(amount) {
    return this.#balance >= amount;
  }

  #log(what, amount) {
    this.#history.push(`${what} ${amount}`);
    if (this.#history.length > 20) this.#history.shift();
  }
}

function makeCounter(step) {
  let value = 0;
  const advance = () => {
    value += step;
    return value;
  };
  return { advance };
}

const account = Account.open('ann');
const counter = makeCounter(3);

async function turn() {
  counter.advance();
  account.limit = counter.advance();
  try {
    account.withdraw(60);
  } catch {
    await account.deposit(120);
  }
}

setInterval(turn, 50);
const server = http.createServer((_request, response) =>
  response.end(`${account.balance} ${Account.opened}\n`),
);
server.listen(0, '127.0.0.1', () => console.log(`ready ${server.address().port}`));

module.exports = { Account, makeCounter };
