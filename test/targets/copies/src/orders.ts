import { basename } from 'node:path';
import { rate, rounded } from './rates.js';

const FEE = 5;
let sold = 0;

export interface Line {
  readonly cents: number;
  readonly count: number;
}

export class Orders {
  #count = 0;

  price(line: Line): number {
    sold += line.count;
    this.#count += 1;
    return rounded(line.cents * line.count * rate) + FEE;
  }

  get count(): number {
    return this.#count;
  }

  async later(line: Line): Promise<number> {
    await undefined;
    return this.price(line);
  }
}

function withFee(cents: number): number {
  return cents + FEE;
}

export const fees = {
  of: (cents: number): number => withFee(cents),
  file: (path: string): string => basename(path),
};

/** Handlers that somebody keeps. */
export function routes(add: (name: string, handler: (cents: number) => string) => void): void {
  const prefix = 'cents';
  add('show', (cents) => {
    return `${prefix} ${cents}`;
  });
  add('double', (cents) => `${prefix} ${cents * 2}`);
}

export function soldSoFar(): number {
  return sold;
}
