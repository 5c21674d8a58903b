export type Item = { name: string; price: number };
const RATE: number = 0.2;
let calls = 0;

export class Basket {
  items: Item[] = [];
  #secretOwner = 'eve';
  constructor(readonly label: string) {}

  total(coupon: string | undefined, ...rest: number[]): number {
    let sum = 0;
    for (const item of this.items) {
      const taxed = item.price * (1 + RATE);
      sum += taxed;
    }
    calls += rest.length;
    const password = `pw-${this.#secretOwner}`;
    return coupon === undefined ? sum : sum - password.length;
  }
}

export function outer(base: number) {
  const kept = base * 2;
  const unkept = base * 3;
  return {
    unkept,
    inner: (add: number): number => {
      const inside = kept + add;
      return inside;
    },
  };
}

export async function slow(ms: number): Promise<string> {
  const before = ms + 1;
  await new Promise((done) => setTimeout(done, ms));
  const after = `${before}`;
  return after;
}

export function* steps(count: number): Generator<number> {
  for (let step = 0; step < count; step++) {
    const doubled = step * 2;
    yield doubled;
  }
}

export function early(value: number): number {
  if (value > 0) {
    const positive = value;
    return positive;
  }
  const later = -value;
  return later;
}

export const hot = (a: number, b: number): number => {
  const product = a * b;
  return product + calls * 0;
};

export class Derived extends Basket {
  readonly field = (x: number): number => {
    const doubledField = x * 2;
    return doubledField;
  };
  static made = 0;

  constructor(amount: number) {
    const beforeSuper = amount + 1;
    super(`d${beforeSuper}`);
    const afterSuper = this.label;
    this.items.push({ name: afterSuper, price: amount });
  }

  get cheapest(): number {
    const [first] = this.items;
    return first?.price ?? 0;
  }
}

export async function* asyncSteps(count: number): AsyncGenerator<number> {
  for (let step = 0; step < count; step++) {
    await null;
    const tripled = step * 3;
    yield tripled;
  }
}

export function patterns({ a, b: [c = 1, ...d] }: { a: number; b: number[] }, e = a + 1): number {
  const sumOf = a + c + e + d.length;
  try {
    if (sumOf > 2) throw new Error(`over ${sumOf}`);
  } catch (problem) {
    const said = String(problem);
    return said.length;
  }
  return sumOf;
}

export function shadows(value: number): string {
  // biome-ignore lint/suspicious/noShadowRestrictedNames: that is what it is for
  const globalThis = `a text ${value}`;
  return globalThis;
}
