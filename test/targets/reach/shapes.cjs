'use strict';
// Exports, classes, and what only this module can see.

function price(n) {
  return n * 2;
}

function hidden(n) {
  return n + 1;
}

let changing = (n) => n + 2;

const fixed = (n) => n + 3;

function later(fn) {
  changing = fn;
}

class Cart {
  static made = 0;

  static of(...items) {
    Cart.made += 1;
    return new Cart(items);
  }

  constructor(items) {
    this.items = items;
  }

  total() {
    return this.items.reduce((sum, each) => sum + each, 0);
  }

  get first() {
    return this.items[0];
  }

  set first(value) {
    this.items[0] = value;
  }
}

class Unseen {
  twice(n) {
    return n * 2;
  }
}

const unseen = new Unseen();

const table = { list: [(n) => n - 1], map: new Map([['a', (n) => n - 2]]) };

const frozen = Object.freeze({
  cold(n) {
    return n * 3;
  },
});

module.exports = {
  price,
  Cart,
  table,
  frozen,
  later,
  throughHidden: (n) => hidden(n),
  throughChanging: (n) => changing(n),
  throughFixed: (n) => fixed(n),
  throughUnseen: (n) => unseen.twice(n),
  hiddenItself: () => hidden,
  fixedItself: () => fixed,
};
