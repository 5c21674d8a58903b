// ES modules: what importers hold, and what only the module can see. Lines on stdin are evaluated as in held.cjs.
import { createInterface } from 'node:readline';
import * as shapes from './esmShapes.mjs';
import { arrow, Cart, declared } from './esmShapes.mjs';

globalThis.t = {
  shapes,
  declared: (n) => declared(n),
  arrow: (n) => arrow(n),
  total: (...items) => new Cart(items).total(),
  inside: (n) => shapes.inside(n),
  secret: (n) => shapes.secret(n),
  calls(fn, n = 10) {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += fn(i);
    return sum;
  },
};

console.log('ready');
createInterface({ input: process.stdin }).on('line', (line) => {
  let value;
  try {
    // biome-ignore lint: a test steers this program line by line.
    value = (0, eval)(line);
  } catch (error) {
    value = `threw ${error}`;
  }
  console.log(`= ${JSON.stringify(value)}`);
});
