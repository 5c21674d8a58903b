import { type FrameNode, stacksOf } from '../frameTree.js';
import type { Drawing, Profile } from '../profile.js';
import { frameText } from './frameText.js';

/**
 * A line a stack, outermost first: `main;handle (app.ts:3);quote (pricing.ts:31) 42`. What flamegraph.pl and others read.
 * What was awaited lies below `(awaited)`, in samples of the same length.
 */
export function* collapsed({ root, profile, total, awaited }: Drawing): Generator<string> {
  yield* lines(root, profile, '', ({ value, samples }) => (total ? value : samples));
  if (!awaited) return;
  yield* lines(awaited.root, profile, '(awaited);', ({ value }) =>
    total ? value : value / profile.interval,
  );
}

function* lines(
  root: FrameNode,
  profile: Profile,
  prefix: string,
  countOf: (leaf: FrameNode) => number,
): Generator<string> {
  for (const stack of stacksOf(root)) {
    const count = Math.round(countOf(stack.at(-1) as FrameNode));
    if (count === 0) continue;
    yield `${prefix}${stack.map((node) => frameText(node, profile).replaceAll(';', ':')).join(';')} ${count}\n`;
  }
}
