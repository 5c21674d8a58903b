// A service with a known tree: `lines` on stdin are evaluated, answers are lines of JSON.
const { steered } = require('./steered.cjs');

const rates = new Map([['de', 0.19]]);
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const spin = (ms) => {
  const end = performance.now() + ms;
  while (performance.now() < end);
  return ms;
};

class Store {
  #rows = new Map();
  put(id, row) {
    this.#rows.set(id, row);
    return this.#count();
  }
  #count() {
    return this.#rows.size;
  }
  async find(id) {
    await sleep(2);
    return this.#rows.get(id);
  }
}
const store = new Store();

function validate(order) {
  if (!order.items) throw new RangeError('no items');
  return order.items.every((item) => check(item));
}
function check(item) {
  return item.price > 0;
}
function tax(order) {
  return order.items.reduce((sum, item) => sum + part(item), 0);
}
function part(item) {
  return item.price * rates.get('de');
}
async function place(order) {
  validate(order);
  spin(2);
  store.put(order.id, order);
  const found = await store.find(order.id);
  const due = tax(found);
  return { id: order.id, due };
}
async function many(count) {
  return await Promise.all(Array.from({ length: count }, (_, id) => place({ id, items: [{ price: 1 }] })));
}
function loop(times) {
  let sum = 0;
  for (let i = 0; i < times; i++) sum += check({ price: i });
  return sum;
}
function later(ms) {
  return new Promise((resolve) => {
    setTimeout(deferred, ms, resolve);
  });
}
function deferred(resolve) {
  resolve(loop(2));
}
async function background() {
  const answer = await later(3);
  setTimeout(deferred, 5, () => undefined);
  return answer;
}

module.exports = { place, many, loop, validate, tax, check, store, background, deferred, later };
globalThis.orders = module.exports;

steered();
