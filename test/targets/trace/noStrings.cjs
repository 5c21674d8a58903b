// Functions of a program that takes no code from strings: each line on stdin is the name of a call.
const { createInterface } = require('node:readline');
const { setTimeout: sleep } = require('node:timers/promises');

const ran = [];
if (process.argv.includes('--own-eval')) {
  // biome-ignore lint/suspicious/noGlobalAssign: as a sandbox would.
  eval = (text) => ran.push(`eval ${text}`);
  const vm = require('node:vm');
  for (const name of ['runInThisContext', 'runInContext', 'runInNewContext', 'compileFunction', 'Script']) {
    vm[name] = (text) => ran.push(`${name} ${text}`);
  }
}
if (process.argv.includes('--read-eval')) {
  // biome-ignore lint/security/noGlobalEval: it is not called.
  const own = eval;
  Object.defineProperty(globalThis, 'eval', {
    get() {
      ran.push('eval was read');
      return own;
    },
  });
}

let counter = 0;
const add = (a, b) => a + b;
function leaf(n) {
  counter += 1;
  return add(n, counter - counter);
}
function outer(n) {
  return leaf(n) + leaf(n + 1);
}
async function later(n) {
  await sleep(1);
  return outer(n);
}
function* counts(n) {
  for (let i = 0; i < n; i++) yield leaf(i);
}
class Base {
  greet(name) {
    return `hello ${name}`;
  }
}
class Child extends Base {
  #mark = '!';
  greet(name) {
    return `${super.greet(name)}${this.#mark}`;
  }
}
// biome-ignore lint/suspicious/noShadowRestrictedNames: that is what it is for.
function shadowed(eval) {
  return eval(leaf(1));
}
const child = new Child();
const api = { outer, later, shadowed, counts };
const was = [api.outer, api.later, api.shadowed, Child.prototype.greet];
const globals = () => Object.getOwnPropertySymbols(globalThis).map(String).join();
const symbols = globals();

const calls = {
  outer: () => api.outer(1),
  later: () => api.later(1),
  counts: () => [...api.counts(2)],
  greet: () => child.greet('you'),
  shadowed: () => api.shadowed((n) => n * 10),
  ran: () => ran,
  isBack: () =>
    [api.outer, api.later, api.shadowed, Child.prototype.greet].every((fn, index) => fn === was[index]) &&
    leaf.toString().startsWith('function leaf(n)'),
  symbols: () => globals() === symbols,
};
module.exports = { api, Child };

createInterface({ input: process.stdin }).on('line', async (line) => {
  try {
    console.log(`did ${JSON.stringify(await calls[line]())}`);
  } catch (error) {
    console.log(`threw ${error.name}: ${error.message}`);
  }
});
setInterval(() => {}, 1000);
console.log('ready');
