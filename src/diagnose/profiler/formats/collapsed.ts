import { stacksOf } from '../frameTree.js';
import type { Drawing } from '../profile.js';
import { frameText } from './frameText.js';

/** A line a stack, outermost first: `main;handle (app.ts:3);quote (pricing.ts:31) 42`. What flamegraph.pl and others read. */
export function* collapsed({ root, profile, total }: Drawing): Generator<string> {
  for (const stack of stacksOf(root)) {
    const leaf = stack.at(-1);
    const count = Math.round((total ? leaf?.value : leaf?.samples) ?? 0);
    if (count === 0) continue;
    yield `${stack.map((node) => frameText(node, profile).replaceAll(';', ':')).join(';')} ${count}\n`;
  }
}
