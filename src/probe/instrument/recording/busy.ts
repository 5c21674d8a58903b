import type { AnyFunction } from '../hook.js';

/** While our own code runs: calls that it makes (an expression under --unsafe may) are not observed. */
export const busy = { on: false };

/** The wrapper that a stack is taken below; set before a tap that takes stacks is asked. */
export const calling: { wrapper: AnyFunction | undefined; isWrapper: boolean } = {
  wrapper: undefined,
  isWrapper: true,
};
