export function declared(n) {
  return n * 2;
}

export const arrow = (n) => n + 3;

export class Cart {
  constructor(items) {
    this.items = items;
  }

  total() {
    return this.items.reduce((sum, each) => sum + each, 0);
  }
}

class Secret {
  run(n) {
    return n + 4;
  }
}

const secrets = new Secret();

function hiddenInside(n) {
  return n + 5;
}

export const inside = (n) => hiddenInside(n);
export const secret = (n) => secrets.run(n);
