// Chains of calls three levels deep, of every usual kind; lines on stdin are evaluated.
import { createInterface } from 'node:readline';
import { imported } from './part.mjs';

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

createInterface({ input: process.stdin }).on('line', async (line) => {
  let answer;
  try {
    // biome-ignore lint/security/noGlobalEval: a test steers this program line by line.
    answer = { value: await (0, eval)(line) };
  } catch (error) {
    answer = { error: `${error.name}: ${error.message}` };
  }
  console.log(`= ${JSON.stringify(answer) ?? 'null'}`);
});
setInterval(() => {}, 1000);
console.log('ready');
