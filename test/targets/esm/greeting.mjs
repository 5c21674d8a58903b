export { shout } from './shout.mjs';

export let counter = 0;

export function bump() {
  counter += 1;
}

export class Greeter {
  #from;

  constructor(from) {
    this.#from = from;
  }

  sign(name) {
    return `${this.#from} to ${name}`;
  }
}

function greet(name) {
  return `hello ${name}`;
}

// biome-ignore lint/style/noDefaultExport: a default export is what this target is here to have
export default greet;
