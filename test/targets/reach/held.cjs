// Functions held in every way there is. Reads lines: each is evaluated, and its value printed as `= JSON`.
const readline = require('node:readline');
const shapes = require('./shapes.cjs');
const { price: destructured } = require('./shapes.cjs');

const { kinds } = require('./holders.cjs');

const stale = require('./stale.cjs');

const odd = require('./odd.cjs');

const scope = {
  odd,
  shapes,
  kinds,
  stale,
  destructured: (n) => destructured(n),
  destructuredItself: () => destructured,
};
globalThis.t = scope;
scope.calls = (fn, n = 10) => {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += fn(i);
  return sum;
};

console.log('ready');
readline.createInterface({ input: process.stdin }).on('line', (line) => {
  let value;
  try {
    // biome-ignore lint: a test steers this program line by line.
    value = (0, eval)(line);
  } catch (error) {
    value = `threw ${error}`;
  }
  console.log(`= ${JSON.stringify(value)}`);
});
