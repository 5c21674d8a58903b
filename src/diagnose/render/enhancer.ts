import type { Result, Style } from '../command.js';

interface Effect {
  readonly classCount?: number;
  readonly methodCount?: number;
  readonly cost?: number;
  readonly overLimitMsg?: string;
  readonly methods?: readonly string[];
}

/**
 * What observing commands tell before the first hit; with -v each function in a line below it. Why nothing was reached
 * is what the `status` says.
 */
export function renderEnhancer({ success, message, effect }: Result, style: Style): string {
  const { classCount = 0, methodCount = 0, cost = 0, overLimitMsg, methods = [] } = (effect ?? {}) as Effect;
  const lines = [
    style.dim(`Affect(class count: ${classCount}, method count: ${methodCount}) cost in ${cost} ms`),
    ...methods.map((line) => style.dim(`  ${line}`)),
  ];
  if (overLimitMsg !== undefined) lines.push(style.red(overLimitMsg));
  else if (message !== undefined && success !== false) lines.push(String(message));
  return lines.join('\n');
}
