let touches = 0;
let counter = 41;
const settings = { limits: { items: 7 }, apiKey: 'topsecret-key' };
const password = 'topsecret-password';
const trap = new Proxy(
  {},
  { get: () => touches++, ownKeys: () => (touches++, []), getOwnPropertyDescriptor: () => void touches++ },
);
const lazy = {
  get value() {
    touches++;
    return 1;
  },
  toString() {
    touches++;
    return 'lazy';
  },
};
// biome-ignore lint/correctness/noUnusedVariables: no function sees it, so V8 does not keep it
const unseen = 'gone';

class Vault {
  static TAX = 19;
  static #total = 7;
  static get rate() {
    touches++;
    return Vault.#total;
  }
  static rule() {
    return Vault.#total;
  }
}

exports.touched = () => touches;
exports.more = () => [counter, settings, password, trap, lazy, Vault];
exports.increase = () => {
  counter += 1;
};
exports.version = '1.0.0';
Object.defineProperty(exports, 'dear', {
  enumerable: true,
  get() {
    touches++;
    return 2;
  },
});
