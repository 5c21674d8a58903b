// Variables that nobody exports, static fields, and things that would tell if anybody ran them.
const counted = require('./counted.cjs');
const { Basket } = require('./basket.cjs');

const baskets = new Map();
let last;
for (let number = 0; number < 25; number++) {
  last = new Basket(number);
  baskets.set(number, last);
}

process.stdin.on('data', (data) => {
  if (String(data).includes('drop')) {
    baskets.clear();
    last = new Basket(0);
  }
  process.stdout.write(`touched ${counted.touched()} of ${baskets.size}, ${last.total()}\n`);
});
process.stdout.write('ready\n');
