// Functions of an ES module that a copy must not change: lines on stdin are evaluated, answers are lines of JSON.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import * as own from './modules.mjs';
import { rate, setRate } from './part.mjs';

export { setRate };

let counter = 0;
var late = late_();
function late_() {
  return 1;
}

export async function load(n) {
  const { value } = await import('./part.mjs');
  return value + n;
}
export function where() {
  return [
    import.meta.url.endsWith('/modules.mjs'),
    new URL('./part.mjs', import.meta.url).pathname.endsWith('part.mjs'),
  ];
}
export function priced(n) {
  return Number(n) * rate;
}
export function counted() {
  counter += Number('1');
  late += Number(1);
  return [counter, late];
}
export function reads() {
  return readFileSync(new URL(import.meta.url), 'utf8').length > 0;
}

class Base {
  greet(name) {
    return `hello ${name}`;
  }
  static make() {
    return new this();
  }
}
export class Child extends Base {
  #secret = 1;
  greet(name) {
    return [super.greet(name), this.#read(), #secret in this, this.total].map(String).join();
  }
  get total() {
    return Number(super.greet('g').length);
  }
  #read() {
    return this.#secret;
  }
  static make() {
    return super.make();
  }
  async *stream(n) {
    for (let i = 0; i < n; i++) yield await Promise.resolve(i);
  }
  *steps(n) {
    try {
      for (let i = 0; i < n; i++) yield Number(i);
    } finally {
      counter += 100;
    }
  }
}
function makeAdder(by) {
  return function add(n) {
    return Number(n) + by;
  };
}
export const adder = makeAdder(3);
export async function drain(n) {
  const seen = [];
  for await (const each of new Child().stream(n)) seen.push(each);
  return [...seen, ...new Child().steps(n)];
}

globalThis.m = own;
createInterface({ input: process.stdin }).on('line', async (line) => {
  let answer;
  try {
    // biome-ignore lint/security/noGlobalEval: a test steers this program line by line.
    answer = { value: await (0, eval)(line) };
  } catch (error) {
    answer = { error: `${error.name}: ${error.message}` };
  }
  console.log(`= ${JSON.stringify(answer)}`);
});
setInterval(() => {}, 1000);
console.log('ready');
