// Chains of calls three levels deep, of every usual kind; lines on stdin are evaluated.
import { imported } from './part.mjs';
import { steered } from './steered.cjs';

function third(n) {
  return n + 1;
}
function second(n) {
  return third(n);
}
function declared(n) {
  return second(n);
}

const arrow3 = (n) => n + 1;
const arrow2 = (n) => arrow3(n);
const arrow = (n) => arrow2(n);

class Shop {
  place(n) {
    return this.check(n);
  }
  check(n) {
    return this.price(n);
  }
  price(n) {
    return third(n);
  }
}
const shop = new Shop();
const depot = { take: (n) => depot.find(n), find: (n) => third(n) };

export const api = {
  declared,
  arrow,
  method: (n) => shop.place(n),
  held: (n) => depot.take(n),
  given: (n, given = shop) => given.check(n),
  imported: (n) => imported(n),
  either: (is) => (is ? second(1) : arrow2(1)),
};
Object.assign(globalThis, { api });

steered();
