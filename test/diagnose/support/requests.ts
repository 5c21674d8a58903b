import type { Target } from '../../../src/target/index.js';

/** Counts what a target is asked from now on, by whomever. */
export function countRequests(target: Target): { count(): number; names(): string } {
  const asked: string[] = [];
  for (const way of ['main', 'worker', 'cdp'] as const) {
    const ask = target[way].bind(target) as (name: string, ...rest: unknown[]) => unknown;
    Object.defineProperty(target, way, {
      configurable: true,
      value: (name: string, ...rest: unknown[]) => {
        asked.push(`${way} ${name}`);
        return ask(name, ...rest);
      },
    });
  }
  return { count: () => asked.length, names: () => asked.join(', ') };
}
